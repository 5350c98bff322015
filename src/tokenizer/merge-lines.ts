/**
 * A vocabulary's list of merges, looked up by text: the table of all merges takes up to a third of a second, a short text
 * a thousandth of that. The same merges as `pairsFromMerges`.
 */
import type { Pairs } from "./merge.ts";
import { checkedSpace } from "./merge-rules.ts";
import type { SymbolTable } from "./symbols.ts";
import { continueHash, HASH_SEED, isTextAt, slotsFor } from "./text-hash.ts";

/** Pairs whose slot is the rank: the place in the list. */
export class MergeLines implements Pairs {
  readonly #symbols: SymbolTable;
  /** "left right" */
  readonly #merges: readonly string[];
  readonly #mask: number;
  /** By slot of the hash table: 1 + rank, 0 if it is free. */
  readonly #ranks: Uint32Array;

  /** Checks all merges. Throws TokenizerError. */
  constructor(merges: readonly string[], name: string, symbols: SymbolTable) {
    this.#symbols = symbols;
    this.#merges = merges;
    this.#ranks = new Uint32Array(slotsFor(merges.length));
    this.#mask = this.#ranks.length - 1;
    const hashes = new Int32Array(this.#ranks.length);
    for (let rank = 0; rank < merges.length; rank++) {
      const merge = merges[rank];
      checkedSpace(merge, name);
      const hash = continueHash(HASH_SEED, merge, 0, merge.length);
      let slot = hash & this.#mask;
      for (; this.#ranks[slot] !== 0; slot = (slot + 1) & this.#mask) {
        if (hashes[slot] === hash && merges[this.#ranks[slot] - 1] === merge) break;
      }
      // The first of equal merges counts.
      if (this.#ranks[slot] !== 0) continue;
      this.#ranks[slot] = rank + 1;
      hashes[slot] = hash;
    }
  }

  find(left: number, right: number): number {
    if (left < 0 || right < 0) return -1;
    const first = this.#symbols.textOf(left);
    const second = this.#symbols.textOf(right);
    const space = first.length;
    let hash = continueHash(HASH_SEED, first, 0, space);
    hash = continueHash(continueHash(hash, " ", 0, 1), second, 0, second.length);
    for (let slot = hash & this.#mask; this.#ranks[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const rank = this.#ranks[slot] - 1;
      const merge = this.#merges[rank];
      // The first space separates: "a b c" merges no "a b" with "c".
      const isIt =
        merge.length === space + 1 + second.length &&
        merge.indexOf(" ", 1) === space &&
        isTextAt(merge, 0, first, 0, space) &&
        isTextAt(merge, space + 1, second, 0, second.length);
      if (isIt) return rank;
    }
    return -1;
  }
  rankAt(rank: number): number {
    return rank;
  }
  productAt(rank: number): number {
    const merge = this.#merges[rank];
    return this.#symbols.internAround(merge, merge.indexOf(" ", 1));
  }
}
