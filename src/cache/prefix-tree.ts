/**
 * Pages by their content. A page's keys and values depend on its own tokens and on all tokens before them, so a page is
 * known by the page before it and its tokens: a tree, whose roots are the spaces that must not mix (decision 14). A text
 * that begins as an earlier one did walks down the tree and takes the pages that it finds.
 *
 *     root ─ [the first 32 tokens] ─ [the next 32] ─┬─ [the next 32]
 *                                                   └─ [another 32]
 *
 * Only the last page of a text may be partly filled; it has no children. The tree holds a reference to each of its
 * pages. A page that no sequence uses stays until the pool needs it: the one used longest ago goes first, but pages that
 * others follow only if all the rest is in use (a sequence with a sliding window has left its beginning).
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
  /** False once the page has been given up. */
  alive: boolean;
  /** By the first token. */
  readonly children: Map<number, PageNode[]>;
}

/** Tokens that both lists begin with; `b` counts from `from`. */
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
  /** Every node but the roots. */
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

  root(space: string): PageNode {
    let root = this.#roots.get(space);
    if (root === undefined) {
      root = newNode(undefined, -1, []);
      this.#roots.set(space, root);
    }
    return root;
  }

  /** The page after `parent` that shares the most tokens with `tokens` from `from` on, and how many these are. */
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

  /** Adds a page and takes a reference to it; or returns the one with the same tokens, if there is one. */
  insert(parent: PageNode, tokens: readonly number[], page: number): PageNode {
    assert(parent.alive && tokens.length > 0, "a page is added where it does not belong");
    const known = this.#same(parent, tokens);
    if (known !== undefined) return known;
    // A beginning of the same page has served its time.
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
    assert(node.users > 0, "a page is left by nobody");
    node.users--;
    node.lastUsed = ++this.#clock;
  }

  /** Forgets a page and those after it. Sequences that use them keep them. */
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

  /** Gives up the page used longest ago of those that nobody uses. False if there is none. */
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

  /** Gives up a page that at most one sequence uses, whatever follows it: that sequence is about to change it. */
  forget(page: number): boolean {
    const nodes = [...this.#nodes].filter((node) => node.page === page);
    if (nodes.reduce((users, node) => users + node.users, 0) > 1) return false;
    for (const node of nodes) if (node.alive) this.#remove(node);
    return nodes.length > 0;
  }

  /** Forgets every page that nobody uses. */
  clear(): void {
    while (this.evict());
  }
}
