/** Calls of functions through the public API: answers, streams, conversations, and the loop that runs functions. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyVocabulary } from "../../test/support/tiny-tokenizer.ts";
import { RequestError } from "../base/errors.ts";
import type { AnswerPart } from "../generation/index.ts";
import { ggufFromVocabulary } from "../tokenizer/index.ts";
import { PIECE } from "../tokenizer/vocabulary.ts";
import { defineTool } from "./act.ts";
import { load } from "./load.ts";
import type { Model } from "./model.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-tools-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The small vocabulary with the control token of Mistral's calls. */
const small = tinyVocabulary();
const MARKER = small.pieces.length;
const vocabulary = tinyVocabulary({
  pieces: [...small.pieces, "[TOOL_CALLS]"],
  types: Uint8Array.from([...small.types, PIECE.control]),
  scores: Float32Array.from([...small.scores, 0]),
  added: [...small.added, { id: MARKER, content: "[TOOL_CALLS]", special: true }],
});
const path = join(folder, "model.gguf");
writeTinyGguf(path, tinyConfig({ vocabSize: vocabulary.pieces.length, maxSeqLen: 4096 }), {
  vocabulary: false,
  metadata: ggufFromVocabulary(vocabulary),
});

let model: Model;
beforeAll(async () => {
  model = await load(path, { context: 4096, threads: 1, parallel: 4 });
});
afterAll(() => model.dispose());

const look = {
  type: "function",
  function: {
    name: "look",
    parameters: {
      type: "object",
      properties: { at: { enum: ["a", "b"] } },
      required: ["at"],
      additionalProperties: false,
    },
  },
};
const wait = {
  type: "function",
  function: { name: "wait", parameters: z.object({ n: z.int().min(1).max(9) }) },
};
const messages = [{ role: "user", content: "the" }];
/** A template of each format; only the texts that tell the format matter. */
const TEMPLATES = {
  generic: "chatml",
  hermes: "{% if tools %}<tool_call>{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}",
  llama3:
    '<|start_header_id|>{% if tools %}"parameters"{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}',
  mistral: "{% if tools %}[TOOL_CALLS]{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}",
};
const options = { temperature: 1, topK: 0, topP: 1, minP: 0, maxTokens: 600 };

describe.each(Object.entries(TEMPLATES))("an answer in the format %s", (_, template) => {
  it("calls the functions that it may call, with valid arguments", async () => {
    for (let seed = 0; seed < 5; seed++) {
      const answer = model.chat(messages, {
        ...options,
        template,
        seed,
        tools: [look, wait],
        toolChoice: "required",
        parallelToolCalls: false,
      });
      const parts: AnswerPart[] = [];
      for await (const part of answer.parts()) parts.push(part);
      const [call, ...others] = await answer.calls();
      expect(others).toEqual([]);
      const args = JSON.parse(call.arguments);
      if (call.name === "look") expect(["a", "b"]).toContain(args.at);
      else expect(args.n).toBeGreaterThan(0);
      const message = await answer.message();
      expect(message).toMatchObject({
        role: "assistant",
        content: null,
        tool_calls: [{ id: call.id, function: { name: call.name, arguments: call.arguments } }],
      });
      expect(parts[0]).toEqual({ type: "call", index: 0, id: call.id, name: call.name });
      const streamed = parts.map((part) => (part.type === "arguments" ? part.text : "")).join("");
      expect(streamed).toBe(call.arguments);
      expect(parts.length).toBeGreaterThan(2);
      await expect(answer.value()).rejects.toThrow("calls of functions");
    }
  });

  it("is text with the choice none, and one function with its name", async () => {
    const none = model.chat(messages, {
      ...options,
      template,
      seed: 1,
      tools: [look],
      toolChoice: "none",
      maxTokens: 20,
    });
    expect(await none.calls()).toEqual([]);
    const named = model.chat(messages, {
      ...options,
      template,
      seed: 1,
      tools: [look, wait],
      toolChoice: { name: "wait" },
    });
    expect((await named.calls()).map(({ name }) => name)).toEqual(["wait"]);
  });

  it("is text or calls with the choice auto", async () => {
    const answers = Array.from({ length: 8 }, (_, seed) =>
      model.chat(messages, { ...options, template, seed, tools: [look], maxTokens: 40 }),
    );
    for (const answer of answers) {
      const { content, tool_calls: calls } = await answer.message();
      expect(typeof content === "string" || Array.isArray(calls)).toBe(true);
    }
  });
});

describe("calls", () => {
  it("begin with the control token of the vocabulary, which text cannot contain", async () => {
    const answer = await model
      .chat(messages, {
        ...options,
        template: TEMPLATES.mistral,
        tools: [look],
        toolChoice: "required",
        seed: 3,
      })
      .result();
    expect(answer.tokens[0]).toBe(MARKER);
    expect(answer.text).toMatch(/^\[TOOL_CALLS\]\[\{"name": "look"/);
  });

  it("or an answer with a schema", async () => {
    const schema = { type: "object", properties: { n: { const: 1 } }, required: ["n"] };
    const seen = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const answer = model.chat(messages, { ...options, template: "chatml", schema, seed, tools: [look] });
      const calls = await answer.calls();
      seen.add(calls.length > 0 ? "calls" : "value");
      if (calls.length === 0) expect(await answer.value()).toEqual({ n: 1 });
    }
    expect(seen).toEqual(new Set(["calls", "value"]));
  });

  it("cannot be demanded from a template with an unknown format", () => {
    const template = "{% for t in tools %}{{ t.name }}{% endfor %}{{ messages[0].content }}";
    const ask = (toolChoice: "auto" | "required") =>
      model.chat(messages, { template, tools: [look], toolChoice, maxTokens: 3 });
    expect(() => ask("required")).toThrow(RequestError);
    expect(() => ask("required")).toThrow("known format");
    expect(() => ask("auto")).not.toThrow();
  });

  it("are refused for tools that are none", () => {
    expect(() => model.chat(messages, { template: "chatml", tools: [{ name: "look" }] })).toThrow("tools as");
    expect(() => model.chat(messages, { template: "chatml", toolChoice: "required" })).toThrow(
      "tools to call",
    );
    expect(() =>
      model.chat(messages, { template: "chatml", tools: [look], toolChoice: { name: "x" } }),
    ).toThrow('"x"');
  });
});

describe("act", () => {
  const tool = (run: (args: { at: "a" | "b" }) => unknown) =>
    defineTool({ name: "look", description: "Looks", parameters: z.object({ at: z.enum(["a", "b"]) }), run });
  const choices = { toolChoice: "required", parallelToolCalls: false } as const;

  it("runs the functions that the model calls, tells it the results, and returns the answer", async () => {
    const chat = model.startChat({
      ...options,
      template: "chatml",
      seed: 2,
      system: "Be brief.",
      maxTokens: 200,
    });
    const seen: unknown[] = [];
    const parts: AnswerPart[] = [];
    const run = tool((args) => {
      expectTypeOf(args).toEqualTypeOf<{ at: "a" | "b" }>();
      seen.push(args.at);
      return { found: args.at };
    });
    const { text, calls } = await chat.act("the", [run], {
      ...choices,
      maxRounds: 1,
      onPart: (part) => parts.push(part),
    });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ name: "look", result: `{"found":"${seen[0]}"}` });
    expect(chat.messages.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
      "assistant",
    ]);
    expect(chat.messages[2]).toMatchObject({ tool_calls: [{ id: calls[0].id }] });
    expect(chat.messages[3]).toEqual({
      role: "tool",
      tool_call_id: calls[0].id,
      name: "look",
      content: calls[0].result,
    });
    expect(chat.messages[4].content).toBe(text);
    expect(parts.some(({ type }) => type === "call")).toBe(true);
  });

  it("tells the model what went wrong", async () => {
    const chat = model.startChat({ ...options, template: "chatml", seed: 2, maxTokens: 200 });
    const broken = tool(() => {
      throw new Error("no light");
    });
    const { calls } = await chat.act("the", [broken], { ...choices, maxRounds: 1 });
    expect(calls[0].result).toBe('{"error":"no light"}');
    const picky = defineTool({
      name: "look",
      parameters: z.object({ at: z.enum(["a"]).refine(() => false, "not now") }),
      run: () => 1,
    });
    const other = model.startChat({ ...options, template: "chatml", seed: 2, maxTokens: 200 });
    expect((await other.act("the", [picky], { ...choices, maxRounds: 1 })).calls[0].result).toContain(
      "not now",
    );
  });

  it("ends after its rounds, and when it is aborted", async () => {
    const stop = new AbortController();
    const chat = model.startChat({ ...options, template: "chatml", seed: 2, maxTokens: 200 });
    const aborting = tool(() => stop.abort(new Error("enough")));
    await expect(chat.act("the", [aborting], { ...choices, signal: stop.signal })).rejects.toThrow("enough");
    await expect(chat.act("the", [aborting], { maxRounds: 0 })).rejects.toThrow(RequestError);
  });

  it("reports a call that the length cut", async () => {
    const chat = model.startChat({ ...options, template: "chatml", seed: 2, maxTokens: 60 });
    const long = defineTool({
      name: "long",
      parameters: { type: "object", properties: { x: { type: "string", minLength: 500 } }, required: ["x"] },
      run: () => 1,
    });
    await expect(chat.act("the", [long], choices)).rejects.toThrow("maxTokens");
  });

  it.skipIf(!sharedData)("writes calls and results with a real template (needs ../shared/data)", async () => {
    const template = readFileSync(
      sharedPath("tokenizers/chat-templates/mistralai-Mistral-Nemo-Instruct-2407.jinja"),
      "utf8",
    );
    const chat = model.startChat({ ...options, template, seed: 4, maxTokens: 200 });
    const { calls } = await chat.act("the", [tool(() => "x")], { ...choices, maxRounds: 1 });
    expect(calls.length).toBeGreaterThan(0);
    expect(chat.messages.at(-1)?.role).toBe("assistant");
  });
});
