/**
 * The pages of the KV cache: a pool of page numbers with counted references. A page is free again when the last
 * sequence and the prefix tree have released it. Only the backend knows the contents of a page.
 */
import { assert } from "../base/errors.ts";

export class PagePool {
  readonly nPages: number;
  /** Slots of a page: one token each. */
  readonly pageSize: number;
  /** The page freed last is taken first, so that a small load touches little memory. */
  readonly #free: number[];
  readonly #references: Int32Array;

  constructor(nPages: number, pageSize: number) {
    this.nPages = nPages;
    this.pageSize = pageSize;
    this.#free = Array.from({ length: nPages }, (_, i) => nPages - 1 - i);
    this.#references = new Int32Array(nPages);
  }

  get freePages(): number {
    return this.#free.length;
  }

  references(page: number): number {
    return this.#references[page];
  }

  /** A free page with one reference; undefined if none is free. */
  take(): number | undefined {
    const page = this.#free.pop();
    if (page !== undefined) this.#references[page] = 1;
    return page;
  }

  /** Adds a reference to a page that is in use. */
  retain(page: number): void {
    assert(this.#references[page] > 0, `page ${page} is retained while free`);
    this.#references[page]++;
  }

  /** Releases a reference. */
  release(page: number): void {
    assert(this.#references[page] > 0, `page ${page} is released while free`);
    if (--this.#references[page] === 0) this.#free.push(page);
  }
}
