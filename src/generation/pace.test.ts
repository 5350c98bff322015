/** How many prompt tokens fit in a step. */
import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

const pace = (maxGapMs: number): Pace => new Pace({ maxGapMs, pageSize: 32 });

/** Observes `count` steps of a machine where a step takes `base` milliseconds, and each of its tokens `perToken`. */
function run(measured: Pace, count: number, base: number, perToken: number, next: number): number[] {
  return Array.from({ length: count }, () => {
    const prompt = measured.promptTokens(next);
    const ms = base + (prompt + next) * perToken;
    measured.observe(ms, { prompt, next });
    return ms;
  });
}

describe("Pace", () => {
  it("starts with one page, and has no limit if none is wanted", () => {
    expect(pace(100).promptTokens(4)).toBe(32);
    expect(pace(Number.POSITIVE_INFINITY).promptTokens(4)).toBe(Number.POSITIVE_INFINITY);
  });

  it("counts the next tokens of texts, which leave less to prompts", () => {
    const measured = pace(100);
    measured.observe(40, { prompt: 34, next: 6 });
    expect(measured.promptTokens(6)).toBe(94);
    expect(measured.promptTokens(50)).toBe(50);
  });

  it("approaches the limit from below, whatever the fixed cost of a step is, and then uses it", () => {
    for (const [base, perToken, next] of [
      [45, 2.3, 15],
      [5, 0.1, 8],
      [100, 1, 1],
    ]) {
      const times = run(pace(200), 40, base, perToken, next);
      for (const ms of times) expect(ms).toBeLessThanOrEqual(200);
      expect(times.at(-1)).toBeGreaterThan(190);
    }
  });

  it("never falls below a page, so that prompts end", () => {
    const slow = pace(10);
    slow.observe(500, { prompt: 32, next: 8 });
    expect(slow.promptTokens(8)).toBe(32);
  });

  it("learns nothing from a few tokens, or from steps in which no text generates", () => {
    const measured = pace(100);
    measured.observe(90, { prompt: 2, next: 1 });
    measured.observe(512, { prompt: 512, next: 0 });
    expect(measured.promptTokens(4)).toBe(32);
  });

  it("shrinks faster than it grows", () => {
    const measured = pace(100);
    run(measured, 40, 0, 1, 10);
    const before = measured.promptTokens(10);
    measured.observe(200, { prompt: 90, next: 10 });
    expect(measured.promptTokens(10)).toBeLessThan(0.65 * before);
    measured.observe(60, { prompt: 50, next: 10 });
    expect(measured.promptTokens(10)).toBeLessThan(0.8 * before);
    run(measured, 40, 0, 1, 10);
    expect(measured.promptTokens(10)).toBeGreaterThanOrEqual(before - 1);
  });

  it("keeps the bound for a machine whose speed changes", () => {
    const measured = pace(200);
    // Attention makes later chunks slower: 1 to 3 ms per token.
    for (let i = 0; i < 100; i++) {
      const [ms] = run(measured, 1, 10, 1 + i / 50, 4);
      expect(ms).toBeLessThan(200 * 1.05);
    }
  });
});
