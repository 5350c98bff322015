/** Files of conversations: the three forms, round trips, and what is refused. */
import { describe, expect, it } from "vitest";
import { pathTo } from "../conversations/tree.ts";
import { type Imported, readConversations, toOpenAi, toOwn, toShareGpt } from "./index.ts";

const OPENAI = {
  messages: [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "one" },
        { type: "text", text: "two" },
      ],
    },
    { role: "assistant", content: "answer" },
  ],
};
const pathOf = ({ conversation, messages }: Imported) =>
  pathTo(new Map(messages.map((message) => [message.id, message])), conversation.head);

describe("readConversations", () => {
  it("reads OpenAI's messages, one conversation or many, as JSON or JSON lines", () => {
    const [read] = readConversations(JSON.stringify(OPENAI));
    expect(read.conversation.settings.system).toBe("Be brief.");
    expect(pathOf(read).map(({ role, text }) => [role, text])).toEqual([
      ["user", "one\ntwo"],
      ["assistant", "answer"],
    ]);
    expect(toOpenAi(read.conversation, pathOf(read))).toEqual({
      messages: [OPENAI.messages[0], { role: "user", content: "one\ntwo" }, OPENAI.messages[2]],
    });
    expect(readConversations(JSON.stringify(OPENAI.messages))).toHaveLength(1);
    expect(readConversations(JSON.stringify([OPENAI, OPENAI]))).toHaveLength(2);
    expect(readConversations(`${JSON.stringify(OPENAI)}\n${JSON.stringify(OPENAI)}\n`)).toHaveLength(2);
  });

  it("reads ShareGPT, and writes it", () => {
    const conversations = [
      { from: "human", value: "q" },
      { from: "gpt", value: "a" },
    ];
    const [read] = readConversations(JSON.stringify([{ id: "x", conversations }]));
    expect(toShareGpt(read.conversation, pathOf(read))).toMatchObject({ conversations });
  });

  it("keeps branches, settings and attachments in its own form, under new identities", () => {
    const [read] = readConversations(JSON.stringify(OPENAI));
    const { conversation, messages } = read;
    const [question, answer] = messages;
    const other = {
      ...answer,
      id: "other",
      text: "another",
      attachments: [{ name: "a", type: "", text: "b" }],
    };
    const settings = { ...conversation.settings, parameters: { temperature: 0.3 }, seed: 5 };
    const file = JSON.stringify(toOwn([{ ...conversation, settings, isPinned: true }], [...messages, other]));
    const [again] = readConversations(file);
    expect(again.conversation).toMatchObject({ title: conversation.title, isPinned: true, settings });
    expect(again.conversation.id).not.toBe(conversation.id);
    expect(again.messages.map(({ text }) => text)).toEqual(["one\ntwo", "answer", "another"]);
    expect(new Set(again.messages.slice(1).map(({ parent }) => parent))).toEqual(
      new Set([again.messages[0].id]),
    );
    expect(again.messages[2].attachments).toEqual(other.attachments);
    expect(again.messages[0].id).not.toBe(question.id);
    expect(pathOf(again).at(-1)?.text).toBe("answer");
  });

  it.each([
    ["text", "not JSON"],
    ["{}", "neither"],
    ['{"messages":{}}', "not a list"],
    ['{"messages":[{"content":"x"}]}', 'no "role"'],
    ['{"messages":[{"role":"root","content":"x"}]}', "not known"],
    ['{"messages":[{"role":"user","content":5}]}', "not a text"],
    ['{"format":"cria-conversations","version":2}', "another version"],
    [
      '{"format":"cria-conversations","version":1,"conversations":[{"messages":[{"id":"a","role":"root"}]}]}',
      "role",
    ],
  ])("refuses %s", (source, reason) => {
    expect(() => readConversations(source)).toThrow(reason);
  });

  it("drops settings that are not known or out of range, and never touches a prototype", () => {
    const source = `{"format":"cria-conversations","version":1,"conversations":[{"title":"t","messages":[],
      "settings":{"__proto__":{"hit":1},"system":7,"parameters":{"temperature":99,"top_k":5,"__proto__":{"hit":1}},"evil":1}}]}`;
    const [{ conversation }] = readConversations(source);
    expect(conversation.settings).toEqual({
      system: "",
      tools: "",
      parameters: { top_k: 5 },
      stop: [],
      mustCall: false,
      hasProbabilities: false,
    });
    expect(({} as { hit?: number }).hit).toBeUndefined();
  });
});
