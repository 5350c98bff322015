/** Merges looked up by text are those of the table, whatever the vocabulary. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { mergeSymbols } from "./merge.ts";
import { pairsFromPieces, ranksFromScores } from "./merge-rules.ts";
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

it("merges as the table does", () => {
  fc.assert(
    fc.property(vocabularies, text(80), (vocabulary, word) => {
      const rankOf = ranksFromScores(vocabulary.scores);
      const merged = (byText: boolean): string[] => {
        const symbols = new SymbolTable(vocabulary);
        const pairs = byText ? new PiecePairs(symbols, rankOf) : pairsFromPieces(vocabulary, symbols, rankOf);
        const numbers = Int32Array.from(word, (char) => symbols.intern(char));
        const length = mergeSymbols(numbers, numbers.length, pairs);
        return Array.from(numbers.subarray(0, length), (symbol) =>
          symbol < symbols.vocabSize ? `${symbol}` : symbols.textOf(symbol),
        );
      };
      expect(merged(true)).toEqual(merged(false));
    }),
    { numRuns: 500 },
  );
});

it("ranks scores from the highest, equal ones equally", () => {
  const rankOf = ranksFromScores(Float32Array.of(-3, 0, -0.5, 0, -3, -7));
  expect([0, 1, 2, 3, 4, 5].map(rankOf)).toEqual([2, 0, 1, 0, 2, 3]);
});
