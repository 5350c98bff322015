import { describe, expect, it } from "vitest";
import { type ColdRound, coldResult, isSteady } from "./cold.ts";

const run = (firstTokenSeconds: number, tokensPerSecond: number, peakBytes?: number) => ({
  firstTokenSeconds,
  tokensPerSecond,
  peakBytes,
});
const ROUNDS: readonly ColdRound[] = [
  { readGBs: [40, 42], runs: [run(1, 40, 7), run(2, 20)] },
  { readGBs: [40, 60], runs: [run(9, 1, 9), run(9, 100)] },
  { readGBs: [20, 20], runs: [run(2, 20, 8), run(1, 40)] },
  { readGBs: [40, 40], runs: [run(1, 30, 5), run(1, 30)] },
];

describe("a series of fresh processes", () => {
  it("counts a round unless memory's speed moved by more than a tenth", () => {
    expect(ROUNDS.map(isSteady)).toEqual([true, false, true, true]);
  });

  it("forms ratios within rounds, not of medians", () => {
    const { engines, steadyRounds, readGBs } = coldResult(["cria", "peer"], ROUNDS, 0.5e9);
    expect(steadyRounds).toBe(3);
    expect(readGBs).toEqual({ median: 40, least: 20, most: 41 });
    const [own, peer] = engines;
    expect(own.ratio).toBeUndefined();
    expect(own.tokensPerSecond).toEqual({ median: 30, least: 20, most: 40 });
    expect(own.peakBytes).toBe(9);
    expect(peer.ratio?.tokensPerSecond).toEqual({ median: 1, least: 0.5, most: 2 });
    expect(peer.ratio?.firstTokenSeconds).toEqual({ median: 1, least: 0.5, most: 2 });
    expect(peer.peakBytes).toBeUndefined();
    expect(own.shareOfRead).toEqual({ median: 20 / 41, least: 0.375, most: 0.5 });
  });

  it("counts all rounds if memory kept its speed in none", () => {
    const { engines, steadyRounds } = coldResult(["cria"], [ROUNDS[1]], 1);
    expect([steadyRounds, engines[0].tokensPerSecond.median]).toEqual([0, 1]);
  });
});
