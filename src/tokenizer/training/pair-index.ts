/**
 * The index of pairs of adjacent symbols: the count of each, weighted by the counts of the words, and its
 * places. (left, right) → number of the pair, by an open-addressing hash table that stores the key next to
 * the number, since every step of a merge looks up four pairs.
 */

import { grown } from "./grown.ts";
import { PlaceLists } from "./place-lists.ts";

/** A slot: left, right, number of the pair + 1 (0 is free), and one to make it 16 bytes. */
const SLOT = 4;
const FIRST_SLOTS = 1 << 13;

export class PairIndex {
  readonly places = new PlaceLists();
  #slots = new Int32Array(FIRST_SLOTS * SLOT);
  #mask = FIRST_SLOTS - 1;
  #keys = new Int32Array(1 << 13);
  #counts = new Float64Array(1 << 12);
  #size = 0;

  get size(): number {
    return this.#size;
  }
  leftOf(pair: number): number {
    return this.#keys[pair * 2];
  }
  rightOf(pair: number): number {
    return this.#keys[pair * 2 + 1];
  }
  countOf(pair: number): number {
    return this.#counts[pair];
  }
  changeCount(pair: number, by: number): void {
    this.#counts[pair] += by;
  }
  /** Sets the pair's count to -Infinity, whatever is added later: it never merges. */
  bar(pair: number): void {
    this.#counts[pair] = Number.NEGATIVE_INFINITY;
  }
  greatestCount(): number {
    let greatest = 0;
    for (let pair = 0; pair < this.#size; pair++) greatest = Math.max(greatest, this.#counts[pair]);
    return greatest;
  }

  /** Start of the pair's slot, or of the free slot for it. */
  #slotOf(left: number, right: number): number {
    const slots = this.#slots;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & this.#mask;
    for (;;) {
      const at = slot * SLOT;
      if (slots[at + 2] === 0 || (slots[at] === left && slots[at + 1] === right)) return at;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Number of the pair, or -1 if it was never added. */
  find(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right) + 2] - 1;
  }

  /** Adds a pair that `find` does not know, with the count 0 and no places. */
  add(left: number, right: number): number {
    const pair = this.#size++;
    if (this.#size > this.#counts.length) {
      this.#counts = grown(this.#counts, this.#size);
      this.#keys = grown(this.#keys, this.#counts.length * 2);
    }
    this.#keys[pair * 2] = left;
    this.#keys[pair * 2 + 1] = right;
    this.#counts[pair] = 0;
    this.places.addList();
    this.#fillSlot(pair);
    if (this.#size * 2 > this.#mask) this.#growSlots();
    return pair;
  }

  #fillSlot(pair: number): void {
    const at = this.#slotOf(this.leftOf(pair), this.rightOf(pair));
    this.#slots[at] = this.leftOf(pair);
    this.#slots[at + 1] = this.rightOf(pair);
    this.#slots[at + 2] = pair + 1;
  }

  #growSlots(): void {
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array((this.#mask + 1) * SLOT);
    for (let pair = 0; pair < this.#size; pair++) this.#fillSlot(pair);
  }
}
