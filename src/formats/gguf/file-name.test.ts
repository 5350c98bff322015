import { describe, expect, it } from "vitest";
import { formatGgufFileName, type GgufFileName, parseGgufFileName } from "./file-name.ts";

/** The cases that ggml docs/gguf.md lists, and the example in its text that lacks a version. */
const CASES: Record<string, GgufFileName | undefined> = {
  "Mixtral-8x7B-v0.1-KQ2.gguf": { baseName: "Mixtral", sizeLabel: "8x7B", version: "v0.1", encoding: "KQ2" },
  "Grok-100B-v1.0-Q4_0-00003-of-00009.gguf": {
    baseName: "Grok",
    sizeLabel: "100B",
    version: "v1.0",
    encoding: "Q4_0",
    shard: { number: 3, count: 9 },
  },
  "Hermes-2-Pro-Llama-3-8B-v1.0-F16.gguf": {
    baseName: "Hermes-2-Pro-Llama-3",
    sizeLabel: "8B",
    version: "v1.0",
    encoding: "F16",
  },
  "Phi-3-mini-3.8B-ContextLength4k-instruct-v1.0.gguf": {
    baseName: "Phi-3-mini",
    sizeLabel: "3.8B-ContextLength4k",
    fineTune: "instruct",
    version: "v1.0",
  },
  "mtp-Qwen3-27B-v1.0-Q4_K_M.gguf": {
    sidecar: "mtp",
    baseName: "Qwen3",
    sizeLabel: "27B",
    version: "v1.0",
    encoding: "Q4_K_M",
  },
  "mmproj-Qwen2-VL-7B-v1.0-F16.gguf": {
    sidecar: "mmproj",
    baseName: "Qwen2-VL",
    sizeLabel: "7B",
    version: "v1.0",
    encoding: "F16",
  },
  "not-a-known-arrangement.gguf": undefined,
  "Hermes-2-Pro-Llama-3-8B-F16.gguf": undefined,
};

/** Additional cases that the grammar allows and the list lacks. */
const MORE: Record<string, GgufFileName | undefined> = {
  "Llama-3-8B-Instruct-Chat-v1.0-Q8_0-LoRA.gguf": {
    baseName: "Llama-3",
    sizeLabel: "8B",
    fineTune: "Instruct-Chat",
    version: "v1.0",
    encoding: "Q8_0",
    type: "LoRA",
  },
  "Llama-3-8B-v1-vocab.gguf": { baseName: "Llama-3", sizeLabel: "8B", version: "v1", type: "vocab" },
  "Base-7B-v1.0-v2.0.gguf": undefined,
  "v1.0.gguf": undefined,
  "7B-v1.0.gguf": undefined,
  "Base-7B-v1.0": undefined,
  "": undefined,
};

describe("parseGgufFileName", () => {
  it.each(Object.entries({ ...CASES, ...MORE }))("%s", (name, expected) => {
    expect(parseGgufFileName(name)).toEqual(expected);
  });

  it("answers long names that almost match", () => {
    expect(parseGgufFileName(`${"a-".repeat(500)}!.gguf`)).toBeUndefined();
    expect(parseGgufFileName(`${"1B-".repeat(1_000_000)}v1.gguf`)).toBeUndefined();
  });
});

describe("formatGgufFileName", () => {
  const good = Object.entries({ ...CASES, ...MORE }).filter(
    (entry): entry is [string, GgufFileName] => !!entry[1],
  );
  it.each(good)("reproduces %s", (name, parts) => {
    expect(formatGgufFileName(parts)).toBe(name);
  });

  it("turns spaces into dashes", () => {
    expect(formatGgufFileName({ baseName: "Llama 3", sizeLabel: "8B", version: "v1.0" })).toBe(
      "Llama-3-8B-v1.0.gguf",
    );
  });
});
