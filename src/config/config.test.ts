import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { type ModelConfigFields, modelConfig, type RopeScaling, withConfig } from "./config.ts";

const TINY: ModelConfigFields = {
  architecture: "llama",
  dim: 64,
  ffnDim: 172,
  nLayers: 2,
  nHeads: 8,
  nKvHeads: 4,
  vocabSize: 512,
  maxSeqLen: 128,
  normEps: 1e-5,
  ropePairing: "interleaved",
};
const GGUF_KEYS = {
  nHeads: "llama.attention.head_count",
  nKvHeads: "llama.attention.head_count_kv",
  ropeScaling: "llama.rope.scaling",
};
const make = (changes: object) =>
  modelConfig({ ...TINY, ...changes } as ModelConfigFields, { name: "x.gguf", keys: GGUF_KEYS });

describe("modelConfig", () => {
  it("fills in missing fields, and freezes", () => {
    const config = make({ nKvHeads: undefined });
    expect(config).toMatchObject({ headDim: 8, rotaryDim: 8, nKvHeads: 8, ropeTheta: 10000, tied: false });
    expect(config.ropeScaling).toEqual({ kind: "none" });
    expect(config.biases).toEqual({ q: false, k: false, v: false, o: false, ffn: false });
    expect(Object.isFrozen(config) && Object.isFrozen(config.biases) && Object.isFrozen(config.eosIds)).toBe(
      true,
    );
  });

  it("names the source's key in the message", () => {
    expect(() => make({ nKvHeads: 5 })).toThrow(
      'Cannot configure the model from "x.gguf": expected llama.attention.head_count_kv to be a divisor of ' +
        "llama.attention.head_count (8), got 5",
    );
    const scaling: RopeScaling = { kind: "linear", factor: 0 };
    expect(() => make({ ropeScaling: scaling })).toThrow("llama.rope.scaling.factor");
  });

  it.each([
    ["no layers", { nLayers: 0 }],
    ["billions of layers", { nLayers: 2 ** 31 }],
    ["fractional width", { dim: 64.5 }],
    ["width that heads do not divide", { dim: 65 }],
    ["NaN", { vocabSize: Number.NaN }],
    ["text for a number", { ffnDim: "172" }],
    ["negative context", { maxSeqLen: -1 }],
    ["huge vocabulary", { vocabSize: 2 ** 40 }],
    ["huge heads", { headDim: 4096, nHeads: 4096 }],
    ["odd heads", { headDim: 7 }],
    ["rotation wider than a head", { rotaryDim: 16 }],
    ["zero epsilon", { normEps: 0 }],
    ["infinite theta", { ropeTheta: Number.POSITIVE_INFINITY }],
    ["unknown architecture", { architecture: "gpt2" }],
    ["zero window", { slidingWindow: 0 }],
    ["unknown scaling", { ropeScaling: { kind: "magic" } }],
    ["dynamic that shrinks", { ropeScaling: { kind: "dynamic", factor: 0.5, originalMaxSeqLen: 64 } }],
    [
      "llama3 with an empty ramp",
      {
        ropeScaling: {
          kind: "llama3",
          factor: 8,
          lowFreqFactor: 4,
          highFreqFactor: 4,
          originalMaxSeqLen: 64,
        },
      },
    ],
    [
      "factors of another width",
      { ropeScaling: { kind: "factors", factors: new Float32Array(3), factor: 1 } },
    ],
    ["factors of zero", { ropeScaling: { kind: "factors", factors: new Float32Array(4), factor: 1 } }],
    ["thousands of end tokens", { eosIds: Array.from({ length: 1000 }, (_, i) => i) }],
  ])("refuses %s", (_, changes) => {
    expect(() => make(changes)).toThrow(ConfigError);
  });

  it("keeps every accepted configuration consistent, whatever the input", () => {
    const number = fc.oneof(fc.integer({ min: -4, max: 5000 }), fc.double(), fc.constant(2 ** 31));
    fc.assert(
      fc.property(
        fc.record({ dim: number, nHeads: number, nKvHeads: number, nLayers: number }),
        (numbers) => {
          try {
            const config = make(numbers);
            expect(config.headDim * config.nHeads).toBe(config.dim);
            expect(config.nHeads % config.nKvHeads).toBe(0);
            expect(config.nLayers).toBeLessThanOrEqual(4096);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
    );
  });

  it("drops token ids outside the vocabulary with a warning", () => {
    const config = make({ bosId: -1, eosIds: [2, 600, 2] });
    expect(config.bosId).toBeUndefined();
    expect(config.eosIds).toEqual([2]);
    expect(config.warnings).toHaveLength(2);
  });

  it("does not compile without the mandatory numbers", () => {
    const { dim: _, ...rest } = TINY;
    // @ts-expect-error dim is missing
    const untyped = () => modelConfig(rest, { name: "x" });
    expect(untyped).toThrow(ConfigError);
  });
});

describe("withConfig", () => {
  it("validates the change", () => {
    expect(withConfig(make({}), { nLayers: 3 }).nLayers).toBe(3);
    expect(() => withConfig(make({}), { nKvHeads: 3 })).toThrow(ConfigError);
  });
});
