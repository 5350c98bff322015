import { describe, expect, it } from "vitest";
import { ConfigError, UnsupportedError } from "../base/errors.ts";
import { withConfig } from "./config.ts";
import { configFromMeta, configToMeta, ffnRule } from "./meta.ts";
import { ffnDimOf } from "./parameters.ts";
import { publishedConfig } from "./published.ts";
import type { TensorFacts } from "./tensor-facts.ts";

const factsOf = (vocabSize: number, tied = false): TensorFacts => ({
  has: (name) => name === "token_embd.weight" || (name === "output.weight" && !tied),
  shape: (name) => (name === "token_embd.weight" ? [vocabSize, 1] : undefined),
  floats: () => new Float32Array(0),
});
const LLAMA31 = { norm_eps: 1e-5, rope_theta: 500000.0, use_scaled_rope: true, vocab_size: 128256 };

/** params.json as published, by the name in published.ts. */
const PARAMS: Readonly<Record<string, Record<string, unknown>>> = {
  "LLaMA 7B": { dim: 4096, multiple_of: 256, n_heads: 32, n_layers: 32, norm_eps: 1e-6, vocab_size: -1 },
  "LLaMA 13B": { dim: 5120, multiple_of: 256, n_heads: 40, n_layers: 40, norm_eps: 1e-6, vocab_size: -1 },
  "LLaMA 33B": { dim: 6656, multiple_of: 256, n_heads: 52, n_layers: 60, norm_eps: 1e-6, vocab_size: -1 },
  "LLaMA 65B": { dim: 8192, multiple_of: 256, n_heads: 64, n_layers: 80, norm_eps: 1e-6, vocab_size: -1 },
  "Llama 2 7B": { dim: 4096, multiple_of: 256, n_heads: 32, n_layers: 32, norm_eps: 1e-5, vocab_size: -1 },
  "Llama 2 70B": {
    dim: 8192,
    multiple_of: 4096,
    ffn_dim_multiplier: 1.3,
    n_heads: 64,
    n_kv_heads: 8,
    n_layers: 80,
    norm_eps: 1e-5,
    vocab_size: -1,
  },
  "Llama 3 8B": {
    dim: 4096,
    n_layers: 32,
    n_heads: 32,
    n_kv_heads: 8,
    vocab_size: 128256,
    multiple_of: 1024,
    ffn_dim_multiplier: 1.3,
    norm_eps: 1e-5,
    rope_theta: 500000.0,
  },
  "Llama 3.1 8B": {
    ...LLAMA31,
    dim: 4096,
    ffn_dim_multiplier: 1.3,
    multiple_of: 1024,
    n_heads: 32,
    n_kv_heads: 8,
    n_layers: 32,
  },
  "Llama 3.1 405B": {
    ...LLAMA31,
    dim: 16384,
    ffn_dim_multiplier: 1.2,
    multiple_of: 4096,
    n_heads: 128,
    n_kv_heads: 8,
    n_layers: 126,
  },
  "Llama 3.2 1B": {
    ...LLAMA31,
    dim: 2048,
    ffn_dim_multiplier: 1.5,
    multiple_of: 256,
    n_heads: 32,
    n_kv_heads: 8,
    n_layers: 16,
  },
  "Llama 3.2 3B": {
    ...LLAMA31,
    dim: 3072,
    ffn_dim_multiplier: 1.0,
    multiple_of: 256,
    n_heads: 24,
    n_kv_heads: 8,
    n_layers: 28,
  },
  "Mistral 7B v0.1": {
    dim: 4096,
    n_layers: 32,
    head_dim: 128,
    hidden_dim: 14336,
    n_heads: 32,
    n_kv_heads: 8,
    norm_eps: 1e-5,
    sliding_window: 4096,
    vocab_size: 32000,
  },
};

describe("configFromMeta", () => {
  it.each(Object.entries(PARAMS))("parses %s", (name, json) => {
    const expected = publishedConfig(name);
    const found = configFromMeta(json, factsOf(expected.vocabSize, expected.tied), "params.json");
    expect({ ...found, eosIds: [], warnings: [] }).toEqual({
      ...expected,
      architecture: "llama",
      ropePairing: "interleaved",
      eosIds: [],
      warnings: [],
    });
    expect(found.eosIds).toEqual(expect.arrayContaining([...expected.eosIds]));
  });

  it("reports an assumed context length, and uses one that is given", () => {
    const json = PARAMS["Llama 2 7B"];
    expect(configFromMeta(json, factsOf(32000), "params.json").warnings).toEqual([
      '"params.json" does not say the context length: 4096, that of Llama 2, is assumed',
    ]);
    const said = configFromMeta({ ...json, max_seq_len: 512 }, factsOf(32000), "params.json");
    expect(said).toMatchObject({ maxSeqLen: 512, warnings: [] });
  });

  it("warns about unknown keys", () => {
    const { warnings } = configFromMeta(
      { ...PARAMS["LLaMA 7B"], n_shards: 1 },
      factsOf(32000),
      "params.json",
    );
    expect(warnings.at(-1)).toContain('"n_shards"');
  });

  it.each([
    ["no width", { dim: undefined }, ConfigError],
    ["zero multiple_of", { multiple_of: 0 }, ConfigError],
    ["NaN", { multiple_of: Number.NaN }, ConfigError],
    ["a huge multiplier", { ffn_dim_multiplier: 1e300 }, ConfigError],
    ["experts", { moe: { num_experts: 8 } }, UnsupportedError],
    ["quantised weights", { quantization_args: { group_size: 256 } }, UnsupportedError],
  ])("refuses %s", (_, changes, error) => {
    expect(() => configFromMeta({ ...PARAMS["LLaMA 7B"], ...changes }, factsOf(32000), "p")).toThrow(error);
  });
});

describe("configToMeta", () => {
  it.each(Object.keys(PARAMS))("%s comes back", (name) => {
    const config = withConfig(publishedConfig(name), { ropePairing: "interleaved", architecture: "llama" });
    const { json } = configToMeta(config);
    const back = configFromMeta(json, factsOf(config.vocabSize, config.tied), "p");
    expect({ ...back, eosIds: [], warnings: [] }).toEqual({ ...config, eosIds: [], warnings: [] });
  });

  it.each(["Llama 2 70B", "Llama 3 8B", "Llama 3.1 405B", "Llama 3.2 1B"])(
    "%s gets the published rule",
    (name) => {
      const { multiple_of, ffn_dim_multiplier } = PARAMS[name];
      const { dim, ffnDim } = publishedConfig(name);
      const { multipleOf, multiplier } = ffnRule(dim, ffnDim);
      expect(ffnDimOf(dim, multipleOf, multiplier)).toBe(
        ffnDimOf(dim, multiple_of as number, ffn_dim_multiplier as number),
      );
    },
  );

  it("refuses settings that Meta's code does not support", () => {
    expect(() => configToMeta(publishedConfig("Qwen2 7B"))).toThrow(/biases on q, k, v/);
    const linear = withConfig(publishedConfig("Llama 2 7B"), { ropeScaling: { kind: "linear", factor: 2 } });
    expect(() => configToMeta(linear)).toThrow(UnsupportedError);
    const wrongFactor = withConfig(publishedConfig("Llama 3.1 8B"), {
      ropeScaling: {
        kind: "llama3",
        factor: 32,
        lowFreqFactor: 1,
        highFreqFactor: 4,
        originalMaxSeqLen: 8192,
      },
    });
    expect(() => configToMeta(wrongFactor)).toThrow(UnsupportedError);
  });
});

describe("ffnRule", () => {
  it("finds a rule for every width", () => {
    for (const dim of [64, 100, 288, 4096]) {
      for (const ffnDim of [1, 7, 172, 768, 11008, 11009, 13, 14336, 99991]) {
        const { multipleOf, multiplier } = ffnRule(dim, ffnDim);
        expect(ffnDimOf(dim, multipleOf, multiplier)).toBe(ffnDim);
      }
    }
  });
});
