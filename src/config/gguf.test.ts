import { describe, expect, it } from "vitest";
import { ConfigError, UnsupportedError } from "../base/errors.ts";
import { type GgufValue, ggufValue } from "../formats/gguf/index.ts";
import type { ModelConfig, RopeScaling } from "./config.ts";
import { withConfig } from "./config.ts";
import { configFromGguf, configToGguf } from "./gguf.ts";
import { parameterShapes } from "./parameters.ts";
import { PUBLISHED_MODELS, publishedConfig } from "./published.ts";
import { ropeFrequencies } from "./rope-scaling.ts";
import type { TensorFacts } from "./tensor-facts.ts";

/** The facts of a file with exactly these tensors. */
function factsOf(
  shapes: ReadonlyMap<string, readonly number[]>,
  values = new Map<string, Float32Array>(),
): TensorFacts {
  return {
    has: (name) => shapes.has(name) || values.has(name),
    shape: (name) => shapes.get(name),
    floats: (name) => values.get(name) as Float32Array,
  };
}
function roundTrip(config: ModelConfig): ModelConfig {
  const { fields, tensors } = configToGguf(config);
  const shapes = parameterShapes(config).filter((parameter) => !parameter.optional);
  const facts = factsOf(new Map(shapes.map(({ name, shape }) => [name, shape])), new Map(tensors));
  return configFromGguf(new Map(fields), facts, "x.gguf");
}
const VOCAB = factsOf(
  new Map([
    ["token_embd.weight", [512, 64]],
    ["output.weight", [512, 64]],
  ]),
);
function metadata(changes: Record<string, GgufValue | undefined> = {}): Map<string, GgufValue> {
  const all = {
    "general.architecture": ggufValue.string("llama"),
    "llama.context_length": ggufValue.u32(128),
    "llama.embedding_length": ggufValue.u32(64),
    "llama.block_count": ggufValue.u32(5),
    "llama.feed_forward_length": ggufValue.u32(172),
    "llama.attention.head_count": ggufValue.u32(8),
    "llama.attention.head_count_kv": ggufValue.u32(4),
    "llama.attention.layer_norm_rms_epsilon": ggufValue.f32(1e-5),
    "tokenizer.ggml.bos_token_id": ggufValue.u32(1),
    "tokenizer.ggml.eos_token_id": ggufValue.u32(2),
    "tokenizer.ggml.padding_token_id": ggufValue.u32(0xffffffff),
    ...changes,
  };
  return new Map(
    Object.entries(all).flatMap(([key, value]): [string, GgufValue][] =>
      value === undefined ? [] : [[key, value]],
    ),
  );
}

describe("configFromGguf", () => {
  it("reads the keys of stories260K and fills in missing ones", () => {
    expect(configFromGguf(metadata(), VOCAB, "x.gguf")).toMatchObject({
      architecture: "llama",
      dim: 64,
      ffnDim: 172,
      nLayers: 5,
      nHeads: 8,
      nKvHeads: 4,
      headDim: 8,
      rotaryDim: 8,
      vocabSize: 512,
      maxSeqLen: 128,
      normEps: 1e-5,
      ropeTheta: 10000,
      ropePairing: "interleaved",
      ropeScaling: { kind: "none" },
      tied: false,
      bosId: 1,
      eosIds: [2],
      warnings: [],
    });
  });

  it("names the key of an invalid value", () => {
    expect(() =>
      configFromGguf(metadata({ "llama.attention.head_count_kv": ggufValue.u32(3) }), VOCAB, "x.gguf"),
    ).toThrow(/llama\.attention\.head_count_kv to be a divisor/);
    expect(() => configFromGguf(metadata({ "llama.block_count": undefined }), VOCAB, "x.gguf")).toThrow(
      /llama\.block_count/,
    );
    expect(() =>
      configFromGguf(metadata({ "llama.block_count": ggufValue.string("5") }), VOCAB, "x"),
    ).toThrow(ConfigError);
    expect(() =>
      configFromGguf(metadata({ "llama.block_count": ggufValue.u64(2n ** 63n) }), VOCAB, "x"),
    ).toThrow(ConfigError);
  });

  it("accepts lists with one entry per layer if all are equal", () => {
    const list = (...values: number[]) =>
      metadata({ "llama.attention.head_count_kv": ggufValue.i32s(values) });
    expect(configFromGguf(list(4, 4, 4, 4, 4), VOCAB, "x").nKvHeads).toBe(4);
    expect(() => configFromGguf(list(4, 4, 2, 4, 4), VOCAB, "x")).toThrow(UnsupportedError);
    expect(() => configFromGguf(list(), VOCAB, "x")).toThrow(ConfigError);
  });

  it("warns about keys of the architecture that it does not know", () => {
    const config = configFromGguf(metadata({ "llama.attention.sink": ggufValue.u32(4) }), VOCAB, "x");
    expect(config.warnings).toEqual([expect.stringContaining('"llama.attention.sink"')]);
  });

  it.each([
    ["another architecture", { "general.architecture": ggufValue.string("gpt2") }],
    ["a prototype's name", { "general.architecture": ggufValue.string("constructor") }],
    ["experts", { "llama.expert_count": ggufValue.u32(8) }],
    [
      "values wider than keys",
      {
        "llama.attention.key_length": ggufValue.u32(8),
        "llama.attention.value_length": ggufValue.u32(16),
      },
    ],
  ])("refuses %s", (_, changes) => {
    expect(() => configFromGguf(metadata(changes), VOCAB, "x")).toThrow(UnsupportedError);
  });
});

describe("configToGguf", () => {
  it.each(PUBLISHED_MODELS.map(({ name }) => name))("%s comes back", (name) => {
    const config = publishedConfig(name);
    const back = roundTrip(config);
    for (const key of ["dim", "ffnDim", "nLayers", "nHeads", "nKvHeads", "headDim", "rotaryDim"] as const) {
      expect(back[key]).toBe(config[key]);
    }
    const { vocabSize, maxSeqLen, normEps, ropeTheta, tied, biases, slidingWindow } = config;
    expect(back).toMatchObject({ vocabSize, maxSeqLen, normEps, ropeTheta, tied, biases });
    expect(back.slidingWindow).toBe(slidingWindow);
    expect(back.warnings).toEqual([]);
  });

  const kinds: RopeScaling[] = [
    { kind: "linear", factor: 4 },
    { kind: "ntk", factor: 8 },
    { kind: "yarn", factor: 16, originalMaxSeqLen: 4096, betaFast: 32, betaSlow: 1 },
    { kind: "yarn", factor: 4, originalMaxSeqLen: 4096, betaFast: 16, betaSlow: 2, attentionFactor: 1.25 },
    { kind: "llama3", factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxSeqLen: 8192 },
    {
      kind: "longrope",
      shortFactors: Array(64).fill(1),
      longFactors: Array.from({ length: 64 }, (_, i) => 1 + i),
      originalMaxSeqLen: 4096,
    },
    { kind: "factors", factors: new Float32Array(64).fill(3), factor: 2 },
  ];
  it.each(kinds)("keeps the frequencies of %o", (ropeScaling) => {
    const config = withConfig(publishedConfig("Llama 3 8B"), { ropeScaling });
    const wanted = ropeFrequencies(config);
    const found = ropeFrequencies(roundTrip(config));
    expect(found.attentionFactor).toBeCloseTo(wanted.attentionFactor, 12);
    for (let i = 0; i < 64; i++) {
      expect(found.inverseFrequencies[i] / wanted.inverseFrequencies[i]).toBeCloseTo(1, 6);
    }
  });

  it("reports what it drops", () => {
    const ropeScaling: RopeScaling = { kind: "dynamic", factor: 2, originalMaxSeqLen: 4096 };
    expect(configToGguf(withConfig(publishedConfig("Llama 2 7B"), { ropeScaling })).dropped).toHaveLength(1);
  });
});
