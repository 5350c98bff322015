/** Merges looked up by text are those of the table, and symbols have the numbers of a map, whatever the vocabulary. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { mergeSymbols, type Pairs } from "./merge.ts";
import { MergeLines } from "./merge-lines.ts";
import { pairsFromMerges, pairsFromPieces, ranksFromScores } from "./merge-rules.ts";
import { PiecePairs } from "./piece-pairs.ts";
import { SymbolTable } from "./symbols.ts";
import { PIECE, type Vocabulary } from "./vocabulary.ts";

const character = fc.constantFrom("a", "b", "c", "▁", "é", "😀");
const text = (maxLength: number) =>
  fc.array(character, { minLength: 1, maxLength }).map((chars) => chars.join(""));
/** Pieces may repeat, lack some characters, and have equal scores. */
const vocabularies = fc
  .array(
    fc.tuple(
      text(5),
      fc.integer({ min: -6, max: 0 }),
      fc.constantFrom(PIECE.normal, PIECE.normal, PIECE.userDefined, PIECE.unused, PIECE.control, PIECE.byte),
    ),
    { maxLength: 60 },
  )
  .map(
    (list) =>
      ({
        pieces: list.map(([piece]) => piece),
        scores: Float32Array.from(list, ([, score]) => score),
        types: Uint8Array.from(list, ([, , type]) => type),
      }) as unknown as Vocabulary,
  );

/** Ids of the pieces, and texts of other symbols, that a word becomes. */
function merged(
  vocabulary: Vocabulary,
  word: string,
  pairsWith: (symbols: SymbolTable) => Pairs,
): (number | string)[] {
  const symbols = new SymbolTable(vocabulary);
  const pairs = pairsWith(symbols);
  const numbers = Int32Array.from(word, (char) => symbols.intern(char));
  const length = mergeSymbols(numbers, numbers.length, pairs);
  return Array.from(numbers.subarray(0, length), (symbol) =>
    symbol < symbols.vocabSize ? symbol : symbols.textOf(symbol),
  );
}

it("merges pieces as the table does", () => {
  fc.assert(
    fc.property(vocabularies, text(80), (vocabulary, word) => {
      const rankOf = ranksFromScores(vocabulary.scores);
      const byText = merged(vocabulary, word, (symbols) => new PiecePairs(symbols, rankOf));
      const byTable = merged(vocabulary, word, (symbols) => pairsFromPieces(vocabulary, symbols, rankOf));
      expect(byText).toEqual(byTable);
    }),
    { numRuns: 500 },
  );
});

it("merges a list as its table does, also with spaces inside texts and repeated merges", () => {
  const side = fc
    .array(fc.constantFrom("a", "b", " ", "😀"), { minLength: 1, maxLength: 3 })
    .map((chars) => chars.join(""));
  const lists = fc.array(fc.tuple(side, side), { minLength: 20, maxLength: 60 }).map((list) =>
    // Text before the first space, and after it.
    list
      .map(([left, right]) => `${left} ${right}`)
      .filter((merge) => merge.indexOf(" ", 1) < merge.length - 1),
  );
  const words = fc
    .array(fc.constantFrom("a", "b", " ", "😀"), { minLength: 1, maxLength: 60 })
    .map((chars) => chars.join(""));
  let joins = 0;
  fc.assert(
    fc.property(vocabularies, lists, words, (pieces, merges, word) => {
      const vocabulary = { ...pieces, merges, name: "test" };
      const byText = merged(vocabulary, word, (symbols) => new MergeLines(merges, "test", symbols));
      const byTable = merged(vocabulary, word, (symbols) => pairsFromMerges(vocabulary, symbols));
      expect(byText).toEqual(byTable);
      if (byText.length < Array.from(word).length) joins++;
    }),
    { numRuns: 500 },
  );
  expect(joins).toBeGreaterThan(100);
});

it("refuses a list with a merge of one text", () => {
  const symbols = new SymbolTable({ pieces: [], types: new Uint8Array() });
  expect(() => new MergeLines(["a b", "ab "], "test", symbols)).toThrow(/two strings with a space/);
});

it("numbers texts as a map does", () => {
  fc.assert(
    fc.property(
      vocabularies,
      fc.array(fc.tuple(text(6), text(6)), { maxLength: 300 }),
      (vocabulary, pairs) => {
        const { pieces, types } = vocabulary;
        const symbols = new SymbolTable(vocabulary);
        const ids = new Map<string, number>();
        const fromText: number[] = [PIECE.normal, PIECE.userDefined, PIECE.unused];
        pieces.forEach((piece, id) => {
          if (fromText.includes(types[id]) && !ids.has(piece)) ids.set(piece, id);
        });
        let next = pieces.length;
        const intern = (key: string): number => {
          if (!ids.has(key)) ids.set(key, next++);
          return ids.get(key) ?? -1;
        };
        for (const [left, right] of pairs) {
          const both = `${left} ${right}`;
          expect(symbols.findJoined(left, right)).toBe(ids.get(left + right));
          expect(symbols.findPart(both, left.length + 1, both.length)).toBe(ids.get(right));
          expect(symbols.internPart(both, 0, left.length)).toBe(intern(left));
          expect(symbols.intern(right)).toBe(intern(right));
          expect(symbols.internAround(both, left.length)).toBe(intern(left + right));
        }
        for (const [key, number] of ids) expect(symbols.textOf(number)).toBe(key);
      },
    ),
    { numRuns: 200 },
  );
});

it("ranks scores from the highest, equal ones equally", () => {
  const rankOf = ranksFromScores(Float32Array.of(-3, 0, -0.5, 0, -3, -7));
  expect([0, 1, 2, 3, 4, 5].map(rankOf)).toEqual([2, 0, 1, 0, 2, 3]);
});
