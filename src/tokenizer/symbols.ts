/**
 * Numbers for the strings that take part in merges. A piece has its id; another string that occurs in a merge
 * (an intermediate step, a single character) has a number after the vocabulary.
 */
import { PIECE, type Vocabulary } from "./vocabulary.ts";

export class SymbolTable {
  readonly vocabSize: number;
  readonly #pieces: readonly string[];
  readonly #ids = new Map<string, number>();
  readonly #extra: string[] = [];

  /**
   * Includes only pieces that text can become: control, unknown and byte pieces never result from a merge.
   */
  constructor(vocabulary: Vocabulary) {
    const { pieces, types } = vocabulary;
    this.vocabSize = pieces.length;
    this.#pieces = pieces;
    for (let id = 0; id < pieces.length; id++) {
      const type = types[id];
      const fromText = type === PIECE.normal || type === PIECE.userDefined || type === PIECE.unused;
      // Text becomes the first of equal pieces.
      if (fromText && !this.#ids.has(pieces[id])) this.#ids.set(pieces[id], id);
    }
  }

  /** Number of a piece or a known extra string, or undefined. */
  find(text: string): number | undefined {
    return this.#ids.get(text);
  }

  /** Number of the string; assigns one if it has none. */
  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.vocabSize + this.#extra.length;
    this.#ids.set(text, id);
    this.#extra.push(text);
    return id;
  }

  /** Text of a piece or of a number from `intern`. */
  textOf(symbol: number): string {
    return symbol < this.vocabSize ? this.#pieces[symbol] : this.extraText(symbol);
  }

  /** Text of a number from `intern`. */
  extraText(symbol: number): string {
    return this.#extra[symbol - this.vocabSize];
  }
}
