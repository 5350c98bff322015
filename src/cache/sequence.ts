/**
 * The cached tokens of one sequence: a list of pages that grows with it. Complete pages are shared through the prefix
 * tree and never written again. Only the last page belongs to the sequence alone; to truncate into a shared page, the
 * sequence copies it. With a sliding window, pages that no token can see any more are released.
 */
import { DISPOSE } from "../base/dispose.ts";
import { assert, ContextError } from "../base/errors.ts";
import type { PagePool } from "./pages.ts";
import type { PageNode, PrefixTree } from "./prefix-tree.ts";

/** The shared parts of a cache. */
export interface CacheRoom {
  readonly pool: PagePool;
  readonly tree: PrefixTree;
  /** Copies keys and values of a page, in all layers. */
  readonly copyPage: (from: number, to: number) => void;
}

/** Every page of the cache is in use by a text. */
export class CacheFullError extends ContextError {}

/** Marks a page that was released because the window has passed it. */
const GONE = -1;

export class CachedSequence implements Disposable {
  readonly #room: CacheRoom;
  readonly #window: number;
  /** Page of each run of pageSize positions. */
  readonly #pages: number[] = [];
  readonly #tokens: number[] = [];
  /** Tokens whose keys and values are computed; those of a running step do not count yet. */
  #computed = 0;
  /** The root of its space, then the nodes of its first pages. Undefined if the sequence shares nothing. */
  readonly #path: PageNode[] | undefined;

  /** Rotated for texts beyond the length that needs no scaling; see `unscaledLength`. */
  readonly long: boolean;

  /** @param root the root under which its pages are searched and published; without one it shares nothing. */
  constructor(room: CacheRoom, root: PageNode | undefined, window = Number.POSITIVE_INFINITY, long = false) {
    this.long = long;
    this.#room = room;
    this.#window = window;
    this.#path = root === undefined ? undefined : [root];
  }

  /** Tokens in the cache: the position of the next one. */
  get length(): number {
    return this.#tokens.length;
  }
  get tokens(): readonly number[] {
    return this.#tokens;
  }
  /** Tokens from the first on whose pages all exist: 0 once the window has left the first page. */
  get whole(): number {
    return this.#pages[0] === GONE ? 0 : this.length;
  }
  /**
   * The published page after which the next one begins; undefined within a page, and if the sequence shares nothing.
   */
  get tip(): PageNode | undefined {
    return this.length === this.#published * this.#pageSize ? this.#path?.at(-1) : undefined;
  }
  get #pageSize(): number {
    return this.#room.pool.pageSize;
  }
  /** Number of pages of this sequence that are in the tree. */
  get #published(): number {
    return this.#path === undefined ? 0 : this.#path.length - 1;
  }

  /**
   * Takes cached pages for the coming tokens: whole pages are shared, a part of a page is copied. Possible only at the
   * beginning of a page. Call it between steps.
   * @param next the tokens that follow the cached ones.
   * @param limit most tokens to take.
   * @returns the number of tokens taken.
   */
  adopt(next: readonly number[], limit = next.length): number {
    const { pool, tree } = this.#room;
    const path = this.#path;
    if (path === undefined || this.tip === undefined) return 0;
    let taken = 0;
    while (taken < limit) {
      const parent = path[path.length - 1];
      const found = parent.alive ? tree.find(parent, next, taken) : undefined;
      const length = Math.min(found?.length ?? 0, limit - taken);
      if (found === undefined || length === 0) break;
      if (length === this.#pageSize) {
        tree.use(found.node);
        path.push(found.node);
        pool.retain(found.node.page);
        this.#pages.push(found.node.page);
      } else if (!this.#copyPart(found.node)) break;
      this.#tokens.push(...next.slice(taken, taken + length));
      this.#computed += length;
      taken += length;
      if (length < this.#pageSize) break;
    }
    return taken;
  }

  /** Copies the node's page to a new page of this sequence. Returns false if there is no page for it. */
  #copyPart(node: PageNode): boolean {
    this.#room.tree.use(node); // taking a page must not evict this one
    const page = this.#takePage();
    if (page !== undefined) {
      this.#room.copyPage(node.page, page);
      this.#pages.push(page);
    }
    this.#room.tree.leave(node);
    return page !== undefined;
  }

  /** A free page; if there is none, evicts one from the tree. */
  #takePage(): number | undefined {
    const { pool, tree } = this.#room;
    let page = pool.take();
    while (page === undefined && tree.evict()) page = pool.take();
    return page;
  }

  /** Pages that this many more tokens need. */
  pagesFor(count: number): number {
    return Math.max(0, Math.ceil((this.length + count) / this.#pageSize) - this.#pages.length);
  }

  /**
   * Makes room for more tokens and returns the slot of each. On error nothing changes.
   * @throws CacheFullError if every page is in use.
   */
  extend(tokens: ArrayLike<number>): number[] {
    const before = this.length;
    const missing = this.pagesFor(tokens.length);
    const fresh: number[] = [];
    for (let i = 0; i < missing; i++) {
      const page = this.#takePage();
      if (page === undefined) {
        for (const taken of fresh) this.#room.pool.release(taken);
        throw this.#full();
      }
      fresh.push(page);
    }
    this.#pages.push(...fresh);
    for (let i = 0; i < tokens.length; i++) this.#tokens.push(tokens[i]);
    return Array.from({ length: tokens.length }, (_, i) => this.slot(before + i));
  }

  #full(): CacheFullError {
    return new CacheFullError({
      doing: "grow a sequence",
      found: `all ${this.#room.pool.nPages} pages of the KV cache are in use`,
      fix: "load the model with more `context` or `parallel`, or wait for a sequence to end",
    });
  }

  /** Slot of a position that is in the cache. */
  slot(position: number): number {
    const { pageSize } = this.#room.pool;
    return this.#pages[Math.floor(position / pageSize)] * pageSize + (position % pageSize);
  }

  /** Writes this sequence's row of the page table. Released pages are written as 0 and never read. */
  writePageTable(row: Int32Array): void {
    for (let i = 0; i < row.length; i++) row[i] = Math.max(0, this.#pages[i] ?? 0);
  }

  /**
   * Call this when the step that computed the last tokens is done: it publishes complete pages, and releases pages that
   * the window has passed.
   */
  commit(): void {
    this.#computed = this.length;
    const complete = Math.floor(this.length / this.#pageSize);
    while (this.#published < complete && this.#publish(this.#pageSize));
    this.#releaseBehindWindow();
  }

  /** Publishes the tokens of the last page, although it is not complete. */
  publishTail(): void {
    const rest = this.#computed % this.#pageSize;
    if (rest > 0 && this.#published === Math.floor(this.#computed / this.#pageSize)) this.#publish(rest);
  }

  /** Publishes the first `count` tokens of the page after the published ones. Returns false if that is impossible. */
  #publish(count: number): boolean {
    const { pool, tree } = this.#room;
    const path = this.#path;
    if (path === undefined) return false;
    const index = this.#published;
    const parent = path[index];
    const page = this.#pages[index];
    if (!parent.alive || page === GONE) return false;
    const from = index * this.#pageSize;
    const node = tree.insert(parent, this.#tokens.slice(from, from + count), page);
    if (count < this.#pageSize) return true; // incomplete: this sequence continues to write the page
    tree.use(node);
    path.push(node);
    if (node.page !== page) {
      // Another sequence computed the same page, with the same bits.
      pool.retain(node.page);
      pool.release(page);
      this.#pages[index] = node.page;
    }
    return true;
  }

  #releaseBehindWindow(): void {
    const firstVisible = this.length - this.#window + 1;
    for (let i = 0; (i + 1) * this.#pageSize <= firstVisible; i++) {
      if (this.#pages[i] !== GONE) this.#dropPage(i);
    }
  }

  #dropPage(index: number): void {
    const node = this.#path?.[index + 1];
    if (node !== undefined) this.#room.tree.leave(node);
    this.#room.pool.release(this.#pages[index]);
    this.#pages[index] = GONE;
  }

  /**
   * Removes all tokens from `length` on.
   * @throws CacheFullError if a page must be copied because another sequence reads it, and every page is in use.
   */
  truncate(length: number): void {
    assert(length >= 0 && length <= this.length, `cannot truncate ${this.length} tokens to ${length}`);
    if (length === this.length) return;
    const keep = Math.ceil(length / this.#pageSize);
    const shared = Math.floor(length / this.#pageSize);
    // Later pages first: the copy may need one of them.
    for (let i = keep; i < this.#pages.length; i++) if (this.#pages[i] !== GONE) this.#dropPage(i);
    if (keep > shared) this.#makeOwn(shared);
    this.#pages.length = keep;
    this.#tokens.length = length;
    this.#computed = Math.min(this.#computed, length);
    if (this.#path !== undefined) this.#path.length = Math.min(this.#path.length, shared + 1);
  }

  /** Makes a page private to this sequence before it is written, so that others do not see the change. */
  #makeOwn(index: number): void {
    const { pool, tree, copyPage } = this.#room;
    const page = this.#pages[index];
    if (page === GONE || pool.references(page) === 1) return;
    const own = this.#takePage();
    if (own !== undefined) {
      copyPage(page, own);
      this.#dropPage(index);
      this.#pages[index] = own;
    } else if (!tree.forget(page)) throw this.#full();
  }

  /** A second sequence with the same tokens, which shares every complete page. */
  fork(): CachedSequence {
    this.publishTail();
    const twin = new CachedSequence(this.#room, this.#path?.[0], this.#window, this.long);
    twin.adopt(this.#tokens);
    return twin;
  }

  dispose(): void {
    this.publishTail();
    this.#pages.forEach((page, i) => {
      if (page !== GONE) this.#dropPage(i);
    });
    this.#pages.length = 0;
    this.#tokens.length = 0;
    this.#computed = 0;
    if (this.#path !== undefined) this.#path.length = 1;
  }
  [DISPOSE](): void {
    this.dispose();
  }
}
