/**
 * Sequences over a pool, compared with a model of it: an array that holds, for every slot, the tokens up to its
 * position in place of keys and values. Whatever is shared, copied, truncated or evicted, each sequence must find its
 * own tokens.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../base/random.ts";
import { CachedSequence, type CacheRoom, PagePool, PrefixTree } from "./index.ts";

const PAGE = 4;

/** A room whose slots hold "the tokens so far" as text, and the sequences that were opened in it. */
function room(nPages: number) {
  const slots: string[] = new Array(nPages * PAGE).fill("");
  const pool = new PagePool(nPages, PAGE);
  const tree = new PrefixTree(pool);
  const copyPage = (from: number, to: number): void => {
    for (let i = 0; i < PAGE; i++) slots[to * PAGE + i] = slots[from * PAGE + i];
  };
  const shared: CacheRoom = { pool, tree, copyPage };
  return { slots, pool, tree, shared };
}

type Room = ReturnType<typeof room>;

/** Computes tokens like a step: first slots, then values, then the commit. */
function compute({ slots }: Room, sequence: CachedSequence, tokens: readonly number[]): void {
  const first = sequence.length;
  const taken = sequence.extend(tokens);
  taken.forEach((slot, i) => {
    slots[slot] = sequence.tokens.slice(0, first + i + 1).join(" ");
  });
  sequence.commit();
}

function expectWhole({ slots }: Room, sequence: CachedSequence, from = 0): void {
  for (let i = from; i < sequence.length; i++) {
    expect(slots[sequence.slot(i)]).toBe(sequence.tokens.slice(0, i + 1).join(" "));
  }
}

const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);

describe("a sequence", () => {
  it("takes whole pages, and a part of a page, from an earlier text", () => {
    const r = room(16);
    const root = r.tree.root("");
    const first = new CachedSequence(r.shared, root);
    compute(r, first, range(11));
    first.dispose();
    const second = new CachedSequence(r.shared, root);
    expect(second.adopt([...range(10), 99, 98])).toBe(10);
    compute(r, second, [99, 98]);
    expectWhole(r, second);
    const third = new CachedSequence(r.shared, root);
    expect(third.adopt(range(11))).toBe(11);
    expectWhole(r, third);
  });

  it("takes no more than its limit, so that a prompt's last token is computed", () => {
    const r = room(16);
    const first = new CachedSequence(r.shared, r.tree.root(""));
    compute(r, first, range(8));
    const second = new CachedSequence(r.shared, r.tree.root(""));
    expect(second.adopt(range(8), 7)).toBe(7);
    expectWhole(r, second);
  });

  it("finds nothing in another space, and nothing if it does not share", () => {
    const r = room(16);
    compute(r, new CachedSequence(r.shared, r.tree.root("a")), range(8));
    expect(new CachedSequence(r.shared, r.tree.root("b")).adopt(range(8))).toBe(0);
    expect(new CachedSequence(r.shared, undefined).adopt(range(8))).toBe(0);
    expect(new CachedSequence(r.shared, r.tree.root("a")).adopt(range(8))).toBe(8);
  });

  it("does not publish what was never computed", () => {
    const r = room(16);
    const failed = new CachedSequence(r.shared, r.tree.root(""));
    failed.extend(range(8));
    failed.dispose();
    expect(new CachedSequence(r.shared, r.tree.root("")).adopt(range(8))).toBe(0);
    expect(r.pool.freePages).toBe(16);
  });

  it("truncates into a shared page without changing it for others", () => {
    const r = room(16);
    const root = r.tree.root("");
    const first = new CachedSequence(r.shared, root);
    compute(r, first, range(10));
    const second = new CachedSequence(r.shared, root);
    second.adopt(range(10));
    first.truncate(6);
    compute(r, first, [50, 51, 52]);
    expectWhole(r, first);
    expectWhole(r, second);
  });

  it("may continue to write after its beginning was published", () => {
    const r = room(16);
    const first = new CachedSequence(r.shared, r.tree.root(""));
    compute(r, first, range(6));
    first.publishTail();
    compute(r, first, range(5, 6));
    const second = new CachedSequence(r.shared, r.tree.root(""));
    expect(second.adopt([...range(6), 77])).toBe(6);
    first.truncate(5);
    compute(r, first, [60]);
    expectWhole(r, first);
    expectWhole(r, second);
  });

  it("forks: both continue independently, and complete pages exist once", () => {
    const r = room(16);
    const first = new CachedSequence(r.shared, r.tree.root(""));
    compute(r, first, range(10));
    const before = r.pool.freePages;
    const twin = first.fork();
    expect(before - r.pool.freePages).toBe(1);
    compute(r, first, [20, 21, 22]);
    compute(r, twin, [30, 31, 32]);
    expectWhole(r, first);
    expectWhole(r, twin);
    expect(twin.slot(0)).toBe(first.slot(0));
  });

  it("merges pages that two sequences computed at the same time", () => {
    const r = room(16);
    const [a, b] = [0, 1].map(() => new CachedSequence(r.shared, r.tree.root("")));
    const slotsOf = (s: CachedSequence) => s.extend(range(8));
    for (const sequence of [a, b]) {
      slotsOf(sequence).forEach((slot, i) => {
        r.slots[slot] = range(i + 1).join(" ");
      });
    }
    a.commit();
    b.commit();
    expect(b.slot(0)).toBe(a.slot(0));
    expect(r.pool.freePages).toBe(14);
    expectWhole(r, b);
  });

  it("releases pages before the window, and its later pages can still be shared", () => {
    const r = room(8);
    const windowed = new CachedSequence(r.shared, r.tree.root(""), 4);
    for (let i = 0; i < 40; i++) compute(r, windowed, [i]);
    expectWhole(r, windowed, 37);
    expect(r.pool.freePages + r.tree.idlePages).toBeGreaterThanOrEqual(6);
  });

  it("evicts the oldest unused pages when the pool is empty, and throws when none is left", () => {
    const r = room(4);
    const root = r.tree.root("");
    for (const first of [100, 200]) {
      const text = new CachedSequence(r.shared, root);
      compute(r, text, range(8, first));
      text.dispose();
    }
    expect(r.pool.freePages).toBe(0);
    const text = new CachedSequence(r.shared, root);
    compute(r, text, range(8, 300));
    expectWhole(r, text);
    expect(new CachedSequence(r.shared, root).adopt(range(8, 100))).toBe(0);
    const other = new CachedSequence(r.shared, root);
    expect(other.adopt(range(8, 200))).toBe(8);
    expect(() => text.extend(range(1))).toThrow("all 4 pages");
    expect(text.length).toBe(8);
    expectWhole(r, other);
  });

  it("truncates into a page although the pool has no free one", () => {
    const r = room(1);
    const only = new CachedSequence(r.shared, r.tree.root(""));
    compute(r, only, range(4));
    only.truncate(2);
    compute(r, only, [70, 71]);
    expectWhole(r, only);
    const follower = new CachedSequence(r.shared, r.tree.root(""));
    expect(follower.adopt([...range(4), 9])).toBe(0);
  });

  it("reuses one of its own later pages for the copy", () => {
    const r = room(3);
    const sequence = new CachedSequence(r.shared, r.tree.root(""));
    compute(r, sequence, range(12));
    sequence.truncate(2);
    compute(r, sequence, range(8, 40));
    expectWhole(r, sequence);
  });

  it("leaves every page free or in the tree, whatever happens", () => {
    const random = new Random(3);
    const r = room(24);
    const live = new Set<CachedSequence>();
    const alphabet = 3;
    const someTokens = (): number[] => range(1 + random.below(9)).map(() => random.below(alphabet));
    for (let step = 0; step < 4000; step++) {
      const [any] = [...live].slice(random.below(Math.max(1, live.size)));
      const action = random.below(6);
      if (action === 0 && live.size < 3) {
        const sequence = new CachedSequence(r.shared, r.tree.root(`${random.below(2)}`));
        sequence.adopt(someTokens());
        live.add(sequence);
      } else if (any !== undefined && action <= 2 && any.length < 24) {
        any.adopt(someTokens());
        compute(r, any, someTokens());
      } else if (any !== undefined && action === 3) any.truncate(random.below(any.length + 1));
      else if (any !== undefined && action === 4 && live.size < 3) live.add(any.fork());
      else if (any !== undefined && action === 5 && random.below(3) === 0) {
        any.dispose();
        live.delete(any);
      }
      for (const sequence of live) expectWhole(r, sequence);
    }
    for (const sequence of live) sequence.dispose();
    r.tree.clear();
    expect(r.pool.freePages).toBe(24);
    for (let page = 0; page < 24; page++) expect(r.pool.references(page)).toBe(0);
  });
});
