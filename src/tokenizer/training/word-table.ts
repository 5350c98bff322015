/**
 * Distinct words and their counts. An open-addressing hash table over typed arrays: no string is kept per
 * word (a slice of a JavaScript string would keep its whole document alive), and memory is two bytes per
 * UTF-16 unit and 20 to 28 bytes per distinct word.
 */
import { RequestError } from "../../base/errors.ts";
import { grown } from "./grown.ts";

/** Limits of typed-array offsets, in units and in words. */
const MAX_UNITS = 2 ** 31;
const MAX_WORDS = 2 ** 28;

export class WordTable {
  #units = new Uint16Array(1 << 16);
  /** Word w has the units [starts[w], starts[w + 1]). */
  #starts = new Uint32Array(1 << 12);
  #counts = new Float64Array(1 << 12);
  #hashes = new Uint32Array(1 << 12);
  /** Word + 1 by slot; 0 is a free slot. */
  #slots = new Uint32Array(1 << 13);
  #mask = (1 << 13) - 1;
  #size = 0;

  /** Number of distinct words. */
  get size(): number {
    return this.#size;
  }
  countOf(word: number): number {
    return this.#counts[word];
  }
  /** UTF-16 units of a word. */
  lengthOf(word: number): number {
    return this.#starts[word + 1] - this.#starts[word];
  }
  /** UTF-8 bytes of a word. */
  byteLengthOf(word: number): number {
    let length = 0;
    this.eachCodePoint(word, (codePoint) => {
      length += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    });
    return length;
  }

  /** Calls `use` with the code points of a word. */
  eachCodePoint(word: number, use: (codePoint: number) => void): void {
    const end = this.#starts[word + 1];
    for (let at = this.#starts[word]; at < end; at++) {
      const unit = this.#units[at];
      if (unit < 0xd800 || unit > 0xdbff || at + 1 === end) use(unit);
      else use((unit - 0xd800) * 0x400 + this.#units[++at] - 0xdc00 + 0x10000);
    }
  }

  /** Counts the word text[from, to), which must not be empty. */
  add(text: string, from: number, to: number, count = 1): void {
    const hash = hashOf(text, from, to);
    let slot = hash & this.#mask;
    for (;;) {
      const word = this.#slots[slot] - 1;
      if (word < 0) break;
      if (this.#hashes[word] === hash && this.#equals(word, text, from, to)) {
        this.#counts[word] += count;
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
    this.#append(text, from, to, hash, count);
    this.#slots[slot] = this.#size;
    if (this.#size * 2 > this.#mask) this.#growSlots();
  }

  #equals(word: number, text: string, from: number, to: number): boolean {
    const start = this.#starts[word];
    const length = to - from;
    if (this.#starts[word + 1] - start !== length) return false;
    for (let i = 0; i < length; i++) {
      if (this.#units[start + i] !== text.charCodeAt(from + i)) return false;
    }
    return true;
  }

  #append(text: string, from: number, to: number, hash: number, count: number): void {
    const word = this.#size;
    const start = this.#starts[word];
    const end = start + to - from;
    if (end > MAX_UNITS || word >= MAX_WORDS) {
      throw new RequestError({
        doing: "train a tokenizer",
        expected: `at most ${MAX_WORDS} distinct words with ${MAX_UNITS} characters together`,
        found: "a text with more",
        fix: "train on a part of the text (sample)",
      });
    }
    if (end > this.#units.length) this.#units = grown(this.#units, end);
    if (word + 2 > this.#starts.length) {
      this.#starts = grown(this.#starts, word + 2);
      this.#counts = grown(this.#counts, word + 2);
      this.#hashes = grown(this.#hashes, word + 2);
    }
    for (let i = from; i < to; i++) this.#units[start + i - from] = text.charCodeAt(i);
    this.#starts[word + 1] = end;
    this.#counts[word] = count;
    this.#hashes[word] = hash;
    this.#size++;
  }

  #growSlots(): void {
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Uint32Array(this.#mask + 1);
    for (let word = 0; word < this.#size; word++) {
      let slot = this.#hashes[word] & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = word + 1;
    }
  }
}

/** A hash of text[from, to), the same on every machine: FNV-1a over UTF-16 units, then murmur3's finish. */
export function hashOf(text: string, from: number, to: number, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
