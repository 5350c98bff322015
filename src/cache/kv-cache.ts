/**
 * The pages of the KV cache. Sequences of any length share one pool; each holds a list of pages that grows as
 * it does. With a sliding window, pages that no token can see any more go back to the pool.
 */
import { assert, ContextError } from "../base/errors.ts";

export class PagePool {
  readonly nPages: number;
  readonly pageSize: number;
  readonly #free: number[];

  constructor(nPages: number, pageSize: number) {
    this.nPages = nPages;
    this.pageSize = pageSize;
    this.#free = Array.from({ length: nPages }, (_, i) => nPages - 1 - i);
  }

  get freePages(): number {
    return this.#free.length;
  }
  /** Takes a page. Throws ContextError if none is left. */
  take(): number {
    const page = this.#free.pop();
    if (page !== undefined) return page;
    throw new ContextError({
      doing: "grow a sequence",
      found: `all ${this.nPages} pages of the KV cache are in use`,
      fix: "load the model with more `context` or `parallel`, or wait for a sequence to end",
    });
  }
  giveBack(page: number): void {
    assert(page >= 0 && page < this.nPages && !this.#free.includes(page), `page ${page} is given back twice`);
    this.#free.push(page);
  }
}

/** The cached tokens of one sequence. */
export class CachedSequence implements Disposable {
  readonly #pool: PagePool;
  readonly #window: number;
  /** Page of each run of pageSize positions; −1 where the page went back behind the window. */
  readonly #pages: number[] = [];
  #length = 0;

  constructor(pool: PagePool, window = Number.POSITIVE_INFINITY) {
    this.#pool = pool;
    this.#window = window;
  }

  /** Tokens in the cache: the position of the next one. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` more tokens and returns the slot of each. All or nothing. */
  extend(count: number): number[] {
    const { pageSize } = this.#pool;
    const end = this.#length + count;
    const missing = Math.ceil(end / pageSize) - this.#pages.length;
    if (missing > this.#pool.freePages) this.#pool.take(); // throws; nothing has been taken yet
    for (let i = 0; i < missing; i++) this.#pages.push(this.#pool.take());
    const slots = Array.from({ length: count }, (_, i) => this.slot(this.#length + i));
    this.#length = end;
    return slots;
  }

  /** Slot of a position that is in the cache. */
  slot(position: number): number {
    const { pageSize } = this.#pool;
    return this.#pages[Math.floor(position / pageSize)] * pageSize + (position % pageSize);
  }

  /** Writes this sequence's row of the page table; pages that are gone read as 0 and are never looked at. */
  writePageTable(row: Int32Array): void {
    for (let i = 0; i < row.length; i++) row[i] = Math.max(0, this.#pages[i] ?? 0);
  }

  /** Gives back the pages that no later token can see. Call it after a step. */
  releaseBehindWindow(): void {
    const { pageSize } = this.#pool;
    const firstVisible = this.#length - this.#window + 1;
    for (let i = 0; (i + 1) * pageSize <= firstVisible; i++) {
      if (this.#pages[i] === -1) continue;
      this.#pool.giveBack(this.#pages[i]);
      this.#pages[i] = -1;
    }
  }

  /** Forgets every token from `length` on. */
  truncate(length: number): void {
    assert(length >= 0 && length <= this.#length, `cannot truncate ${this.#length} tokens to ${length}`);
    const keep = Math.ceil(length / this.#pool.pageSize);
    for (const page of this.#pages.splice(keep)) if (page !== -1) this.#pool.giveBack(page);
    this.#length = length;
  }

  dispose(): void {
    this.truncate(0);
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}
