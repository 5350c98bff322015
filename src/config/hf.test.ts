import { describe, expect, it } from "vitest";
import { ConfigError, UnsupportedError } from "../base/errors.ts";
import { type ModelConfig, type RopeScaling, withConfig } from "./config.ts";
import { configFromHf, configToHf } from "./hf.ts";
import { PUBLISHED_MODELS, publishedConfig } from "./published.ts";
import { ropeFrequencies } from "./rope-scaling.ts";

/** Published config.json files, by the name in published.ts. */
const LLAMA2 = {
  architectures: ["LlamaForCausalLM"],
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: "silu",
  initializer_range: 0.02,
  model_type: "llama",
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  tie_word_embeddings: false,
  torch_dtype: "float16",
  transformers_version: "4.31.0.dev0",
  use_cache: true,
  vocab_size: 32000,
  max_position_embeddings: 4096,
};
const LLAMA3 = {
  ...LLAMA2,
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 128000,
  eos_token_id: 128001,
  max_position_embeddings: 8192,
  num_key_value_heads: 8,
  rope_theta: 500000.0,
  torch_dtype: "bfloat16",
  vocab_size: 128256,
};
const LLAMA31 = {
  ...LLAMA3,
  max_position_embeddings: 131072,
  mlp_bias: false,
  rope_scaling: {
    factor: 8.0,
    low_freq_factor: 1.0,
    high_freq_factor: 4.0,
    original_max_position_embeddings: 8192,
    rope_type: "llama3",
  },
};
const MISTRAL = {
  architectures: ["MistralForCausalLM"],
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: "silu",
  hidden_size: 4096,
  initializer_range: 0.02,
  intermediate_size: 14336,
  max_position_embeddings: 32768,
  model_type: "mistral",
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
  transformers_version: "4.34.0.dev0",
  use_cache: true,
  vocab_size: 32000,
};
const QWEN2 = {
  architectures: ["Qwen2ForCausalLM"],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151643,
  hidden_act: "silu",
  initializer_range: 0.02,
  max_position_embeddings: 131072,
  model_type: "qwen2",
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 131072,
  torch_dtype: "bfloat16",
  use_cache: true,
  use_sliding_window: false,
};
const shape = (
  hidden_size: number,
  intermediate_size: number,
  layers: number,
  heads: number,
  kv?: number,
) => ({
  hidden_size,
  intermediate_size,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  ...(kv === undefined ? {} : { num_key_value_heads: kv }),
});

const CONFIGS: Readonly<Record<string, Record<string, unknown>>> = {
  "LLaMA 7B": {
    ...LLAMA2,
    ...shape(4096, 11008, 32, 32),
    rms_norm_eps: 1e-6,
    max_position_embeddings: 2048,
    pad_token_id: 0,
  },
  "Llama 2 7B": { ...LLAMA2, ...shape(4096, 11008, 32, 32, 32) },
  "Llama 2 13B": { ...LLAMA2, ...shape(5120, 13824, 40, 40, 40) },
  "Llama 2 70B": { ...LLAMA2, ...shape(8192, 28672, 80, 64, 8) },
  "Llama 3 8B": { ...LLAMA3, ...shape(4096, 14336, 32, 32, 8) },
  "Llama 3 70B": { ...LLAMA3, ...shape(8192, 28672, 80, 64, 8) },
  "Llama 3.1 8B": { ...LLAMA31, ...shape(4096, 14336, 32, 32, 8) },
  "Llama 3.2 1B": {
    ...LLAMA31,
    ...shape(2048, 8192, 16, 32, 8),
    head_dim: 64,
    rope_scaling: { ...LLAMA31.rope_scaling, factor: 32.0 },
    tie_word_embeddings: true,
  },
  "Llama 3.2 3B": {
    ...LLAMA31,
    ...shape(3072, 8192, 28, 24, 8),
    head_dim: 128,
    rope_scaling: { ...LLAMA31.rope_scaling, factor: 32.0 },
    tie_word_embeddings: true,
  },
  "Mistral 7B v0.1": { ...MISTRAL, rope_theta: 10000.0, sliding_window: 4096 },
  "Mistral 7B v0.2": { ...MISTRAL, rope_theta: 1000000.0, sliding_window: null },
  "Mistral 7B v0.3": { ...MISTRAL, rope_theta: 1000000.0, sliding_window: null, vocab_size: 32768 },
  "Qwen2 0.5B": {
    ...QWEN2,
    ...shape(896, 4864, 24, 14, 2),
    max_window_layers: 24,
    tie_word_embeddings: true,
    vocab_size: 151936,
  },
  "Qwen2 7B": {
    ...QWEN2,
    ...shape(3584, 18944, 28, 28, 4),
    max_window_layers: 28,
    tie_word_embeddings: false,
    vocab_size: 152064,
  },
  "TinyLlama 1.1B": { ...LLAMA2, ...shape(2048, 5632, 22, 32, 4), max_position_embeddings: 2048 },
};

/** Published tables are in Meta's layout for Meta's models; Hugging Face's files have halves. */
function inHalves(name: string): ModelConfig {
  return withConfig(publishedConfig(name), { ropePairing: "halves" });
}

describe("configFromHf", () => {
  it.each(Object.entries(CONFIGS))("parses %s", (name, json) => {
    expect(configFromHf(json, "config.json")).toEqual(inHalves(name));
  });

  it("has the defaults of each class", () => {
    expect(configFromHf({ model_type: "llama" }, "c")).toMatchObject({
      dim: 4096,
      ffnDim: 11008,
      nKvHeads: 32,
      vocabSize: 32000,
      maxSeqLen: 2048,
      normEps: 1e-6,
      bosId: 1,
      eosIds: [2],
    });
    expect(configFromHf({ model_type: "mistral" }, "c")).toMatchObject({
      nKvHeads: 8,
      ffnDim: 14336,
      slidingWindow: 4096,
    });
    expect(configFromHf({ architectures: ["Qwen2ForCausalLM"] }, "c").biases.q).toBe(true);
  });

  it("reads every historical form of RoPE scaling", () => {
    const scaling = (json: object) => configFromHf({ model_type: "llama", ...json }, "c").ropeScaling;
    const linear = { kind: "linear", factor: 2 };
    expect(scaling({ rope_scaling: { type: "linear", factor: 2.0 } })).toEqual(linear);
    expect(scaling({ rope_scaling: { rope_type: "linear", factor: 2.0 } })).toEqual(linear);
    expect(scaling({ rope_scaling: { rope_type: "default" } })).toEqual({ kind: "none" });
    const json = { rope_parameters: { rope_type: "linear", rope_theta: 5e5, factor: 2 } };
    expect(scaling(json)).toEqual(linear);
    expect(configFromHf({ model_type: "llama", ...json }, "c").ropeTheta).toBe(5e5);
    expect(scaling({ rope_scaling: { type: "dynamic", factor: 4 } })).toEqual({
      kind: "dynamic",
      factor: 4,
      originalMaxSeqLen: 2048,
    });
    const long = Array(64).fill(4);
    expect(
      scaling({
        rope_scaling: { type: "su", short_factor: long, long_factor: long },
        original_max_position_embeddings: 1024,
      }),
    ).toMatchObject({ kind: "longrope", originalMaxSeqLen: 1024 });
  });

  it("takes yarn's mscale pair as its attention factor", () => {
    const rope_scaling = { rope_type: "yarn", factor: 40, mscale: 0.8, mscale_all_dim: 1.0 };
    const { ropeScaling } = configFromHf({ model_type: "llama", rope_scaling }, "c");
    const expected = (0.1 * 0.8 * Math.log(40) + 1) / (0.1 * Math.log(40) + 1);
    expect((ropeScaling as { attentionFactor: number }).attentionFactor).toBeCloseTo(expected, 14);
  });

  it("reads end tokens as a number or a list", () => {
    const eos = (eos_token_id: unknown) => configFromHf({ model_type: "llama", eos_token_id }, "c").eosIds;
    expect(eos([7, 9])).toEqual([7, 9]);
    expect(eos(7)).toEqual([7]);
    expect(() => eos("</s>")).toThrow(ConfigError);
  });

  it("supports partial rotation of a head", () => {
    expect(configFromHf({ model_type: "llama", partial_rotary_factor: 0.5 }, "c").rotaryDim).toBe(64);
  });

  it("warns about keys that it does not know", () => {
    const { warnings } = configFromHf({ model_type: "llama", logit_softcap: 30 }, "config.json");
    expect(warnings).toEqual(['"config.json" has settings that Cria does not know: "logit_softcap"']);
  });

  it.each([
    ["another type", { model_type: "gpt2" }],
    ["a prototype's name", { model_type: "toString" }],
    ["no type", {}],
    ["another activation", { model_type: "llama", hidden_act: "gelu" }],
    ["quantised weights", { model_type: "llama", quantization_config: { quant_method: "gptq" } }],
    [
      "a window on some layers",
      { model_type: "qwen2", use_sliding_window: true, sliding_window: 64, max_window_layers: 10 },
    ],
  ])("refuses %s", (_, json) => {
    expect(() => configFromHf(json, "c")).toThrow(UnsupportedError);
  });

  it.each([
    ["text for a number", { hidden_size: "4096" }, "hidden_size"],
    ["heads that do not divide", { num_attention_heads: 31 }, "num_attention_heads"],
    ["a list for an object", { rope_scaling: [1] }, "rope_scaling"],
    ["unknown scaling", { rope_scaling: { rope_type: "magic" } }, "rope_type"],
    ["scaling without a factor", { rope_scaling: { rope_type: "linear" } }, "factor"],
    ["text among factors", { rope_scaling: { rope_type: "longrope", short_factor: ["x"] } }, "short_factor"],
  ])("refuses %s and names the key", (_, json, key) => {
    const read = () => configFromHf({ model_type: "llama", ...json }, "c");
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(key);
  });
});

describe("configToHf", () => {
  it.each(PUBLISHED_MODELS.map(({ name }) => name))("%s comes back", (name) => {
    const { json } = configToHf(inHalves(name), "bfloat16");
    expect(configFromHf(JSON.parse(JSON.stringify(json)), "c")).toEqual(inHalves(name));
  });

  it("recognises Llama 3's scaling in stored divisors, and keeps any others", () => {
    const config = inHalves("Llama 3.1 8B");
    const { inverseFrequencies } = ropeFrequencies(withConfig(config, { ropeScaling: { kind: "none" } }));
    const scaled = ropeFrequencies(config).inverseFrequencies;
    const factors = Float32Array.from(inverseFrequencies, (f, i) => f / scaled[i]);
    const stored = withConfig(config, { ropeScaling: { kind: "factors", factors, factor: 1 } });
    expect(configFromHf(configToHf(stored, "float32").json, "c").ropeScaling).toEqual(config.ropeScaling);

    factors[10] = 1.5;
    const odd = withConfig(config, { ropeScaling: { kind: "factors", factors, factor: 2 } });
    const back = configFromHf(configToHf(odd, "float32").json, "c");
    expect(ropeFrequencies(back)).toEqual(ropeFrequencies(odd));
  });

  it("keeps the frequencies of yarn", () => {
    const ropeScaling: RopeScaling = {
      kind: "yarn",
      factor: 4,
      originalMaxSeqLen: 4096,
      betaFast: 16,
      betaSlow: 2,
      attentionFactor: 1.25,
    };
    const config = withConfig(inHalves("Llama 2 7B"), { ropeScaling });
    expect(configFromHf(configToHf(config, "float32").json, "c").ropeScaling).toEqual(ropeScaling);
  });

  it("keeps the length from which dynamic scaling starts", () => {
    const ropeScaling: RopeScaling = { kind: "dynamic", factor: 2, originalMaxSeqLen: 2048 };
    const config = withConfig(inHalves("Llama 2 7B"), { ropeScaling });
    const back = configFromHf(configToHf(config, "float32").json, "c");
    expect(back).toMatchObject({ ropeScaling, maxSeqLen: 2048 });
    expect(ropeFrequencies(back, 9000)).toEqual(ropeFrequencies(config, 9000));
  });

  it("refuses biases that no class has", () => {
    const config = withConfig(inHalves("Qwen2 7B"), {
      biases: { q: true, k: false, v: false, o: false, ffn: false },
    });
    expect(() => configToHf(config, "float32")).toThrow(UnsupportedError);
  });
});
