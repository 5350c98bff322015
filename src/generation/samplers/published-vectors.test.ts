/** The vectors of llama.cpp's tests/test-sampling.cpp: input probabilities, a step, expected probabilities. */
import { describe, expect, it } from "vitest";
import { createSampler } from "./sampler.ts";
import type { FilterStep } from "./steps.ts";
import { nucleusLength } from "./top-p.ts";

/** Runs one filter over given probabilities. @returns the probabilities left, greatest first. */
function run(probs: readonly number[], step: FilterStep, accepted: readonly number[] = []): number[] {
  const sampler = createSampler([step, { kind: "dist" }], { vocabSize: probs.length, seed: 7 });
  for (const token of accepted) sampler.accept(token);
  const left = sampler.distribution(Float32Array.from(probs, (p) => Math.log(p)));
  return Array.from(left.probs).sort((a, b) => b - a);
}

function expectClose(found: number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((p, i) => {
    expect(found[i]).toBeCloseTo(p, 5);
  });
}

const RISING = [0.1, 0.2, 0.3, 0.4];
const FALLING = [0.4, 0.3, 0.2, 0.1];
const ALL = FALLING;
const THREE = [4 / 9, 3 / 9, 2 / 9];
const TWO = [4 / 7, 3 / 7];
const FIFTHS = [0.2, 0.2, 0.2, 0.2, 0.2];
const QUARTERS = [0.25, 0.25, 0.25, 0.25];
const penalties = (repeat: number, frequency: number, presence: number): FilterStep => ({
  kind: "penalties",
  lastN: -1,
  repeat,
  frequency,
  presence,
});
const dry = (multiplier: number, lastN: number, breakers: number[][] = []): FilterStep => ({
  kind: "dry",
  multiplier,
  base: 1.1,
  allowedLength: 2,
  lastN,
  breakers,
});
const xtc = (threshold: number): FilterStep => ({ kind: "xtc", probability: 0.99, threshold });
const topP = (p: number): FilterStep => ({ kind: "top-p", p, cut: "llama.cpp" });

describe("published sampler vectors", () => {
  const byProbability: [string, readonly number[], FilterStep, readonly number[]][] = [
    ["temperature 1", RISING, { kind: "temperature", temperature: 1 }, ALL],
    ["temperature 0", RISING, { kind: "temperature", temperature: 0 }, [1]],
    ["dynamic temperature without range, 1", RISING, dynamic(1), ALL],
    ["dynamic temperature without range, 0", RISING, dynamic(0), [1]],
    ["top-k 1", RISING, { kind: "top-k", k: 1 }, [1]],
    ["top-k 3", RISING, { kind: "top-k", k: 3 }, THREE],
    ["top-k 4", RISING, { kind: "top-k", k: 4 }, ALL],
    ["top-k 0", RISING, { kind: "top-k", k: 0 }, ALL],
    ["top-p 0", RISING, topP(0), [1]],
    ["top-p 0.7", RISING, topP(0.7), TWO],
    ["top-p 0.8", RISING, topP(0.8), THREE],
    ["top-p 1", RISING, topP(1), ALL],
    ["min-p 0", RISING, { kind: "min-p", p: 0 }, ALL],
    ["min-p 0.24", RISING, { kind: "min-p", p: 0.24 }, ALL],
    ["min-p 0.26", RISING, { kind: "min-p", p: 0.26 }, THREE],
    ["min-p 0.49", RISING, { kind: "min-p", p: 0.49 }, THREE],
    ["min-p 0.51", RISING, { kind: "min-p", p: 0.51 }, TWO],
    ["min-p 0.74", RISING, { kind: "min-p", p: 0.74 }, TWO],
    ["min-p 0.76", RISING, { kind: "min-p", p: 0.76 }, [1]],
    ["min-p 1", RISING, { kind: "min-p", p: 1 }, [1]],
    ["xtc 0.09", FALLING, xtc(0.09), [1]],
    ["xtc 0.19", FALLING, xtc(0.19), [2 / 3, 1 / 3]],
    ["xtc 0.29", FALLING, xtc(0.29), [0.5, 1 / 3, 1 / 6]],
    ["xtc 0.39", FALLING, xtc(0.39), ALL],
    ["typical 0.5, one likely", [0.97, 0.01, 0.01, 0.01], { kind: "typical", p: 0.5 }, [1]],
    ["typical 0.5, three alike", [0.4, 0.2, 0.2, 0.2], { kind: "typical", p: 0.5 }, [1 / 3, 1 / 3, 1 / 3]],
    ["top-n-sigma 1", RISING, { kind: "top-n-sigma", n: 1 }, TWO],
    ["top-n-sigma 0", RISING, { kind: "top-n-sigma", n: 0 }, [1]],
    ["top-n-sigma 3", RISING, { kind: "top-n-sigma", n: 3 }, ALL],
  ];
  it.each(byProbability)("%s", (_name, probs, step, expected) => {
    expectClose(run(probs, step), expected);
  });

  const byHistory: [string, readonly number[], FilterStep, number[], readonly number[]][] = [
    ["repeat 50, {0}", FIFTHS, penalties(50, 0, 0), [0], [0.25, 0.25, 0.25, 0.25, 0]],
    ["repeat 50, {0,1,2}", FIFTHS, penalties(50, 0, 0), [0, 1, 2], [0.5, 0.5, 0, 0, 0]],
    ["repeat 50, {0,1,2,0,0}", FIFTHS, penalties(50, 0, 0), [0, 1, 2, 0, 0], [0.5, 0.5, 0, 0, 0]],
    ["5 + 5, {0}", FIFTHS, penalties(1, 5, 5), [0], [0.249997, 0.249997, 0.249997, 0.249997, 0.000011]],
    [
      "5 + 5, {0,1,2}",
      FIFTHS,
      penalties(1, 5, 5),
      [0, 1, 2],
      [0.499966, 0.499966, 0.000023, 0.000023, 0.000023],
    ],
    [
      "5 + 5, {0,1,2,0,0}",
      FIFTHS,
      penalties(1, 5, 5),
      [0, 1, 2, 0, 0],
      [0.499977, 0.499977, 0.000023, 0.000023, 0],
    ],
    ["dry", QUARTERS, dry(1, 5), [0, 1, 2, 0, 1], [0.296923, 0.296923, 0.296923, 0.109232]],
    ["dry, breakers", FIFTHS, dry(1, 6, [[3]]), [0, 1, 3, 4, 0, 1], FIFTHS],
    ["dry, double", FIFTHS, dry(2, 5), [0, 1, 2, 0, 1], [0.241818, 0.241818, 0.241818, 0.241818, 0.032727]],
  ];
  it.each(byHistory)("%s", (_name, probs, step, accepted, expected) => {
    expectClose(run(probs, step, accepted), expected);
  });

  it("top-p ends the nucleus by three rules", () => {
    const probs = Float32Array.of(0.5, 0.25, 0.125, 0.125);
    expect(nucleusLength(probs, 4, 0.75, "meta")).toBe(3);
    expect(nucleusLength(probs, 4, 0.75, "alpaca")).toBe(2);
    expect(nucleusLength(probs, 4, 0.75, "llama.cpp")).toBe(2);
    expect(nucleusLength(probs, 4, 0.75, "llama.cpp", 3)).toBe(3);
    expect(nucleusLength(probs, 4, 0.75, "alpaca", 3)).toBe(2);
  });
});

function dynamic(temperature: number): FilterStep {
  return { kind: "dynamic-temperature", temperature, range: 0, exponent: 1 };
}
