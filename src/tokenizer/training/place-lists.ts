/**
 * Lists of places, one per pair, in blocks of a common pool: a block of 64 bytes holds 14 places, their
 * number, and the next block. Blocks of taken or dropped lists are reused.
 */
import { grown } from "./grown.ts";

const BLOCK = 16;
const CAPACITY = 14;
const LENGTH = 14;
const NEXT = 15;
/** No block, so no list begins at 0. */
const NONE = 0;

export class PlaceLists {
  #pool = new Int32Array(BLOCK << 6);
  #used = BLOCK;
  /** Chain of free blocks. */
  #free = NONE;
  /** The current block of each list, which links to the previous ones. */
  #heads = new Int32Array(1 << 12);
  #size = 0;

  /** Adds an empty list; its number is the previous number of lists. */
  addList(): void {
    if (++this.#size > this.#heads.length) this.#heads = grown(this.#heads, this.#size);
    this.#heads[this.#size - 1] = NONE;
  }

  add(list: number, place: number): void {
    let block = this.#heads[list];
    if (block === NONE || this.#pool[block + LENGTH] === CAPACITY) block = this.#addBlock(list, block);
    const length = this.#pool[block + LENGTH]++;
    this.#pool[block + length] = place;
  }

  #addBlock(list: number, before: number): number {
    let block = this.#free;
    if (block !== NONE) this.#free = this.#pool[block + NEXT];
    else {
      block = this.#used;
      this.#used += BLOCK;
      if (this.#used > this.#pool.length) this.#pool = grown(this.#pool, this.#used);
    }
    this.#pool[block + LENGTH] = 0;
    this.#pool[block + NEXT] = before;
    this.#heads[list] = block;
    return block;
  }

  /** Empties a list and returns its places in ascending order. */
  take(list: number): Int32Array {
    const pool = this.#pool;
    let length = 0;
    for (let block = this.#heads[list]; block !== NONE; block = pool[block + NEXT])
      length += pool[block + LENGTH];
    const places = new Int32Array(length);
    let isSorted = true;
    let after = Number.POSITIVE_INFINITY;
    for (let block = this.#heads[list]; block !== NONE; block = pool[block + NEXT]) {
      for (let at = pool[block + LENGTH] - 1; at >= 0; at--) {
        const place = pool[block + at];
        if (place > after) isSorted = false;
        after = place;
        places[--length] = place;
      }
    }
    this.drop(list);
    return isSorted ? places : places.sort();
  }

  /** Empties a list. */
  drop(list: number): void {
    const head = this.#heads[list];
    if (head === NONE) return;
    let last = head;
    while (this.#pool[last + NEXT] !== NONE) last = this.#pool[last + NEXT];
    this.#pool[last + NEXT] = this.#free;
    this.#free = head;
    this.#heads[list] = NONE;
  }

  /** Empties all lists. */
  clear(): void {
    this.#heads.fill(NONE);
    this.#used = BLOCK;
    this.#free = NONE;
  }
}
