/**
 * Numbers for the strings that take part in merges. A piece has its id; another string that occurs in a merge
 * (an intermediate step, a single character) has a number after the vocabulary.
 *
 * A hash table over typed arrays, which finds parts of a string without a string for each: a vocabulary has some hundred
 * thousand merges of three strings, and a map of strings takes most of the time in which a model opens.
 */
import { continueHash, HASH_SEED, isTextAt, slotsFor } from "./text-hash.ts";
import { PIECE, type Vocabulary } from "./vocabulary.ts";

export class SymbolTable {
  readonly vocabSize: number;
  /** By number: the pieces, then the other strings. */
  readonly #texts: string[];
  #mask: number;
  /** By slot: 1 + number, 0 if the slot is free. */
  #numbers: Uint32Array;
  /** Hash of the text by slot. */
  #hashes: Int32Array;
  #used = 0;

  /**
   * Includes only pieces that text can become: control, unknown and byte pieces never result from a merge.
   */
  constructor({ pieces, types }: Pick<Vocabulary, "pieces" | "types">) {
    this.vocabSize = pieces.length;
    this.#texts = pieces.slice();
    const slots = slotsFor(pieces.length + 256);
    this.#mask = slots - 1;
    this.#numbers = new Uint32Array(slots);
    this.#hashes = new Int32Array(slots);
    for (let id = 0; id < pieces.length; id++) {
      const type = types[id];
      const fromText = type === PIECE.normal || type === PIECE.userDefined || type === PIECE.unused;
      if (!fromText) continue;
      const text = pieces[id];
      const hash = continueHash(HASH_SEED, text, 0, text.length);
      const slot = this.#slotOf(hash, text, 0, text.length);
      // Text becomes the first of equal pieces.
      if (this.#numbers[slot] === 0) this.#put(slot, hash, id);
    }
  }

  /** Number of a piece or a known extra string, or undefined. */
  find(text: string): number | undefined {
    return this.findPart(text, 0, text.length);
  }

  /** Number of the UTF-16 units [from, to) of the text, or undefined. */
  findPart(text: string, from: number, to: number): number | undefined {
    return this.#at(this.#slotOf(continueHash(HASH_SEED, text, from, to), text, from, to));
  }

  /** Number of the two texts in a row, or undefined. */
  findJoined(left: string, right: string): number | undefined {
    const hash = continueHash(continueHash(HASH_SEED, left, 0, left.length), right, 0, right.length);
    return this.#at(this.#slotOf(hash, left, 0, left.length, right, 0, right.length));
  }

  /** Number of the string; assigns one if it has none. */
  intern(text: string): number {
    return this.internPart(text, 0, text.length);
  }

  /** Number of the UTF-16 units [from, to) of the text; assigns one if they have none. */
  internPart(text: string, from: number, to: number): number {
    const hash = continueHash(HASH_SEED, text, from, to);
    const slot = this.#slotOf(hash, text, from, to);
    return this.#at(slot) ?? this.#add(slot, hash, text.slice(from, to));
  }

  /** Number of the text without its UTF-16 unit at `gap`; assigns one if it has none. */
  internAround(text: string, gap: number): number {
    const to = text.length;
    const hash = continueHash(continueHash(HASH_SEED, text, 0, gap), text, gap + 1, to);
    const slot = this.#slotOf(hash, text, 0, gap, text, gap + 1, to);
    return this.#at(slot) ?? this.#add(slot, hash, text.slice(0, gap) + text.slice(gap + 1));
  }

  /** Text of a piece or of a number from `intern`. */
  textOf(symbol: number): string {
    return this.#texts[symbol];
  }

  #at(slot: number): number | undefined {
    const number = this.#numbers[slot];
    return number === 0 ? undefined : number - 1;
  }

  /** The slot of two parts of texts in a row, or the free slot for them. */
  #slotOf(hash: number, text: string, from: number, to: number, next = "", start = 0, end = 0): number {
    let slot = hash & this.#mask;
    for (; this.#numbers[slot] !== 0; slot = (slot + 1) & this.#mask) {
      if (this.#hashes[slot] !== hash) continue;
      const known = this.#texts[this.#numbers[slot] - 1];
      const middle = to - from;
      if (known.length !== middle + end - start) continue;
      if (isTextAt(known, 0, text, from, to) && isTextAt(known, middle, next, start, end)) break;
    }
    return slot;
  }

  #put(slot: number, hash: number, number: number): void {
    this.#numbers[slot] = number + 1;
    this.#hashes[slot] = hash;
    this.#used++;
  }

  #add(slot: number, hash: number, text: string): number {
    const number = this.#texts.push(text) - 1;
    this.#put(slot, hash, number);
    if (this.#used * 2 > this.#mask) this.#grow();
    return number;
  }

  #grow(): void {
    const [numbers, hashes] = [this.#numbers, this.#hashes];
    this.#mask = 2 * this.#mask + 1;
    this.#numbers = new Uint32Array(this.#mask + 1);
    this.#hashes = new Int32Array(this.#mask + 1);
    for (let i = 0; i < numbers.length; i++) {
      if (numbers[i] === 0) continue;
      let slot = hashes[i] & this.#mask;
      while (this.#numbers[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#numbers[slot] = numbers[i];
      this.#hashes[slot] = hashes[i];
    }
  }
}
