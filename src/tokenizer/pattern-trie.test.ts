import { describe, expect, it } from "vitest";
import { Random } from "../base/random.ts";
import { PatternTrie } from "./pattern-trie.ts";
import { AddedTokenFinder } from "./special.ts";

/** Every occurrence, by comparing at each place. */
function slowly(patterns: readonly string[], text: string): string[] {
  const found: string[] = [];
  for (let end = 1; end <= text.length; end++) {
    for (let start = 0; start < end; start++) {
      const index = patterns.indexOf(text.slice(start, end));
      if (index >= 0) found.push(`${start}-${end}: ${index}`);
    }
  }
  return found;
}

function find(patterns: readonly string[], text: string): string[] {
  const trie = new PatternTrie(patterns);
  const found: string[] = [];
  let node = 0;
  for (let at = 0; at < text.length; at++) {
    node = trie.step(node, text.charCodeAt(at));
    for (let end = trie.firstEnd(node); end !== 0; end = trie.nextEnd(end)) {
      const index = trie.patternAt(end);
      found.push(`${at + 1 - patterns[index].length}-${at + 1}: ${index}`);
    }
  }
  return found;
}

describe("PatternTrie", () => {
  it("finds the same matches as a search at every place, in the same order", () => {
    const random = new Random(3);
    const word = (most: number) =>
      Array.from({ length: 1 + random.below(most) }, () => "ab😀"[random.below(4)] ?? "b").join("");
    for (let round = 0; round < 200; round++) {
      const patterns = Array.from({ length: 1 + random.below(8) }, () => word(5));
      const text = word(40);
      expect(find(patterns, text)).toEqual(slowly(patterns, text));
    }
  });

  it("takes a bounded number of steps for text that nearly matches a long token", () => {
    const finder = new AddedTokenFinder([{ id: 0, content: `${"a".repeat(4000)}b`, special: false }]);
    // A search from every place would read 8 · 10^9 characters and exceed the test's time limit.
    expect(finder.split("a".repeat(2_000_000), false)).toHaveLength(1);
  });

  it("refuses a pattern that no vocabulary has: its nodes would take a hundred times its bytes", () => {
    expect(() => new PatternTrie(["a", "b".repeat(4096)])).not.toThrow();
    expect(() => new PatternTrie(["a", "b".repeat(4097)])).toThrow(
      /at most 4096 characters.*got one of 4097/,
    );
  });
});
