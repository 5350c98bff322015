/** How many prompt tokens fit in a step. */
import { describe, expect, it } from "vitest";
import { Pace } from "./pace.ts";

const pace = (maxGapMs: number): Pace => new Pace({ maxGapMs, pageSize: 32 });

describe("Pace", () => {
  it("starts with one page, and has no limit if none is wanted", () => {
    expect(pace(100).promptTokens).toBe(32);
    expect(pace(Number.POSITIVE_INFINITY).promptTokens).toBe(Number.POSITIVE_INFINITY);
  });

  it("fills the gap with whole pages, as measured", () => {
    const measured = pace(100);
    measured.observe(20, 0); // texts alone take 20 ms
    measured.observe(20 + 64 * 0.5, 64); // a prompt token takes 0.5 ms
    expect(measured.promptTokens).toBe(160); // 80 ms hold 160 tokens
  });

  it("never falls below a page, so that prompts end", () => {
    const slow = pace(10);
    slow.observe(50, 0);
    slow.observe(500, 32);
    expect(slow.promptTokens).toBe(32);
  });

  it("learns nothing from a few tokens, whose step is mostly fixed costs", () => {
    const measured = pace(100);
    measured.observe(90, 2);
    measured.observe(32, 32);
    expect(measured.promptTokens).toBe(96);
  });

  it("shrinks faster than it grows", () => {
    const measured = pace(100);
    measured.observe(32, 32);
    expect(measured.promptTokens).toBe(96);
    measured.observe(96, 32); // 3 ms per token; the estimate is 2
    expect(measured.promptTokens).toBe(32);
    measured.observe(32, 32);
    expect(measured.promptTokens).toBe(32);
    for (let i = 0; i < 20; i++) measured.observe(32, 32);
    expect(measured.promptTokens).toBe(96);
  });

  it("keeps the bound for a machine whose speed changes", () => {
    const measured = pace(200);
    // Attention makes later chunks slower: 1 to 3 ms per token.
    for (let i = 0; i < 100; i++) {
      const perToken = 1 + i / 50;
      const tokens = measured.promptTokens;
      const ms = 10 + tokens * perToken;
      if (i > 0) expect(ms).toBeLessThan(200 * 1.05);
      measured.observe(ms, tokens);
    }
  });
});
