/** The pages that the tree evicts, in which order, and the calls that it refuses: behaviour that texts do not show. */
import { describe, expect, it } from "vitest";
import { PagePool, PrefixTree } from "./index.ts";
import type { PageNode } from "./prefix-tree.ts";

const PAGE = 4;

/** A tree over a pool; `add` takes a page, inserts it and releases the caller's reference. */
function forest(nPages = 8) {
  const pool = new PagePool(nPages, PAGE);
  const tree = new PrefixTree(pool);
  const add = (parent: PageNode, tokens: number[]): PageNode => {
    const page = pool.take()!;
    const node = tree.insert(parent, tokens, page);
    pool.release(page);
    return node;
  };
  const touch = (node: PageNode): void => {
    tree.use(node);
    tree.leave(node);
  };
  return { pool, tree, root: tree.root(""), add, touch };
}

describe("PrefixTree", () => {
  it("finds the page that shares the most tokens, the oldest of equals", () => {
    const { tree, root, add } = forest();
    const [short, long] = [add(root, [1, 2]), add(root, [1, 2, 3, 4])];
    add(root, [1, 9, 9, 9]);
    expect(tree.find(root, [0, 1, 2, 3, 8], 1)).toEqual({ node: long, length: 3 });
    expect(tree.find(root, [1, 2], 0)).toEqual({ node: short, length: 2 });
    expect(tree.find(root, [7], 0)).toBeUndefined();
  });

  it("returns the page it has for the same tokens, and takes no reference to the other", () => {
    const { pool, tree, root, add } = forest();
    const known = add(root, [1, 2, 3, 4]);
    const page = pool.take()!;
    expect(tree.insert(root, [1, 2, 3, 4], page)).toBe(known);
    expect(pool.references(page)).toBe(1);
    expect(tree.insert(root, [1, 2, 3], page)).not.toBe(known);
  });

  it("replaces an unused shorter entry of the same page, and keeps one in use", () => {
    const { pool, tree, root } = forest();
    const page = pool.take()!;
    const beginning = tree.insert(root, [1, 2], page);
    tree.insert(root, [1, 2, 3], page);
    expect(beginning.alive).toBe(false);
    expect(pool.references(page)).toBe(2);
    const used = tree.find(root, [1, 2, 3], 0)!.node;
    tree.use(used);
    tree.insert(root, [1, 2, 3, 4], page);
    expect(used.alive).toBe(true);
  });

  it("evicts the least recently used pages, leaves before their parents", () => {
    const { pool, tree, root, add, touch } = forest();
    const parent = add(root, [1, 1, 1, 1]);
    const [a, b] = [add(parent, [2]), add(parent, [3])];
    for (const node of [parent, b, a]) touch(node);
    const order: PageNode[] = [];
    for (const expected of [b, a, parent]) {
      expect(tree.evict()).toBe(true);
      expect(expected.alive).toBe(false);
      order.push(expected);
    }
    expect(tree.evict()).toBe(false);
    expect(pool.freePages).toBe(8);
    expect(tree.idlePages).toBe(0);
    expect(tree.find(root, [1, 1, 1, 1], 0)).toBeUndefined();
  });

  it("keeps siblings of evicted pages, and never evicts pages in use", () => {
    const { tree, root, add, touch } = forest();
    const [a, b] = [add(root, [1, 2]), add(root, [1, 3])];
    touch(b);
    tree.use(a);
    expect(tree.evict()).toBe(true);
    expect([a.alive, b.alive]).toEqual([true, false]);
    expect(tree.find(root, [1, 2], 0)?.node).toBe(a);
    expect(tree.evict()).toBe(false);
    tree.leave(a);
    tree.clear();
    expect(a.alive).toBe(false);
  });

  it("evicts a page with children only if all other pages are in use, and its children with it", () => {
    const { pool, tree, root, add } = forest();
    const parent = add(root, [1, 1, 1, 1]);
    const child = add(parent, [2, 2]);
    tree.use(child);
    expect(tree.evict()).toBe(true);
    expect([parent.alive, child.alive]).toEqual([false, false]);
    expect(pool.freePages).toBe(8);
  });

  it("forgets a page on request unless two sequences use it", () => {
    const { tree, root, add } = forest();
    const [a, b] = [add(root, [1]), add(root, [2])];
    tree.use(a);
    tree.use(a);
    expect(tree.forget(a.page)).toBe(false);
    expect(a.alive).toBe(true);
    tree.leave(a);
    expect(tree.forget(a.page)).toBe(true);
    expect([a.alive, b.alive]).toEqual([false, true]);
    expect(tree.forget(7)).toBe(false);
  });

  it("refuses incorrect use", () => {
    const { pool, tree, root, add } = forest();
    const node = add(root, [1]);
    expect(() => tree.leave(node)).toThrow("no sequence uses");
    expect(() => tree.insert(root, [], pool.take()!)).toThrow("needs a parent");
    tree.evict();
    expect(() => tree.insert(node, [2], pool.take()!)).toThrow("needs a parent");
    expect(() => pool.retain(node.page + 5)).toThrow("while free");
    expect(() => pool.release(node.page + 5)).toThrow("while free");
  });
});
