/**
 * Numbers for texts: a hash table over typed arrays, which finds parts of a text, and texts in a row, without a string for
 * each. A vocabulary has some hundred thousand merges of three texts, and a map of strings takes most of the time in which a
 * model opens.
 */

/** The hash of no text. Random, so that no file can be made whose texts all have one hash. */
const SEED = Math.floor(Math.random() * 2 ** 32) | 0;

/** The hash of what comes before, continued by the UTF-16 units [from, to) of the text. */
function continueHash(before: number, text: string, from: number, to: number): number {
  let hash = before;
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Whether the UTF-16 units [from, to) of the text are in `whole`, from `at` on. */
function isTextAt(whole: string, at: number, text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (whole.charCodeAt(at + i - from) !== text.charCodeAt(i)) return false;
  return true;
}

/** Slots for texts to come. */
const SPARE_SLOTS = 512;

export class TextTable {
  /** By number: the texts of the constructor, then those from `intern`. */
  readonly #texts: string[];
  #mask: number;
  /** By slot: 1 + number, 0 if the slot is free. */
  #numbers: Uint32Array;
  /** Hash of the text by slot. */
  #hashes: Int32Array;
  #used = 0;

  /** @param isIncluded which of the texts have numbers (default: all); a number is the place in the list. */
  constructor(texts: readonly string[], isIncluded: (number: number) => boolean = () => true) {
    this.#texts = texts.slice();
    const slots = 2 ** Math.ceil(Math.log2(2 * texts.length + SPARE_SLOTS));
    this.#mask = slots - 1;
    this.#numbers = new Uint32Array(slots);
    this.#hashes = new Int32Array(slots);
    for (let number = 0; number < texts.length; number++) {
      if (!isIncluded(number)) continue;
      const text = texts[number];
      const hash = continueHash(SEED, text, 0, text.length);
      const slot = this.#slotOf(hash, text, 0, text.length);
      // The first of equal texts has the number.
      if (this.#numbers[slot] === 0) this.#put(slot, hash, number);
    }
  }

  /** Number of the text, or undefined. */
  find(text: string): number | undefined {
    return this.findPart(text, 0, text.length);
  }

  /** Number of the UTF-16 units [from, to) of the text, or undefined. */
  findPart(text: string, from: number, to: number): number | undefined {
    return this.#at(this.#slotOf(continueHash(SEED, text, from, to), text, from, to));
  }

  /** Number of the two texts in a row, or undefined. */
  findJoined(left: string, right: string): number | undefined {
    const hash = continueHash(continueHash(SEED, left, 0, left.length), right, 0, right.length);
    return this.#at(this.#slotOf(hash, left, 0, left.length, right, 0, right.length));
  }

  /** Number of the text; assigns one if it has none. */
  intern(text: string): number {
    return this.internPart(text, 0, text.length);
  }

  /** Number of the UTF-16 units [from, to) of the text; assigns one if they have none. */
  internPart(text: string, from: number, to: number): number {
    const hash = continueHash(SEED, text, from, to);
    const slot = this.#slotOf(hash, text, from, to);
    return this.#at(slot) ?? this.#add(slot, hash, text.slice(from, to));
  }

  /** Number of the text without its UTF-16 unit at `gap`; assigns one if it has none. */
  internAround(text: string, gap: number): number {
    const to = text.length;
    const hash = continueHash(continueHash(SEED, text, 0, gap), text, gap + 1, to);
    const slot = this.#slotOf(hash, text, 0, gap, text, gap + 1, to);
    return this.#at(slot) ?? this.#add(slot, hash, text.slice(0, gap) + text.slice(gap + 1));
  }

  /** Text of a number. */
  textOf(number: number): string {
    return this.#texts[number];
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
