/**
 * Finds all occurrences of many texts in one pass (Aho and Corasick 1975). Every step takes amortised
 * constant time: text that nearly matches a long pattern costs no more than other text, unlike with a search
 * from each place.
 */
import { TokenizerError } from "../base/errors.ts";
import { PairTable } from "./pair-table.ts";

/** UTF-16 units of a pattern: real vocabularies stay below 300. A node takes some hundred bytes. */
const LONGEST_PATTERN = 4096;

export class PatternTrie {
  /** (node, UTF-16 unit) → node; the root is 0. Many patterns share long prefixes. */
  readonly #children: PairTable;
  /** Index of the pattern that ends at a node, -1 for none. */
  readonly #ends: Int32Array;
  /** The node of the longest proper suffix that is in the trie. */
  readonly #suffix: Int32Array;
  /** The next node on the chain of suffixes at which a pattern ends, 0 for none. */
  readonly #shorter: Int32Array;

  /**
   * Of equal patterns the first counts. Empty patterns are never found.
   * @throws TokenizerError for a pattern that is too long to be a piece.
   */
  constructor(patterns: readonly string[]) {
    const tooLong = patterns.find(({ length }) => length > LONGEST_PATTERN);
    if (tooLong !== undefined) {
      throw new TokenizerError({
        doing: "use a vocabulary",
        expected: `pieces and special tokens of at most ${LONGEST_PATTERN} characters`,
        found: `one of ${tooLong.length}, which begins with ${JSON.stringify(tooLong.slice(0, 40))}`,
      });
    }
    this.#children = new PairTable(patterns.length * 8);
    const parents: number[] = [0];
    const units: number[] = [0];
    const depths: number[] = [0];
    const ends: number[] = [-1];
    for (const [index, pattern] of patterns.entries()) {
      let node = 0;
      for (let i = 0; i < pattern.length; i++) {
        const unit = pattern.charCodeAt(i);
        const slot = this.#children.find(node, unit);
        if (slot >= 0) {
          node = this.#children.productAt(slot);
          continue;
        }
        this.#children.add(node, unit, 0, ends.length);
        parents.push(node);
        units.push(unit);
        depths.push(i + 1);
        node = ends.push(-1) - 1;
      }
      if (node !== 0 && ends[node] < 0) ends[node] = index;
    }
    this.#ends = Int32Array.from(ends);
    this.#suffix = new Int32Array(ends.length);
    this.#shorter = new Int32Array(ends.length);
    const byDepth = Uint32Array.from(ends.keys()).sort((a, b) => depths[a] - depths[b]);
    for (const node of byDepth) {
      if (depths[node] > 1) this.#suffix[node] = this.step(this.#suffix[parents[node]], units[node]);
      const suffix = this.#suffix[node];
      this.#shorter[node] = this.#ends[suffix] >= 0 ? suffix : this.#shorter[suffix];
    }
  }

  /** The node after one more UTF-16 unit of the text; 0 before the first. */
  step(node: number, unit: number): number {
    for (let from = node; ; from = this.#suffix[from]) {
      const slot = this.#children.find(from, unit);
      if (slot >= 0) return this.#children.productAt(slot);
      if (from === 0) return 0;
    }
  }

  /** The node of the longest pattern that ends here; 0 for none. */
  firstEnd(node: number): number {
    return this.#ends[node] >= 0 ? node : this.#shorter[node];
  }
  /** The next, with a shorter pattern; 0 for none. */
  nextEnd(node: number): number {
    return this.#shorter[node];
  }
  /** Index of the pattern that ends at a node from `firstEnd` or `nextEnd`. */
  patternAt(node: number): number {
    return this.#ends[node];
  }
}
