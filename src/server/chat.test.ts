/** /v1/chat/completions without a socket: whole and streamed answers, their fields, and what is refused. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";

const CHAT = "/v1/chat/completions";
const messages = [{ role: "user", content: "hi there" }];
const ask = { messages, temperature: 0, ignore_eos: true, max_tokens: 6 };

let tiny: TinyServer;
beforeAll(async () => {
  tiny = await tinyServer();
});
afterAll(() => tiny[Symbol.asyncDispose]());

async function answer(body: object) {
  const response = await tiny.post(CHAT, body);
  const found = await response.json();
  expect(response.status, JSON.stringify(found)).toBe(200);
  return found;
}

async function refusal(body: unknown) {
  const response = await tiny.post(CHAT, body);
  return { status: response.status, ...(await response.json()).error };
}

interface Chunk {
  readonly choices: readonly {
    readonly index: number;
    readonly delta: { readonly content?: string; readonly role?: string };
    readonly finish_reason: string | null;
    readonly logprobs: { readonly content: readonly unknown[] } | null;
  }[];
  readonly usage?: unknown;
}
const textOf = (events: readonly unknown[], index = 0): string =>
  events
    .flatMap((event) => (event as Chunk).choices ?? [])
    .filter((choice) => choice.index === index)
    .map(({ delta }) => delta.content ?? "")
    .join("");

describe("a whole answer", () => {
  it("has the text that the library generates, and counts tokens", async () => {
    const model = await tiny.model();
    const expected = await model.chat(messages, { temperature: 0, ignoreEos: true, maxTokens: 6 }).result();
    const found = await answer({ model: "tiny", ...ask });
    expect(found).toMatchObject({
      object: "chat.completion",
      model: "tiny",
      choices: [
        { index: 0, message: { role: "assistant", content: expected.text }, finish_reason: "length" },
      ],
      usage: {
        prompt_tokens: expected.promptTokens,
        completion_tokens: 6,
        total_tokens: expected.promptTokens + 6,
      },
    });
    expect(found.id).toMatch(/^chatcmpl-\w{32}$/);
    expect(found.system_fingerprint).toMatch(/^fp_[0-9a-f]{16}$/);
    expect(found.usage.prompt_tokens_details.cached_tokens).toBe(expected.promptTokens - 1);
  });

  it("takes text in parts, and a developer's message as the system's", async () => {
    const system = { role: "system", content: "a\nb" };
    const parts = [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ];
    const plain = await answer({ ...ask, messages: [system, ...messages] });
    const other = await answer({ ...ask, messages: [{ role: "developer", content: parts }, ...messages] });
    expect(other.choices).toEqual(plain.choices);
  });

  it("ends before a stop text", async () => {
    const whole = (await answer(ask)).choices[0].message.content;
    const { choices } = await answer({ ...ask, stop: whole.slice(2, 4) });
    expect(choices[0]).toMatchObject({ message: { content: whole.slice(0, 2) }, finish_reason: "stop" });
  });

  it("gives n answers with seeds that follow each other", async () => {
    const random = { ...ask, temperature: 2, top_k: 0, top_p: 1, min_p: 0 };
    const { choices, usage } = await answer({ ...random, n: 3, seed: 5 });
    const alone = await Promise.all([5, 6, 7].map((seed) => answer({ ...random, seed })));
    expect(choices.map((choice: { message: unknown }) => choice.message)).toEqual(
      alone.map((each) => each.choices[0].message),
    );
    expect(choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
    expect(usage.completion_tokens).toBe(18);
  });

  it("reports log-probabilities with bytes", async () => {
    const { choices } = await answer({ ...ask, logprobs: true, top_logprobs: 3, max_tokens: 2 });
    const { content } = choices[0].logprobs;
    expect(content).toHaveLength(2);
    for (const { token, bytes, logprob, top_logprobs: top } of content) {
      expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe(token);
      expect(top).toHaveLength(3);
      expect(logprob).toBe(top[0].logprob);
      expect(top[0].logprob).toBeGreaterThanOrEqual(top[1].logprob);
    }
  });

  it("biases tokens", async () => {
    const token = (await tiny.model()).tokenizer.idOf("q")!;
    const { choices } = await answer({ ...ask, logit_bias: { [token]: 100 } });
    expect(choices[0].message.content).toBe("qqqqqq");
  });
});

describe("a streamed answer", () => {
  it("has the text of the whole one, chunk by chunk", async () => {
    const whole = await answer(ask);
    const response = await tiny.post(CHAT, { ...ask, stream: true });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = await eventsOf(response);
    expect(events.at(-1)).toBe("[DONE]");
    const chunks = events.slice(0, -1) as Chunk[];
    expect(textOf(chunks)).toBe(whole.choices[0].message.content);
    expect(chunks[0].choices[0].delta.role).toBe("assistant");
    expect(chunks.at(-1)?.choices[0].finish_reason).toBe("length");
    expect(chunks.slice(0, -1).every(({ choices }) => choices[0].finish_reason === null)).toBe(true);
    expect(chunks.every((chunk) => !("usage" in chunk))).toBe(true);
  });

  it("ends with the counts if asked", async () => {
    const whole = await answer(ask);
    const options = { stream: true, stream_options: { include_usage: true } };
    const chunks = (await eventsOf(await tiny.post(CHAT, { ...ask, ...options }))).slice(0, -1) as Chunk[];
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { ...whole.usage, prompt_tokens_details: {} },
    });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it("carries n answers and their log-probabilities", async () => {
    const random = { ...ask, temperature: 2, top_k: 0, seed: 9, n: 2, logprobs: true };
    const whole = await answer(random);
    const chunks = await eventsOf(await tiny.post(CHAT, { ...random, stream: true }));
    for (const index of [0, 1]) {
      expect(textOf(chunks, index)).toBe(whole.choices[index].message.content);
      const logprobs = (chunks as Chunk[])
        .flatMap(({ choices }) => choices ?? [])
        .filter((choice) => choice.index === index)
        .flatMap((choice) => choice.logprobs?.content ?? []);
      expect(logprobs).toEqual(whole.choices[index].logprobs.content);
    }
  });

  it("sends comments while a prompt is computed", async () => {
    await using slow = await tinyServer({ pingSeconds: 0.001, load: { context: 512 } });
    const model = await slow.model();
    // Places are taken by texts that run for many times a ping's interval, so that this one waits.
    const busy = Array.from({ length: 4 }, () =>
      model.generate("ab", { temperature: 0, ignoreEos: true, maxTokens: 500 }).result(),
    );
    const response = await slow.post(CHAT, { ...ask, stream: true, max_tokens: 100 });
    const text = await response.text();
    await Promise.all(busy);
    expect(text).toMatch(/^data: [^\n]*\n\n(?:: ping\n\n)+data: /);
  });
});

describe("what is refused", () => {
  it.each([
    ["an unknown field", { ...ask, audio: {} }, "audio", 'Unsupported field "audio"'],
    ["a misspelt field", { ...ask, temprature: 1 }, "temprature", 'did you mean "temperature"?'],
    [
      "an unknown field of a message",
      { messages: [{ ...messages[0], extra: 1 }] },
      "messages[0].extra",
      "extra",
    ],
    ["a value out of range", { ...ask, temperature: -1 }, "temperature", "at least 0"],
    ["no messages", { ...ask, messages: [] }, "messages", "at least 1"],
    ["missing messages", { temperature: 0 }, "messages", "messages"],
    [
      "an image",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://x/y" } }] }] },
      "messages[0].content[0]",
      "image_url",
    ],
    [
      "a schema format without its schema",
      { ...ask, response_format: { type: "json_schema" } },
      "response_format.json_schema",
      "needs a schema",
    ],
    [
      "an unknown field of a part",
      { messages: [{ role: "user", content: [{ type: "text", text: "a", cache_control: {} }] }] },
      "messages[0].content[0].cache_control",
      "cache_control",
    ],
    ["storing", { ...ask, store: true }, "store", "store"],
    ["top_logprobs alone", { ...ask, top_logprobs: 2 }, "top_logprobs", "logprobs"],
  ])("is %s, by name", async (_, body, param, message) => {
    const error = await refusal(body);
    expect(error).toMatchObject({ status: 400, type: "invalid_request_error", param });
    expect(error.message).toContain(message);
  });

  it("is a prompt that does not fit, with the counts", async () => {
    const error = await refusal({ ...ask, messages: [{ role: "user", content: "x".repeat(200) }] });
    expect(error).toMatchObject({ status: 400, code: "context_length_exceeded" });
    expect(error.message).toMatch(/at most 127 tokens, got 20\d/);
  });

  it("is an unknown model", async () => {
    expect(await refusal({ ...ask, model: "gpt-4" })).toMatchObject({ status: 404, code: "model_not_found" });
  });

  it("is what is not JSON, not UTF-8, or another type", async () => {
    expect(await refusal("{")).toMatchObject({ status: 400, code: "invalid_json" });
    expect(await refusal("[1]")).toMatchObject({ status: 400 });
    const response = await tiny.post(CHAT, ask, { headers: { "content-type": "text/plain" } });
    expect(response.status).toBe(415);
  });

  it("says nothing of special tokens: in a user's text they stay text", async () => {
    const { usage } = await answer({ ...ask, messages: [{ role: "user", content: "</s></s></s>" }] });
    // "</s>" is not a token here but four characters.
    expect(usage.prompt_tokens).toBeGreaterThan(12);
  });
});
