/** Compares merging with the places of a few pairs at a time with merging with all places. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { referenceMerges } from "../../../test/support/bpe-reference.ts";
import { Cells, GAP, type WordSymbols } from "./cells.ts";
import { type MergeRules, Merger } from "./merger.ts";
import { Pace } from "./pace.ts";
import { PairQueue } from "./pair-queue.ts";
import { PlaceLists } from "./place-lists.ts";
import { SymbolStore } from "./symbol-store.ts";

const LETTERS = "abc";
const words = fc.array(
  fc.record({
    text: fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 40 }),
    count: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 30 },
);
type Words = readonly { readonly text: string; readonly count: number }[];

function cellsOf(list: Words): Cells {
  const symbols: WordSymbols = {
    size: list.length,
    countOf: (word) => list[word].count,
    lengthOf: (word) => list[word].text.length,
    write: (word, out, at) => {
      for (const [i, letter] of [...list[word].text].entries()) out[at + i] = LETTERS.indexOf(letter);
      return list[word].text.length;
    },
  };
  return new Cells(symbols);
}

async function merges(list: Words, band?: number): Promise<string[]> {
  const symbols = new SymbolStore();
  for (const letter of LETTERS) symbols.addUnit(letter.codePointAt(0) ?? 0);
  const rules: MergeRules = {
    minFrequency: 2,
    mayMerge: () => true,
    isBefore: (a, b, c, d) =>
      symbols.comparePairs(a, b, c, d) < 0 ||
      (symbols.comparePairs(a, b, c, d) === 0 && symbols.widthOf(a) < symbols.widthOf(c)),
  };
  const merger = await Merger.create(cellsOf(list), symbols, rules, new Pace(undefined), band);
  const made = new Set<string>();
  const result: string[] = [];
  for (let best = await merger.best(); best !== undefined; best = await merger.best()) {
    const product = symbols.addPair(best.left, best.right);
    const text = symbols.textOf(product);
    if (made.has(text)) {
      symbols.removeLast();
      merger.barBest();
      continue;
    }
    made.add(text);
    merger.mergeBest(product);
    result.push(`${symbols.textOf(best.left)} ${symbols.textOf(best.right)} ${best.count}`);
  }
  return result;
}

describe("Merger", () => {
  it("merges the same pairs as the slow form, with any threshold", async () => {
    await fc.assert(
      fc.asyncProperty(words, async (list) => {
        const slow = referenceMerges(
          list.map(({ text, count }) => ({ symbols: [...text], count })),
          1000,
          {
            minFrequency: 2,
            mayMerge: () => true,
            compare: ([a, b], [c, d]) => (a + b < c + d ? -1 : a + b > c + d ? 1 : a.length - c.length),
          },
        );
        const fast = await merges(list);
        expect(fast.map((line) => line.split(" ").slice(0, 2))).toEqual(slow);
        for (const band of [1, 1.5, 4]) expect(await merges(list, band)).toEqual(fast);
      }),
      { numRuns: 200 },
    );
  });
});

describe("Cells", () => {
  it("puts a gap before, between and after words, and returns the count of each", () => {
    const list = [
      { text: "ab", count: 3 },
      { text: "c", count: 7 },
      { text: "cba", count: 5 },
    ];
    const cells = cellsOf(list);
    expect([...cells.symbols]).toEqual([GAP, 0, 1, GAP, 2, 1, 0, GAP]);
    for (const order of [
      [1, 2, 4, 5, 6],
      [6, 1, 5, 2, 4],
    ]) {
      expect(order.map((cell) => cells.countAt(cell))).toEqual(order.map((cell) => (cell < 3 ? 3 : 5)));
    }
  });
});

describe("PlaceLists", () => {
  it("returns the added places in order, and reuses blocks", () => {
    const actions = fc.array(
      fc.tuple(fc.nat(4), fc.nat(1000), fc.constantFrom("add", "add", "add", "take", "drop")),
      {
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(actions, (steps) => {
        const lists = new PlaceLists();
        const plain: number[][] = Array.from({ length: 5 }, () => []);
        for (const _ of plain) lists.addList();
        const taken = (list: number) => plain[list].splice(0).sort((a, b) => a - b);
        for (const [list, place, action] of steps) {
          if (action === "add") {
            lists.add(list, place);
            plain[list].push(place);
          } else if (action === "take") expect([...lists.take(list)]).toEqual(taken(list));
          else {
            lists.drop(list);
            plain[list] = [];
          }
        }
        for (const list of plain.keys()) expect([...lists.take(list)]).toEqual(taken(list));
      }),
    );
  });
});

describe("PairQueue", () => {
  it("returns the greatest count first, and ties in the given order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 60 }), (counts) => {
        const queue = new PairQueue((a, b) => a < b);
        for (const [pair, count] of counts.entries()) queue.push(pair, count);
        const order: number[] = [];
        for (; queue.size > 0; queue.pop()) order.push(queue.firstPair);
        const expected = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
        expect(order).toEqual(expected);
      }),
    );
  });
});
