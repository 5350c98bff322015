/**
 * Pages by their content. A page's keys and values depend on its tokens and on all tokens before them, so a page is
 * identified by its tokens and the page before it. This makes a tree, whose roots are the spaces that must not share
 * pages (decision 14). A text that begins like an earlier one walks down the tree and takes the pages that it finds.
 *
 *     root ─ [the first 32 tokens] ─ [the next 32] ─┬─ [the next 32]
 *                                                   └─ [another 32]
 *
 * Only the last page of a text may be partly filled; it has no children. The tree holds a reference to each of its
 * pages. A page that no sequence uses stays until the pool needs it. The least recently used page is evicted first; a
 * page with children only if all other pages are in use (which happens when a sequence with a sliding window has left
 * its beginning).
 */
import { assert } from "../base/errors.ts";
import type { PagePool } from "./pages.ts";

export interface PageNode {
  readonly parent: PageNode | undefined;
  /** −1 for a root, which has no page. */
  readonly page: number;
  /** Tokens whose keys and values the page holds, from its first slot on. */
  readonly tokens: number[];
  /** Sequences that read the page. */
  users: number;
  lastUsed: number;
  /** False once the page has been evicted. */
  alive: boolean;
  /** Children by their first token. */
  readonly children: Map<number, PageNode[]>;
}

/** Length of the common beginning of `a` and of `b` from index `from` on. */
function commonLength(a: readonly number[], b: readonly number[], from: number): number {
  const end = Math.min(a.length, b.length - from);
  let length = 0;
  while (length < end && a[length] === b[from + length]) length++;
  return length;
}

function newNode(parent: PageNode | undefined, page: number, tokens: readonly number[]): PageNode {
  return {
    parent,
    page,
    tokens: [...tokens],
    users: 0,
    lastUsed: 0,
    alive: true,
    children: new Map(),
  };
}

export class PrefixTree {
  readonly #pool: PagePool;
  readonly #roots = new Map<string, PageNode>();
  /** All nodes except the roots. */
  readonly #nodes = new Set<PageNode>();
  #clock = 0;

  constructor(pool: PagePool) {
    this.#pool = pool;
  }

  /** Pages that the tree holds and no sequence uses. */
  get idlePages(): number {
    let count = 0;
    for (const { users } of this.#nodes) if (users === 0) count++;
    return count;
  }

  /** Pages that eviction would free: only the tree refers to them. */
  get evictablePages(): number {
    let count = 0;
    for (const { users, page } of this.#nodes) if (users === 0 && this.#pool.references(page) === 1) count++;
    return count;
  }

  /** Whole pages of these tokens that sequences use now, from the first on. */
  usedPages(root: PageNode, tokens: readonly number[]): number {
    const { pageSize } = this.#pool;
    let node = root;
    for (let count = 0; ; count++) {
      const found = this.find(node, tokens, count * pageSize);
      if (found === undefined || found.length < pageSize || found.node.users === 0) return count;
      node = found.node;
    }
  }

  root(space: string): PageNode {
    let root = this.#roots.get(space);
    if (root === undefined) {
      root = newNode(undefined, -1, []);
      this.#roots.set(space, root);
    }
    return root;
  }

  /**
   * The page after `parent` that shares the most tokens with `tokens` from `from` on, and the number of these tokens.
   */
  find(
    parent: PageNode,
    tokens: readonly number[],
    from: number,
  ): { readonly node: PageNode; readonly length: number } | undefined {
    let best: { node: PageNode; length: number } | undefined;
    for (const node of parent.children.get(tokens[from]) ?? []) {
      const length = commonLength(node.tokens, tokens, from);
      if (best === undefined || length > best.length) best = { node, length };
    }
    return best;
  }

  /** The page after `parent` with exactly these tokens. */
  #same(parent: PageNode, tokens: readonly number[]): PageNode | undefined {
    const siblings = parent.children.get(tokens[0]) ?? [];
    return siblings.find(
      (node) =>
        node.tokens.length === tokens.length && commonLength(node.tokens, tokens, 0) === tokens.length,
    );
  }

  /** Adds a page and takes a reference to it; or returns the existing page with the same tokens. */
  insert(parent: PageNode, tokens: readonly number[], page: number): PageNode {
    assert(parent.alive && tokens.length > 0, "a page in the tree needs a parent in the tree, and tokens");
    const known = this.#same(parent, tokens);
    if (known !== undefined) return known;
    // A shorter entry of the same page is no longer needed.
    for (const older of parent.children.get(tokens[0]) ?? []) {
      if (older.page === page && older.users === 0) this.#remove(older);
    }
    const node = newNode(parent, page, tokens);
    this.#pool.retain(page);
    this.#nodes.add(node);
    parent.children.set(tokens[0], [...(parent.children.get(tokens[0]) ?? []), node]);
    return node;
  }

  /** A sequence begins to use the page. */
  use(node: PageNode): void {
    node.users++;
    node.lastUsed = ++this.#clock;
  }

  /** A sequence no longer uses the page. */
  leave(node: PageNode): void {
    assert(node.users > 0, "a page is left that no sequence uses");
    node.users--;
    node.lastUsed = ++this.#clock;
  }

  /** Removes a page and those after it from the tree. Sequences that use them keep them. */
  #remove(node: PageNode): void {
    const { parent, tokens } = node;
    assert(parent !== undefined, "a root is removed");
    const siblings = (parent.children.get(tokens[0]) ?? []).filter((other) => other !== node);
    if (siblings.length === 0) parent.children.delete(tokens[0]);
    else parent.children.set(tokens[0], siblings);
    const doomed = [node];
    for (const each of doomed) {
      doomed.push(...[...each.children.values()].flat());
      each.alive = false;
      this.#nodes.delete(each);
      this.#pool.release(each.page);
    }
  }

  /** Evicts the least recently used of the pages that no sequence uses. Returns false if there is none. */
  evict(): boolean {
    let oldest: PageNode | undefined;
    const isFollowed = ({ children }: PageNode): boolean => children.size > 0;
    const comesBefore = (a: PageNode, b: PageNode): boolean =>
      isFollowed(a) === isFollowed(b) ? a.lastUsed < b.lastUsed : isFollowed(b);
    for (const node of this.#nodes) {
      if (node.users === 0 && (oldest === undefined || comesBefore(node, oldest))) oldest = node;
    }
    if (oldest === undefined) return false;
    this.#remove(oldest);
    return true;
  }

  /**
   * Removes a page that at most one sequence uses, with all pages after it, because that sequence is about to change
   * it. Returns false if more sequences use it, or if it is not in the tree.
   */
  forget(page: number): boolean {
    const nodes = [...this.#nodes].filter((node) => node.page === page);
    if (nodes.reduce((users, node) => users + node.users, 0) > 1) return false;
    for (const node of nodes) if (node.alive) this.#remove(node);
    return nodes.length > 0;
  }

  /** Evicts every page that no sequence uses. */
  clear(): void {
    while (this.evict());
  }
}
