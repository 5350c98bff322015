/** Conversations as files, for tests and screenshots. */

const SERVER = `Here is a small server in TypeScript:

\`\`\`ts
import { createServer } from "node:http";

const server = createServer((request, response) => {
  response.writeHead(200, { "Content-Type": "text/plain" });
  response.end(\`Hello from \${request.url}\\n\`);
});
server.listen(8080, () => console.log("http://localhost:8080"));
\`\`\`

A few things to know:

1. **No framework.** Node's own module is enough for this.
2. The handler is called once per request; see [the documentation](https://nodejs.org/api/http.html).
3. Stop it with \`Ctrl+C\`.

| Option | Default | Meaning |
| ------ | ------: | ------- |
| \`keepAlive\` | true | Keep connections open |
| \`timeout\` | 5000 | Milliseconds until an idle connection ends |
`;

const MATHS = `The attention of a query $q$ over keys $k_i$ with values $v_i$ is

$$
\\mathrm{attention}(q, K, V) = \\sum_{i} \\frac{\\exp(q \\cdot k_i / \\sqrt{d})}{\\sum_j \\exp(q \\cdot k_j / \\sqrt{d})} \\, v_i
$$

> The scale $1/\\sqrt{d}$ keeps the variance of the products near one.
`;

const stats = (tokens: number) => ({
  model: "cria-chat",
  seed: 2024,
  tokens,
  promptTokens: 312,
  cachedTokens: 256,
  firstTokenSeconds: 0.21,
  seconds: tokens / 38,
});

/** Chats as a person has them: code, tables, maths, reasoning, versions. */
export const SAMPLE = {
  format: "cria-conversations",
  version: 1,
  conversations: [
    chat("A server without a framework", [
      ["user", "How do I write a tiny web server in TypeScript, without a framework?"],
      ["assistant", SERVER],
    ]),
    chat("Attention, in one formula", [
      ["user", "What is attention, in one formula?"],
      [
        "assistant",
        `<think>The user wants the formula. Keep it short, and say what the scale is for.</think>${MATHS}`,
      ],
    ]),
    chat("Names for a young llama", [["user", "Five names for a young llama, please."]]),
    ...[
      "Plan a week of dinners",
      "Letter to the landlord",
      "Why is the sky blue?",
      "SQL: last order per customer",
    ].map((title) => chat(title, [["user", title]])),
  ],
};

function chat(title: string, lines: readonly (readonly [role: string, text: string])[]) {
  const now = Date.now();
  const messages = lines.map(([role, text], i) => ({
    id: `m${i}`,
    ...(i === 0 ? {} : { parent: `m${i - 1}` }),
    role,
    created: now + i,
    text,
    state: "whole",
    ...(role === "assistant"
      ? { stats: { ...stats(187), ...(text.startsWith("<think>") ? { reasoningSeconds: 1.4 } : {}) } }
      : {}),
  }));
  const named =
    messages.length > 1
      ? [
          ...messages,
          { ...messages[1], id: "other", text: `${messages[1].text}\n\nThat is all.`, created: now + 9 },
        ]
      : messages;
  return {
    id: title,
    title,
    isPinned: title.startsWith("A server"),
    created: now,
    updated: now,
    head: messages.at(-1)?.id,
    settings: { system: "", tools: "" },
    messages: named,
  };
}
