import { describe, expect, it } from "vitest";
import { modelConfig } from "./config.ts";
import { countParameters, ffnDimOf, kvCacheBytesPerToken, parameterShapes } from "./parameters.ts";
import { PUBLISHED_MODELS, publishedConfig } from "./published.ts";

describe("countParameters", () => {
  it.each(PUBLISHED_MODELS.map((model) => [model.name, model] as const))(
    "%s",
    (name, { parameters, fields }) => {
      expect(countParameters(modelConfig(fields, { name }))).toBe(parameters);
    },
  );
});

describe("parameterShapes", () => {
  it("lists grouped-query shapes and biases", () => {
    const shapes = new Map(parameterShapes(publishedConfig("Qwen2 0.5B")).map((p) => [p.name, p.shape]));
    expect(shapes.get("blk.23.attn_k.weight")).toEqual([128, 896]);
    expect(shapes.get("blk.23.attn_k.bias")).toEqual([128]);
    expect(shapes.get("blk.0.ffn_down.weight")).toEqual([896, 4864]);
    expect(shapes.has("blk.0.attn_output.bias")).toBe(false);
    expect(shapes.has("output.weight")).toBe(false);
    expect(shapes.size).toBe(24 * 12 + 3);
  });

  it("has an output projection when it is not tied", () => {
    const shapes = parameterShapes(publishedConfig("Llama 2 70B"));
    expect(shapes.at(-1)).toEqual({ name: "output.weight", shape: [32000, 8192], role: "linear" });
    expect(new Set(shapes.map((p) => p.name)).size).toBe(shapes.length);
  });
});

describe("kvCacheBytesPerToken", () => {
  it.each([
    ["LLaMA 7B", 512],
    ["LLaMA 13B", 800],
    ["LLaMA 33B", 1560],
    ["LLaMA 65B", 2560],
    ["Llama 2 70B", 320],
    ["Llama 3 8B", 128],
    ["Mistral 7B v0.1", 128],
  ])("%s takes %i KiB a token in 16 bits", (name, kib) => {
    expect(kvCacheBytesPerToken(publishedConfig(name), 2)).toBe(kib * 1024);
  });
});

describe("ffnDimOf", () => {
  it.each([
    ["LLaMA 7B", 4096, 256, undefined, 11008],
    ["LLaMA 13B", 5120, 256, undefined, 13824],
    ["LLaMA 33B", 6656, 256, undefined, 17920],
    ["LLaMA 65B", 8192, 256, undefined, 22016],
    ["Llama 2 70B", 8192, 4096, 1.3, 28672],
    ["Llama 3 8B", 4096, 1024, 1.3, 14336],
    ["Llama 3.1 405B", 16384, 4096, 1.2, 53248],
    ["Llama 3.2 1B", 2048, 256, 1.5, 8192],
    ["stories260K", 64, 4, undefined, 172],
  ])("%s", (_, dim, multipleOf, multiplier, expected) => {
    expect(ffnDimOf(dim, multipleOf, multiplier)).toBe(expected);
  });
});
