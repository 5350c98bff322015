/** Options of every call: rejected values and their messages. */
import { describe, expect, it } from "vitest";
import { RequestError } from "../../base/errors.ts";
import { checkOptions } from "../../schema/check.ts";
import { nearest } from "../../schema/nearest.ts";
import { OPTION_NOTES } from "../../schema/schema.ts";
import { CHAT_OPTIONS, GENERATE_OPTIONS } from "./generate-options.ts";
import { LOAD_OPTIONS } from "./load-options.ts";

const SCHEMAS = { load: LOAD_OPTIONS, generate: GENERATE_OPTIONS, chat: CHAT_OPTIONS };

describe("checkOptions", () => {
  it.each([
    ["load", {}],
    ["load", { context: 8192, threads: 2, backend: "wasm", cacheType: "Q8_0", onProgress: () => {} }],
    ["load", { signal: new AbortController().signal, tokenizer: undefined }],
    [
      "generate",
      { temperature: 0, topK: 40, stop: ["\n"], seed: 1, contextShift: { keep: 4 }, compat: "llama2.c" },
    ],
    [
      "generate",
      {
        logitBias: [
          [3, -Infinity],
          [4, 1.5],
        ],
        order: ["top-k", "temperature"],
        contextShift: true,
      },
    ],
    ["chat", { template: "chatml", maxTokens: 0 }],
  ] as const)("takes options of %s: %j", (name, options) => {
    expect(() => checkOptions(SCHEMAS[name], options, "test")).not.toThrow();
  });

  it.each([
    ["generate", { temprature: 1 }, 'did you mean "temperature"?'],
    ["generate", { max_tokens: 1 }, 'did you mean "maxTokens"?'],
    ["generate", { topk: 1 }, 'did you mean "topK"?'],
    ["generate", { template: "chatml" }, '"template"'],
    ["load", { ctx: 1 }, '"ctx"'],
    ["load", { gpuLayers: 1 }, '"gpuLayers"'],
    ["generate", { topP: 1.5 }, 'the option "topP": expected at most 1, got 1.5'],
    ["generate", { topK: 1.5 }, 'the option "topK": expected an integer, got 1.5'],
    ["generate", { temperature: Number.NaN }, 'the option "temperature": expected a finite number, got NaN'],
    [
      "generate",
      { temperature: "hot" },
      'the option "temperature": expected a finite number, got the string "hot"',
    ],
    ["generate", { stop: ["a", ""] }, 'the option "stop.1": expected at least 1'],
    ["generate", { repeatPenalty: 0 }, 'the option "repeatPenalty": expected more than 0, got 0'],
    [
      "load",
      { backend: "cuda" },
      'expected one of "avx512", "avx2", "wasm", "reference", got the string "cuda"',
    ],
    ["load", { context: 1 }, 'the option "context": expected at least 2, got 1'],
    ["load", null, "expected an object of options, got null"],
    ["load", "fast", "expected an object of options"],
  ] as const)("refuses options of %s: %j", (name, options, words) => {
    const check = () => checkOptions(SCHEMAS[name], options, "test");
    expect(check).toThrow(RequestError);
    expect(check).toThrow(words);
  });

  it("does not treat keys of the prototype as options, and escapes what it prints", () => {
    const hostile = JSON.parse('{"__proto__": {"x": 1}, "constructor": 1}') as object;
    expect(() => checkOptions(GENERATE_OPTIONS, hostile, "test")).toThrow(RequestError);
    const long = { ["x".repeat(1e5)]: 1 };
    expect(() => checkOptions(GENERATE_OPTIONS, long, "test")).toThrow(/^.{0,300}$/s);
  });
});

describe("the schemas", () => {
  const options = Object.entries(SCHEMAS).flatMap(([call, { shape }]) =>
    Object.entries(shape).map(([name, schema]) => [`${call}.${name}`, schema] as const),
  );
  it.each(options)("have a help text for %s, in one line without a full stop", (_, schema) => {
    expect(OPTION_NOTES.get(schema)?.help).toMatch(/^[^\n]+[^.\n]$/);
  });
});

describe("nearest", () => {
  it("finds typing errors, and nothing if no name is close", () => {
    const known = ["temperature", "topK", "topP", "maxTokens"];
    expect(nearest("tempertaure", known)).toBe("temperature");
    expect(nearest("top-k", known)).toBe("topK");
    expect(nearest("MAXTOKENS", known)).toBe("maxTokens");
    expect(nearest("gpuLayers", known)).toBeUndefined();
  });
});
