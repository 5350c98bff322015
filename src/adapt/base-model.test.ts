/** An adapter for another model is recognised by its fingerprint, or by names if it has none. */
import { describe, expect, it } from "vitest";
import { type BaseModel, fingerprint, modelName, otherBase } from "./base-model.ts";

const model = (id: string | undefined, ...names: string[]): BaseModel => ({ names, id: () => id });

describe("names of models", () => {
  it.each([
    ["meta-llama/Llama-2-7b-hf", "llama27b"],
    ["models/llama-2-7b.Q4_0.gguf", "llama27b"],
    ["C:\\models\\TinyLlama-1.1B-Chat-v1.0-Q4_K_M.gguf", "tinyllama11bchatv10"],
    ["/tmp/base/", "base"],
    ["cria-stories-q8_0.gguf", "criastories"],
    ["x-bf16.safetensors", "x"],
    ["y_fp16-4bit", "y"],
  ])("%s: %s", (name, expected) => {
    expect(modelName(name)).toBe(expected);
  });
});

describe("the base of an adapter", () => {
  it.each([
    ["nothing is known of it", {}, model("1", "a.gguf"), undefined],
    ["its fingerprint is the model's", { base: "other", baseId: "1" }, model("1", "a.gguf"), undefined],
    ["its fingerprint differs", { baseId: "2" }, model("1", "a.gguf"), "trained on another model"],
    [
      "the weights differ, not the name",
      { base: "a.gguf", baseId: "2" },
      model("1", "abc", "a-q4_0.gguf"),
      undefined,
    ],
    [
      "the names differ too",
      { base: "x/mistral", baseId: "2" },
      model("1", "llama.gguf"),
      "not on this model",
    ],
    [
      "the names agree",
      { base: "x/Llama-2-7b-hf" },
      model("1", "LLaMA v2", "llama-2-7b.Q4_0.gguf"),
      undefined,
    ],
    [
      "the names differ",
      { base: "x/mistral-7b" },
      model("1", "", "llama-2-7b.gguf"),
      'called "llama-2-7b.gguf"',
    ],
    ["the fingerprint cannot be had", { base: "llama", baseId: "2" }, model(undefined, "llama"), undefined],
    ["its name says nothing", { base: "./" }, model("1", "llama"), undefined],
  ])("%s", (title, info, base, expected) => {
    const warning = otherBase("adapter", info, base);
    if (title.startsWith("the weights differ")) expect(warning).toContain("has other weights");
    else if (expected === undefined) expect(warning).toBeUndefined();
    else expect(warning).toContain(expected);
  });

  it("has a fingerprint of names, types, shapes and first bytes", () => {
    const of = (dtype: "F32" | "F16", byte: number, at: number) => {
      const bytes = new Uint8Array(8192);
      bytes[at] = byte;
      return fingerprint(new Map([["w", { dtype, shape: [2, 1024], bytes }]]));
    };
    const first = of("F32", 0, 0);
    expect(of("F32", 0, 0)).toBe(first);
    expect(of("F16", 0, 0)).not.toBe(first);
    expect(of("F32", 1, 0)).not.toBe(first);
    expect(of("F32", 1, 5000)).toBe(first);
  });
});
