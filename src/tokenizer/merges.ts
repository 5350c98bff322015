/**
 * The merges of a vocabulary: from its list, or from its pieces in order of their scores or ids. They are looked up by
 * text, and in a table once there was much text.
 */
import type { Pairs } from "./merge.ts";
import { MergeLines } from "./merge-lines.ts";
import { pairsFromMerges, pairsFromPieces } from "./merge-rules.ts";
import { PiecePairs } from "./piece-pairs.ts";
import { SymbolTable } from "./symbols.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Characters that are merged without a table of all merges, which takes as long as some ten thousand. */
const FEW_CHARACTERS = 1 << 14;

/** Negative symbols are characters that occur in no merge: -1 - code point. */
const foreign = (codePoint: number): number => -1 - codePoint;

export class Merges {
  readonly symbols: SymbolTable;
  readonly #table: () => Pairs;
  #pairs: Pairs;
  /** Characters that may still be merged without a table. */
  #few = FEW_CHARACTERS;

  /**
   * @param rankOf rank of a piece, for a vocabulary without a list of merges.
   * @throws TokenizerError for a list that is wrong.
   */
  constructor(vocabulary: Vocabulary, rankOf: () => (id: number) => number) {
    const { merges, name } = vocabulary;
    const symbols = new SymbolTable(vocabulary);
    this.symbols = symbols;
    if (merges !== undefined) {
      this.#pairs = new MergeLines(merges, name, symbols);
      this.#table = () => pairsFromMerges(vocabulary, symbols);
    } else {
      const rank = rankOf();
      this.#pairs = new PiecePairs(symbols, rank);
      this.#table = () => pairsFromPieces(vocabulary, symbols, rank);
    }
  }

  /** For a word of this many characters. */
  pairsFor(characters: number): Pairs {
    if (this.#few > 0) {
      this.#few -= characters;
      if (this.#few <= 0) this.#pairs = this.#table();
    }
    return this.#pairs;
  }

  /** Number of a character; negative if it occurs in no merge, as far as that is known. */
  character(char: string): number {
    const known = this.symbols.find(char);
    if (known !== undefined) return known;
    return this.#few > 0 ? this.symbols.intern(char) : foreign(char.codePointAt(0) ?? 0);
  }
}
