import type { Pairs } from "./merge.ts";

/**
 * (left symbol, right symbol) → product and rank of the merge. An open-addressing hash table over typed
 * arrays: a vocabulary has up to some hundred thousand pairs, and each word needs many look-ups.
 */
export class PairTable implements Pairs {
  #mask = 0;
  #left: Int32Array = new Int32Array(0);
  #right: Int32Array = new Int32Array(0);
  #rank: Int32Array = new Int32Array(0);
  #product: Int32Array = new Int32Array(0);
  #length = 0;

  constructor(expected: number) {
    this.#allocate(expected);
  }

  get length(): number {
    return this.#length;
  }

  #allocate(expected: number): void {
    let slots = 16;
    while (slots < expected * 2) slots *= 2;
    this.#mask = slots - 1;
    this.#left = new Int32Array(slots).fill(-1);
    this.#right = new Int32Array(slots);
    this.#rank = new Int32Array(slots);
    this.#product = new Int32Array(slots);
  }

  /** Slot of the pair, or the free slot for it. */
  #slot(left: number, right: number): number {
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & this.#mask;
    while (this.#left[slot] !== -1 && (this.#left[slot] !== left || this.#right[slot] !== right)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  /** Adds a pair; the first of equal pairs stays. Ranks are not negative, lower merges first. */
  add(left: number, right: number, rank: number, product: number): void {
    if (this.#length * 2 > this.#mask) this.#grow();
    const slot = this.#slot(left, right);
    if (this.#left[slot] !== -1) return;
    this.#left[slot] = left;
    this.#right[slot] = right;
    this.#rank[slot] = rank;
    this.#product[slot] = product;
    this.#length++;
  }

  #grow(): void {
    const [left, right, rank, product] = [this.#left, this.#right, this.#rank, this.#product];
    this.#allocate((this.#mask + 1) * 2);
    this.#length = 0;
    for (let i = 0; i < left.length; i++) {
      if (left[i] !== -1) this.add(left[i], right[i], rank[i], product[i]);
    }
  }

  find(left: number, right: number): number {
    if (left < 0 || right < 0) return -1;
    const slot = this.#slot(left, right);
    return this.#left[slot] === -1 ? -1 : slot;
  }
  rankAt(slot: number): number {
    return this.#rank[slot];
  }
  productAt(slot: number): number {
    return this.#product[slot];
  }
}
