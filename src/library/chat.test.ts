/** Chats through the public API: the rendered prompt, the history, and what a full context keeps. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { ContextError, RequestError } from "../base/errors.ts";
import { type ChatMessage, chatPrompt } from "../generation/index.ts";
import { load } from "./load.ts";
import type { ChatOptions, Model } from "./model.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-chat-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "model.gguf");
writeTinyGguf(path, tinyConfig({ vocabSize: 300, maxSeqLen: 512 }));

/** The first letter of the role, the text, and a mark after it; with the names of tools, and a variable. */
const template =
  "{{ bos_token }}{{ mark }}{% if tools %}{% for tool in tools %}{{ tool.name }} {% endfor %}{% endif %}" +
  "{% for m in messages %}{{ m.role[0] }} {{ m.content }} z{% endfor %}" +
  "{% if add_generation_prompt %}a{% endif %}";
const options: ChatOptions = { template, temperature: 0, ignoreEos: true, maxTokens: 6 };
const { template: _, ...plain } = options;
const user = (content: string): ChatMessage => ({ role: "user", content });
const assistant = (content: string): ChatMessage => ({ role: "assistant", content });

let model: Model;
/** Prompts of all generations, as text. */
let prompts: string[];
beforeEach(async () => {
  model = await load(path, { context: 96, threads: 1 });
  prompts = [];
  const { tokenizer } = model;
  const encode = tokenizer.encode.bind(tokenizer);
  tokenizer.encode = (text, rest) => {
    prompts.push(text);
    return encode(text, rest);
  };
});
afterEach(() => model.dispose());

describe("Model.chat", () => {
  it("passes tools and variables to the template", async () => {
    await model
      .chat([user("hi")], { ...options, tools: [{ name: "look" }], variables: { mark: "m" } })
      .text();
    expect(prompts[0]).toBe("<s>mlook u hi za");
  });

  it("continues a message that the assistant has begun", async () => {
    const whole = await model.chat([user("hi"), assistant("abc")], options).text();
    expect(prompts[0]).toBe("<s>u hi za abc");
    const tokens = model.tokenizer.encode("<s>u hi za abc", {
      parseSpecial: (from, to) => from === 0 && to === 3,
    });
    expect(await model.generate(tokens, plain).text()).toBe(whole);
  });

  it("refuses to continue a message that the template does not write", () => {
    const silent = { ...options, template: "{{ bos_token }}{{ messages | length }}" };
    expect(() => model.chat([user("hi"), assistant("abc")], silent)).toThrow(RequestError);
  });

  it("does not take SentencePiece's space as the beginning of the answer", async () => {
    const space = model.tokenizer.idOf("▁")!;
    const bias = { logitBias: [[space, 100]] as const, ignoreEos: true, temperature: 0, maxTokens: 1 };
    expect(await model.chat([user("hi")], { ...bias, template }).text()).toBe("");
    expect(await model.generate("hi", bias).text()).toBe(" ");
    expect(await model.chat([user("hi"), assistant("ab")], { ...bias, template }).text()).toBe(" ");
  });

  const long = [
    user("abcd ".repeat(8)),
    assistant("efgh"),
    user("ijkl ".repeat(8)),
    assistant("mnop"),
    user("now"),
  ];
  it("reports that a conversation does not fit, unless its oldest turns may be dropped", async () => {
    const messages = [{ role: "system", content: "sys" }, ...long, user("qrst ".repeat(8))];
    expect(() => model.chat(messages, options)).toThrow(ContextError);
    prompts = [];
    const result = await model.chat(messages, { ...options, contextShift: true }).result();
    expect(prompts.at(-1)).toBe(`<s>s sys zu now zu ${"qrst ".repeat(8)} za`);
    expect(result.tokens).toHaveLength(6);
  });

  it("never drops the last message: one that does not fit alone is an error", () => {
    expect(() => model.chat([user("abcd ".repeat(60))], { ...options, contextShift: true })).toThrow(
      ContextError,
    );
  });

  it("drops the oldest turn in the middle of an answer, and continues as if only the rest had been there", async () => {
    const messages = [
      { role: "system", content: "sys" },
      user("abcd ".repeat(6)),
      assistant("ef"),
      user("gh"),
    ];
    const before = chatPrompt(model.tokenizer, template, messages).tokens.length;
    const kept = chatPrompt(model.tokenizer, template, [messages[0], messages[3]]).tokens;
    const shifted = await model.chat(messages, { ...options, contextShift: true, maxTokens: 80 }).result();
    expect(shifted.droppedTokens).toBe(before - kept.length);
    const fits = 96 - before;
    const start = [...kept, ...shifted.tokens.slice(0, fits + 1)];
    const fresh = await model.generate(start, { ...plain, maxTokens: 5 }).result();
    expect(shifted.tokens.slice(fits + 1, fits + 6)).toEqual(fresh.tokens);
  });
});

describe("a chat session", () => {
  it("keeps both sides of the conversation, and its system message first", async () => {
    const chat = model.startChat({ ...options, system: "sys" });
    const first = await chat.send("hi").text();
    const second = await chat.send("ho").text();
    expect(chat.messages).toEqual([
      { role: "system", content: "sys" },
      user("hi"),
      assistant(first),
      user("ho"),
      assistant(second),
    ]);
    expect(prompts.at(-1)).toBe(`<s>s sys zu hi za ${first} zu ho za`);
  });

  it("undoes the last question, answers it again, and resets", async () => {
    const chat = model.startChat(options);
    const first = await chat.send("hi").text();
    await chat.send("ho").text();
    await chat.retry({ logitBias: [[7, 100]] }).text();
    expect(chat.messages.slice(2)).toEqual([user("ho"), assistant("dddddd")]);
    expect(chat.undo()).toEqual([user("ho"), assistant("dddddd")]);
    expect(chat.messages).toEqual([user("hi"), assistant(first)]);
    chat.system = "sys";
    expect(chat.messages[0]).toEqual({ role: "system", content: "sys" });
    chat.reset();
    expect(chat.messages).toEqual([{ role: "system", content: "sys" }]);
    expect(() => chat.retry()).toThrow(RequestError);
  });

  it("keeps the text of an aborted answer, and nothing of one that failed", async () => {
    const chat = model.startChat({ ...options, maxTokens: 60 });
    let text = "";
    for await (const piece of chat.send("hi")) {
      text += piece;
      break;
    }
    await expect.poll(() => chat.messages.length).toBe(2);
    expect(String(chat.messages[1].content).startsWith(text)).toBe(true);
    const abort = new AbortController();
    const failing = chat.send("ho", { signal: abort.signal });
    expect(() => chat.send("twice")).toThrow("still being generated");
    abort.abort(new Error("no"));
    await expect(failing.text()).rejects.toThrow("no");
    expect(chat.messages).toHaveLength(2);
    expect(() => chat.send("abcd ".repeat(60))).toThrow(ContextError);
    expect(chat.messages).toHaveLength(2);
    expect(await chat.send("ho").text()).not.toBe("");
  });

  it("reports the turns that the model no longer sees, and keeps them itself", async () => {
    const told: ChatMessage[] = [];
    const chat = model.startChat({ ...options, system: "sys", onDrop: (messages) => told.push(...messages) });
    for (let i = 0; i < 6; i++) await chat.send(`abcdefghijk ${"lm ".repeat(i)}`).text();
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual(chat.messages.slice(1, 1 + told.length));
    expect(chat.droppedCount).toBe(told.length);
    expect(chat.messages).toHaveLength(13);
    expect(prompts.at(-1)?.startsWith("<s>s sys zu ")).toBe(true);
  });
});

describe.skipIf(!sharedData)("the next turn (shared data)", () => {
  it.each(["llama2", "mistral-v1", "vicuna-v1.1", "zephyr", "alpaca", "chatml"])(
    "of %s begins with the tokens that were generated, without SentencePiece's space",
    async (name) => {
      await using stories = await load(sharedPath("checkpoints/stories260Ktok512.gguf"), {
        threads: 1,
        context: 512,
      });
      const chat = stories.startChat({ template: name, temperature: 0, maxTokens: 12, ignoreEos: true });
      const ask = chatPrompt(stories.tokenizer, name, [user("Tell me")]).tokens;
      const first = await chat.send("Tell me").result();
      expect(chat.messages[1].content).not.toMatch(/^ /);
      const second = await chat.send("More").result();
      expect(second.cachedTokens).toBeGreaterThanOrEqual(ask.length + first.tokens.length - 1);
    },
  );
});
