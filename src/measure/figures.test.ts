import { describe, expect, it } from "vitest";
import { median, nmse, percentile, sharesOfCeiling } from "./figures.ts";
import { promptTokens } from "./workload.ts";

describe("median and percentile", () => {
  it("take the middle in any order", () => {
    expect(median([10, 2, 9])).toBe(9);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
  it("take the nearest rank", () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(values, 0.99)).toBe(99);
    expect(percentile(values, 1)).toBe(100);
    expect(percentile([7], 0.01)).toBe(7);
  });
});

describe("nmse", () => {
  it("is the energy of the error as a share", () => {
    expect(nmse([Float32Array.of(1, 2)], [Float32Array.of(1, 2)])).toBe(0);
    expect(nmse([Float32Array.of(3, 5)], [Float32Array.of(3, 4)])).toBeCloseTo(1 / 25);
    expect(nmse([Float32Array.of(1)], [Float32Array.of(0)])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("sharesOfCeiling", () => {
  const ceilings = { readGBs: 40, dotTops: 2, fmaGflops: 500, bf16Gflops: undefined };
  const rates = { promptTokensPerSecond: 100, generationTokensPerSecond: 10 };
  it("compares quantised weights with integer products and float weights with float products", () => {
    const work = { bytesPerToken: 2e9, operationsPerToken: 2e9 };
    expect(sharesOfCeiling(rates, { ...work, type: "Q4_0" }, ceilings)).toEqual({
      prompt: 0.1,
      generation: 0.5,
    });
    expect(sharesOfCeiling(rates, { ...work, type: "F16" }, ceilings).prompt).toBeCloseTo(0.4);
  });
});

describe("promptTokens", () => {
  it("are in the vocabulary, and the same every time", () => {
    for (const vocabSize of [2, 3, 4, 512, 32000]) {
      const tokens = promptTokens(600, vocabSize);
      expect(tokens.every((id) => id >= 0 && id < vocabSize)).toBe(true);
      expect(promptTokens(600, vocabSize)).toEqual(tokens);
    }
    expect(new Set(promptTokens(512, 32000)).size).toBe(512);
  });
});
