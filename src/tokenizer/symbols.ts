/**
 * Numbers for the strings that take part in merges. A piece is its id; a string that is no piece but occurs in
 * a merge (an intermediate step, a single character) gets a number past the vocabulary.
 */
import { PIECE, type Vocabulary } from "./vocabulary.ts";

export class SymbolTable {
  readonly vocabSize: number;
  readonly #ids = new Map<string, number>();
  readonly #extra: string[] = [];

  /** Only pieces that text may become take part: control, unknown and byte pieces never come from a merge. */
  constructor(vocabulary: Vocabulary) {
    const { pieces, types } = vocabulary;
    this.vocabSize = pieces.length;
    for (let id = 0; id < pieces.length; id++) {
      const type = types[id];
      const fromText = type === PIECE.normal || type === PIECE.userDefined || type === PIECE.unused;
      // The first of equal pieces is the one that text becomes.
      if (fromText && !this.#ids.has(pieces[id])) this.#ids.set(pieces[id], id);
    }
  }

  /** Number of a piece or a known extra string, or undefined. */
  find(text: string): number | undefined {
    return this.#ids.get(text);
  }

  /** Number of the string, a new one if it has none. */
  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.vocabSize + this.#extra.length;
    this.#ids.set(text, id);
    this.#extra.push(text);
    return id;
  }

  /** Text of a number that `intern` made. */
  extraText(symbol: number): string {
    return this.#extra[symbol - this.vocabSize];
  }
}
