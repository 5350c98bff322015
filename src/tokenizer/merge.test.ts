import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeSymbols } from "./merge.ts";
import { PairTable } from "./pair-table.ts";

interface Rule {
  readonly left: number;
  readonly right: number;
  readonly rank: number;
  readonly product: number;
}

/** The literal definition: merge the pair of lowest rank, leftmost first, until none merges. */
function mergeByDefinition(word: readonly number[], rules: readonly Rule[]): number[] {
  const symbols = [...word];
  for (;;) {
    let best: { at: number; rule: Rule } | undefined;
    for (let at = 0; at + 1 < symbols.length; at++) {
      const rule = rules.find(({ left, right }) => left === symbols[at] && right === symbols[at + 1]);
      if (rule !== undefined && (best === undefined || rule.rank < best.rule.rank)) best = { at, rule };
    }
    if (best === undefined) return symbols;
    symbols.splice(best.at, 2, best.rule.product);
  }
}

const rules = fc
  .uniqueArray(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30, selector: ([a, b]) => a * 100 + b })
  .chain((pairs) =>
    fc
      .array(fc.tuple(fc.nat(6), fc.integer({ min: 4, max: 11 })), {
        minLength: pairs.length,
        maxLength: pairs.length,
      })
      .map((rest) =>
        pairs.map(([left, right], i): Rule => ({ left, right, rank: rest[i][0], product: rest[i][1] })),
      ),
  );

describe("mergeSymbols", () => {
  it("follows the definition, by scanning and by heap, also with equal ranks", () => {
    fc.assert(
      fc.property(rules, fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 90 }), (list, word) => {
        const pairs = new PairTable(4);
        for (const { left, right, rank, product } of list) pairs.add(left, right, rank, product);
        const symbols = Int32Array.from(word);
        const length = mergeSymbols(symbols, word.length, pairs);
        expect([...symbols.subarray(0, length)]).toEqual(mergeByDefinition(word, list));
      }),
      { numRuns: 400 },
    );
  });

  it("reports every merge", () => {
    const pairs = new PairTable(4);
    pairs.add(0, 0, 0, 1);
    pairs.add(1, 1, 1, 2);
    const seen: number[][] = [];
    const symbols = Int32Array.of(0, 0, 0, 0);
    expect(mergeSymbols(symbols, 4, pairs, (...merge) => seen.push(merge))).toBe(1);
    expect(seen).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [2, 1, 1],
    ]);
  });
});

describe("PairTable", () => {
  it("keeps the first of equal pairs, and finds all of many", () => {
    const pairs = new PairTable(1);
    for (let i = 0; i < 5000; i++) pairs.add(i, i * 7, i, i + 1);
    pairs.add(3, 21, 99, 99);
    expect(pairs.length).toBe(5000);
    for (let i = 0; i < 5000; i++) {
      const slot = pairs.find(i, i * 7);
      expect([pairs.rankAt(slot), pairs.productAt(slot)]).toEqual([i, i + 1]);
    }
    expect(pairs.find(3, 22)).toBe(-1);
    expect(pairs.find(-1, 0)).toBe(-1);
  });
});
