import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextSource } from "./mixture.ts";

describe("nextSource", () => {
  it("keeps each source within about a row of its share, at every moment", () => {
    const shares = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    let worst = 0;
    fc.assert(
      fc.property(shares, (weights) => {
        const taken = weights.map(() => 0);
        const sum = weights.reduce((a, b) => a + b, 0);
        for (let total = 1; total <= 400; total++) {
          const source = nextSource(weights, taken);
          taken[source!]++;
          weights.forEach((weight, i) => {
            worst = Math.max(worst, Math.abs(taken[i] - (total * weight) / sum));
          });
        }
      }),
      { numRuns: 100, seed: 2 },
    );
    expect(worst).toBeLessThan(2);
    expect(worst).toBeGreaterThan(0.5); // the check is effective
  });

  it("alternates in a fixed order", () => {
    const taken = [0, 0, 0];
    const turns = Array.from({ length: 10 }, () => {
      const source = nextSource([2, 1, 1], taken)!;
      taken[source]++;
      return source;
    });
    // (taken + ½) / share: ¼ ½ ½, ¾ ½ ½, ¾ 1½ ½, ¾ 1½ 1½, 1¼ 1½ 1½, and so on; the first among equals.
    expect(turns).toEqual([0, 1, 2, 0, 0, 1, 2, 0, 0, 1]);
  });

  it("skips sources without more rows, and ends when none has any", () => {
    expect(nextSource([5, 1], [0, 3], (source) => source === 1)).toBe(1);
    expect(nextSource([5, 1], [0, 3], () => false)).toBeUndefined();
  });
});
