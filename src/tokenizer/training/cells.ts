/**
 * Words in cells, one per unit, with a free cell before, between and behind words. A symbol that spans several cells
 * is written into its first and its last one, so that both neighbours of any place are found at once:
 *
 *     t h e · t h e n          t+h ─►   T T e · T T e n          T+e ─►   X - X · X - X n
 */
import { RequestError } from "../../base/errors.ts";

/** A cell outside all words. */
export const GAP = -1;
/** A cell of a symbol that is neither its first nor its last. */
export const INSIDE = -2;

/** Bound of what a place can be written in. */
const MAX_CELLS = 2 ** 31 - 1;

/** A word as it is laid out: how many symbols it has, and what writes them. */
export interface WordSymbols {
  /** Words. */
  readonly size: number;
  countOf(word: number): number;
  /** Symbols of the word, or more. */
  lengthOf(word: number): number;
  /** Writes the word's symbols, GAP for what cannot merge; returns how many. */
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

  /** Lays out all words; those of one symbol have nothing to merge and take no cell. */
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

  /** How often the word of a cell occurs. Fast where cells are asked for in ascending order. */
  countAt(cell: number): number {
    const starts = this.#starts;
    let word = this.#word;
    if (starts[word] > cell) word = 0;
    // Steps that double, then halve: neighbours are found at once, far words in log n.
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
