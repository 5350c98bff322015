import { describe, expect, it } from "vitest";
import { sharesOf } from "./steady-prefetch.ts";

describe("shares of prefetching", () => {
  // Bytes of a block of all rows, and steps of the loop over codes: AVX-512 and AVX2.
  it.each([
    ["Q4_K, AVX-512", 16 * 144, 8],
    ["Q4_K, AVX2", 8 * 144, 8],
    ["Q6_K, AVX-512", 16 * 210, 16],
    ["Q2_K, AVX2", 8 * 84, 8],
  ])("of %s are all of its bytes, none twice", (_, bytes, steps) => {
    const { first, second } = sharesOf(bytes, steps, 0.65);
    expect(first).toBeGreaterThan(0);
    const all = steps * first + second;
    expect(all).toBeGreaterThanOrEqual(bytes);
    expect(all).toBeLessThan(bytes + 32);
    expect((steps * first) / all).toBeGreaterThan(0.5);
    expect((steps * first) / all).toBeLessThan(0.8);
  });

  it("leave the second loop nothing if the first takes all", () => {
    expect(sharesOf(64, 8, 1)).toEqual({ first: 32, second: 0 });
  });
});
