import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unigramOf } from "../../test/support/tokenizer-fixtures.ts";
import { createCharsmap } from "./charsmap.ts";
import { Tokenizer } from "./tokenizer.ts";
import { PIECE } from "./vocabulary.ts";

/** Best sum over all segmentations of the text, by trying each. Unknown characters cost `unknown`. */
function bestByTrying(text: string, scores: ReadonlyMap<string, number>, unknown: number): number {
  if (text === "") return 0;
  let best = Number.NEGATIVE_INFINITY;
  for (let end = 1; end <= text.length; end++) {
    const head = scores.get(text.slice(0, end)) ?? (end === 1 ? unknown : undefined);
    if (head !== undefined) best = Math.max(best, head + bestByTrying(text.slice(end), scores, unknown));
  }
  return best;
}

/** Quarters, so that f32 sums are exact. */
const score = fc.integer({ min: -60, max: -1 }).map((n) => n / 4);
const pieces = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[ab▁]{1,3}$/), score), {
  minLength: 1,
  maxLength: 12,
  selector: ([piece]) => piece,
});

describe("unigram", () => {
  it("finds the best of all segmentations", () => {
    fc.assert(
      fc.property(pieces, fc.stringMatching(/^[abc ]{1,9}$/), (entries, text) => {
        const vocabulary = { ...unigramOf(entries), unkId: 0 };
        const tokenizer = new Tokenizer(vocabulary);
        const normal = `▁${text.replaceAll(" ", "▁")}`;
        const least = Math.min(...entries.map(([, value]) => value));
        const scores = new Map(entries);
        const ids = tokenizer.encode(text);
        // Runs of unknown characters are one id; count the characters that no other piece covers.
        const covered = ids.filter((id) => id !== 0);
        const length = covered.reduce((sum, id) => sum + tokenizer.piece(id).length, 0);
        const sum = covered.reduce((total, id) => total + (scores.get(tokenizer.piece(id)) ?? 0), 0);
        const unknowns = normal.length - length;
        expect(sum + unknowns * (least - 10)).toBeCloseTo(bestByTrying(normal, scores, least - 10), 3);
      }),
      { numRuns: 300 },
    );
  });

  it("prefers user-defined pieces, and uses bytes for unknown characters", () => {
    const base = unigramOf([
      ["▁", -1],
      ["a", -1],
      ["aXa", -4],
      ["X", -9],
      ["<0xC3>", 0],
      ["<0xA9>", 0],
    ]);
    const types = base.types.slice();
    types[4] = PIECE.userDefined;
    types[5] = types[6] = PIECE.byte;
    const tokenizer = new Tokenizer({ ...base, types });
    expect(tokenizer.encode("aXaé")).toEqual([1, 2, 4, 2, 5, 6]);
    expect(tokenizer.encode("ü")).toEqual([1, 0]);
  });
});

/** A Darts double array of the given keys, each child block at its own 512 units: simple, not small. */
function charsmapOf(entries: readonly (readonly [string, string])[]): Uint8Array {
  const encoder = new TextEncoder();
  interface Node {
    readonly children: Map<number, Node>;
    value?: number;
  }
  const root: Node = { children: new Map() };
  const replacements: number[] = [];
  for (const [key, to] of entries) {
    let node = root;
    for (const byte of encoder.encode(key)) {
      const child = node.children.get(byte) ?? { children: new Map() };
      node.children.set(byte, child);
      node = child;
    }
    node.value = replacements.length;
    replacements.push(...encoder.encode(to), 0);
  }
  const units = new Uint32Array(1 << 16);
  let blocks = 0;
  const place = (node: Node, at: number): void => {
    const block = ++blocks * 512;
    const leaf = node.value === undefined ? 0 : 0x100;
    units[at] = (units[at] & 0xff) | leaf | ((at ^ block) << 10);
    if (node.value !== undefined) units[block] = (0x8000_0000 | node.value) >>> 0;
    for (const [byte, child] of node.children) {
      units[block ^ byte] = byte;
      place(child, block ^ byte);
    }
  };
  place(root, 0);
  const trie = new Uint8Array(units.buffer);
  const blob = new Uint8Array(4 + trie.length + replacements.length);
  new DataView(blob.buffer).setUint32(0, trie.length, true);
  blob.set(trie, 4);
  blob.set(replacements, 4 + trie.length);
  return blob;
}

describe("createCharsmap", () => {
  const blob = charsmapOf([
    ["①", "1"],
    ["ﬁ", "fi"],
    ["e\u0301", "é"],
    ["\u200b", ""],
  ]);
  it("replaces the longest key and keeps the rest", () => {
    const map = createCharsmap(blob, "test");
    expect(map("a①ﬁe\u0301e\u200b🦙")).toBe("a1fiée🦙");
    expect(map("plain")).toBe("plain");
    expect(map("①①")).toBe("11");
  });

  it("refuses a truncated blob, and survives any other", () => {
    expect(() => createCharsmap(blob.subarray(0, 3), "test")).toThrow(/trie/);
    expect(() => createCharsmap(blob.subarray(0, 1000), "test")).toThrow(/trie/);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 400 }), fc.string(), (noise, text) => {
        const hostile = noise.slice();
        const trieLength = Math.floor((hostile.length - 4) / 8) * 4;
        new DataView(hostile.buffer).setUint32(0, Math.max(4, trieLength), true);
        expect(typeof createCharsmap(hostile, "test")(text)).toBe("string");
      }),
    );
  });
});
