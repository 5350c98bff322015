import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { Permutation, randomFor } from "./permutation.ts";

const all = (permutation: Permutation) =>
  Array.from({ length: permutation.length }, (_, place) => permutation.at(place));

/** Results of the same algorithm, written in Python. */
const GOLDEN = [11, 8, 5, 0, 2, 9, 7, 3, 10, 6, 4, 1];
const GOLDEN_LONG = [1483517147, 1092412246, 507193402, 2258273728];

describe("Permutation", () => {
  it("gives every number once, for every length", () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(), (length, seed) => {
        const numbers = all(new Permutation(length, new Random(seed)));
        expect(new Set(numbers).size).toBe(length);
        expect(numbers.every((number) => number >= 0 && number < length)).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("is the same on every machine", () => {
    expect(all(new Permutation(12, new Random(7)))).toEqual(GOLDEN);
    const long = new Permutation(4_000_000_000, new Random(8));
    expect([0, 1, 2 ** 31, 3_999_999_999].map((place) => long.at(place))).toEqual(GOLDEN_LONG);
  });

  it("puts every number at every place equally often", () => {
    const length = 7;
    const seeds = 7000;
    const counts = Array.from({ length: length * length }, () => 0);
    for (let seed = 0; seed < seeds; seed++)
      for (const [place, number] of all(new Permutation(length, new Random(seed))).entries())
        counts[place * length + number]++;
    const expected = seeds / length;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(36 + 4 * Math.sqrt(2 * 36)); // 36 degrees of freedom, 4 deviations
  });

  it("separates neighbours", () => {
    const numbers = all(new Permutation(50_000, new Random(3)));
    const neighbours = numbers.filter((number, i) => i > 0 && Math.abs(number - numbers[i - 1]) === 1).length;
    expect(neighbours).toBeLessThan(15); // 2 are expected
    const before = numbers.reduce((sum, number, i) => sum + (number - 25_000) * (i - 25_000), 0);
    expect(Math.abs(before / (50_000 * (50_000 ** 2 / 12)))).toBeLessThan(0.02); // correlation of place and number
  });
});

describe("randomFor", () => {
  it("returns a different generator for each purpose, and the same one for the same purpose", () => {
    const paths = [
      [],
      [0],
      [1],
      ["a"],
      ["b"],
      ["a", 0],
      ["a", 1],
      ["b", 0],
      [0, "a"],
      [2 ** 31],
      [2 ** 32 - 1],
    ] as const;
    const first = [0, 1, 2 ** 53 - 1].flatMap((seed) => paths.map((path) => randomFor(seed, ...path).u32()));
    expect(new Set(first).size).toBe(first.length);
    expect(randomFor(5, "a", 3).u32()).toBe(randomFor(5, "a", 3).u32());
  });
});
