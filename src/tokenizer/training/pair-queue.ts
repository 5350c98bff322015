/**
 * Pairs by count, the most frequent first: a binary heap whose entries may be stale. When a count falls, its
 * entry stays in place; the consumer that takes it sees that the count has changed and puts it back.
 */
import { grown } from "./grown.ts";

export class PairQueue {
  readonly #isBefore: (a: number, b: number) => boolean;
  #pairs = new Int32Array(1 << 10);
  #counts = new Float64Array(1 << 10);
  #size = 0;

  /** @param isBefore whether the first of two pairs with equal counts is taken first; a strict order. */
  constructor(isBefore: (a: number, b: number) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#size;
  }
  /** The first entry: a pair, and its count when it was pushed. */
  get firstPair(): number {
    return this.#pairs[0];
  }
  get firstCount(): number {
    return this.#counts[0];
  }

  #before(pair: number, count: number, at: number): boolean {
    const other = this.#counts[at];
    return count > other || (count === other && this.#isBefore(pair, this.#pairs[at]));
  }

  push(pair: number, count: number): void {
    let at = this.#size++;
    if (this.#size > this.#pairs.length) {
      this.#pairs = grown(this.#pairs, this.#size);
      this.#counts = grown(this.#counts, this.#size);
    }
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(pair, count, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#pairs[at] = pair;
    this.#counts[at] = count;
  }

  #move(from: number, to: number): void {
    this.#pairs[to] = this.#pairs[from];
    this.#counts[to] = this.#counts[from];
  }

  /** Removes the first entry. */
  pop(): void {
    this.#size--;
    if (this.#size > 0) this.#sink(this.#pairs[this.#size], this.#counts[this.#size]);
  }

  /** Changes the count of the first entry and moves it to its new place. */
  replaceFirst(count: number): void {
    this.#sink(this.#pairs[0], count);
  }

  #sink(pair: number, count: number): void {
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#before(this.#pairs[child + 1], this.#counts[child + 1], child))
        child++;
      if (this.#before(pair, count, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#pairs[at] = pair;
    this.#counts[at] = count;
  }
}
