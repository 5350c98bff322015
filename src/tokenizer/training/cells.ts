/**
 * Words in cells, one per unit, with a free cell before, between and after words. A symbol that spans several
 * cells is written into its first and its last cell, so that both neighbours of any place are found in
 * constant time:
 *
 *     t h e · t h e n          t+h ─►   T T e · T T e n          T+e ─►   X - X · X - X n
 */
import { RequestError } from "../../base/errors.ts";

/** A cell outside all words. */
export const GAP = -1;
/** A cell of a symbol that is neither its first nor its last. */
export const INSIDE = -2;

/** Limit of a place, which is stored in 32 bits. */
const MAX_CELLS = 2 ** 31 - 1;

/** The words to lay out: their numbers of symbols, and a function that writes them. */
export interface WordSymbols {
  /** Number of words. */
  readonly size: number;
  countOf(word: number): number;
  /** Number of symbols of the word, or an upper bound. */
  lengthOf(word: number): number;
  /** Writes the word's symbols, GAP for those that cannot merge; returns their number. */
  write(word: number, out: Int32Array, at: number): number;
}

export class Cells {
  /** Symbols, GAP or INSIDE. */
  readonly symbols: Int32Array;
  /** First cell of each word. */
  readonly #starts: Uint32Array;
  readonly #counts: Float64Array;
  /** The word that was looked up last. */
  #word = 0;

  /** Lays out all words; words of one symbol have nothing to merge and take no cells. */
  constructor(words: WordSymbols) {
    let [cells, used] = [1, 0];
    for (let word = 0; word < words.size; word++) {
      const length = words.lengthOf(word);
      if (length < 2) continue;
      cells += length + 1;
      used++;
    }
    if (cells > MAX_CELLS) {
      throw new RequestError({
        doing: "train a tokenizer",
        expected: `distinct words with at most ${MAX_CELLS} characters together`,
        found: String(cells),
        fix: "train on a part of the text (sample)",
      });
    }
    this.symbols = new Int32Array(cells).fill(GAP);
    this.#starts = new Uint32Array(used);
    this.#counts = new Float64Array(used);
    let [at, index] = [1, 0];
    for (let word = 0; word < words.size; word++) {
      if (words.lengthOf(word) < 2) continue;
      this.#starts[index] = at;
      this.#counts[index++] = words.countOf(word);
      at += words.write(word, this.symbols, at) + 1;
    }
  }

  /** The count of a cell's word. Fast if cells are requested in ascending order. */
  countAt(cell: number): number {
    const starts = this.#starts;
    let word = this.#word;
    if (starts[word] > cell) word = 0;
    // Steps that double, then halve: neighbours are found in constant time, others in O(log n).
    let step = 1;
    while (word + step < starts.length && starts[word + step] <= cell) {
      word += step;
      step *= 2;
    }
    for (; step >= 1; step >>= 1) {
      if (word + step < starts.length && starts[word + step] <= cell) word += step;
    }
    this.#word = word;
    return this.#counts[word];
  }
}
