import { describe, expect, it } from "vitest";
import { type ModelConfigFields, modelConfig, type RopeScaling } from "./config.ts";
import { frequencyDivisors, ropeFrequencies } from "./rope-scaling.ts";

const D = 128;
function configWith(ropeScaling: RopeScaling, changes: Partial<ModelConfigFields> = {}) {
  return modelConfig(
    {
      architecture: "llama",
      dim: D,
      ffnDim: 256,
      nLayers: 1,
      nHeads: 1,
      vocabSize: 100,
      maxSeqLen: 8192,
      normEps: 1e-5,
      ropeTheta: 500000,
      ropePairing: "interleaved",
      ropeScaling,
      ...changes,
    },
    { name: "test" },
  );
}
const unscaled = ropeFrequencies(configWith({ kind: "none" })).inverseFrequencies;
const L = 8192;

/** Every kind at a stretch of `s`. */
const AT: Record<Exclude<RopeScaling["kind"], "none">, (s: number) => RopeScaling> = {
  linear: (factor) => ({ kind: "linear", factor }),
  ntk: (factor) => ({ kind: "ntk", factor }),
  dynamic: (factor) => ({ kind: "dynamic", factor, originalMaxSeqLen: L }),
  yarn: (factor) => ({ kind: "yarn", factor, originalMaxSeqLen: L, betaFast: 32, betaSlow: 1 }),
  llama3: (factor) => ({
    kind: "llama3",
    factor,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxSeqLen: L,
  }),
  longrope: (s) => ({
    kind: "longrope",
    shortFactors: Array(D / 2).fill(s),
    longFactors: Array(D / 2).fill(s),
    originalMaxSeqLen: L,
  }),
  factors: (s) => ({ kind: "factors", factors: new Float32Array(D / 2).fill(s), factor: 1 }),
};

describe("ropeFrequencies", () => {
  it("is θ^(−2i/d) without scaling", () => {
    expect(unscaled).toHaveLength(64);
    expect(unscaled[0]).toBe(1);
    expect(unscaled[32]).toBeCloseTo(1 / Math.sqrt(500000), 15);
    expect(unscaled[63]).toBeCloseTo(500000 ** (-126 / 128), 15);
  });

  it.each(Object.entries(AT))("%s at s = 1 is the identity", (_, at) => {
    const { inverseFrequencies, attentionFactor } = ropeFrequencies(configWith(at(1)));
    for (let i = 0; i < 64; i++) expect(inverseFrequencies[i] / unscaled[i]).toBeCloseTo(1, 12);
    expect(attentionFactor).toBe(1);
  });

  it("linear divides every frequency", () => {
    const { inverseFrequencies } = ropeFrequencies(configWith(AT.linear(4)));
    expect([...inverseFrequencies]).toEqual([...unscaled].map((f) => f / 4));
  });

  it("ntk keeps the highest frequency and divides the lowest by s exactly", () => {
    const { inverseFrequencies } = ropeFrequencies(configWith(AT.ntk(8)));
    expect(inverseFrequencies[0]).toBe(1);
    expect(unscaled[63] / inverseFrequencies[63]).toBeCloseTo(8, 10);
  });

  it("dynamic depends on the length in use", () => {
    const config = configWith(AT.dynamic(2));
    expect(ropeFrequencies(config, L).inverseFrequencies).toEqual(unscaled);
    expect(ropeFrequencies(config, 100).inverseFrequencies).toEqual(unscaled);
    // stretch = s·L'/L − (s − 1) = 2·4 − 1 at four times the length
    expect(unscaled[63] / ropeFrequencies(config, 4 * L).inverseFrequencies[63]).toBeCloseTo(7, 10);
  });

  it("yarn keeps fast pairs, interpolates slow ones, and is monotonic in between", () => {
    const { inverseFrequencies, attentionFactor } = ropeFrequencies(configWith(AT.yarn(16)));
    const ratios = [...inverseFrequencies].map((f, i) => unscaled[i] / f);
    // Pairs that rotate 32 times and once in 8192 positions: 64·ln(8192/(n·2π))/ln θ = 18.1 and 35.0.
    for (let i = 0; i <= 18; i++) expect(ratios[i]).toBeCloseTo(1, 12);
    for (let i = 35; i < 64; i++) expect(ratios[i]).toBeCloseTo(16, 10);
    for (let i = 1; i < 64; i++) expect(ratios[i]).toBeGreaterThanOrEqual(ratios[i - 1] - 1e-12);
    expect(attentionFactor).toBeCloseTo(0.1 * Math.log(16) + 1, 15);
    expect(
      ropeFrequencies(configWith({ ...AT.yarn(16), attentionFactor: 1.5 } as RopeScaling)),
    ).toMatchObject({
      attentionFactor: 1.5,
    });
  });

  it("llama3 equals its definition by wavelengths", () => {
    const { inverseFrequencies } = ropeFrequencies(configWith(AT.llama3(8)));
    const expected = [...unscaled].map((f) => {
      const wavelength = (2 * Math.PI) / f;
      if (wavelength < L / 4) return f;
      if (wavelength > L / 1) return f / 8;
      const smooth = (L / wavelength - 1) / (4 - 1);
      return ((1 - smooth) * f) / 8 + smooth * f;
    });
    for (let i = 0; i < 64; i++) expect(inverseFrequencies[i]).toBeCloseTo(expected[i], 15);
    expect(inverseFrequencies.filter((f, i) => f === unscaled[i]).length).toBeGreaterThan(20);
  });

  it("llama3 is continuous and monotonic over its three regions", () => {
    // A dense sweep of frequencies: one huge head.
    const dense = { dim: 4096, nHeads: 1, headDim: 4096 } as const;
    const plain = ropeFrequencies(configWith({ kind: "none" }, dense)).inverseFrequencies;
    const scaled = ropeFrequencies(configWith(AT.llama3(8), dense)).inverseFrequencies;
    for (let i = 1; i < 2048; i++) {
      const step = Math.log(scaled[i - 1] / scaled[i]);
      expect(step).toBeGreaterThan(0);
      expect(step).toBeLessThan(12 * Math.log(plain[i - 1] / plain[i]));
    }
  });

  it("longrope uses the short divisors up to the trained context and the long ones beyond", () => {
    const scaling: RopeScaling = {
      kind: "longrope",
      shortFactors: Array(64).fill(2),
      longFactors: Array.from({ length: 64 }, (_, i) => i + 1),
      originalMaxSeqLen: 4096,
    };
    const config = configWith(scaling, { maxSeqLen: 131072 });
    expect(ropeFrequencies(config, 4096).inverseFrequencies[63]).toBe(unscaled[63] / 2);
    expect(ropeFrequencies(config, 4097).inverseFrequencies[63]).toBe(unscaled[63] / 64);
    expect(ropeFrequencies(config).attentionFactor).toBeCloseTo(
      Math.sqrt(1 + Math.log(32) / Math.log(4096)),
      15,
    );
  });
});

describe("frequencyDivisors", () => {
  it("reproduces the same frequencies from a tensor", () => {
    const config = configWith(AT.llama3(8));
    const factors = frequencyDivisors(config);
    const again = ropeFrequencies(configWith({ kind: "factors", factors, factor: 1 })).inverseFrequencies;
    const wanted = ropeFrequencies(config).inverseFrequencies;
    for (let i = 0; i < 64; i++) expect(again[i] / wanted[i]).toBeCloseTo(1, 6);
    expect(factors[0]).toBe(1);
    expect(factors[63]).toBe(8);
  });
});
