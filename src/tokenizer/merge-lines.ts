/**
 * A vocabulary's list of merges, looked up by text: the table of all merges takes up to a third of a second, a short text
 * a thousandth of that. The same merges as `pairsFromMerges`.
 */
import type { Pairs } from "./merge.ts";
import { checkedSpace } from "./merge-rules.ts";
import type { SymbolTable } from "./symbols.ts";
import { TextTable } from "./text-table.ts";

/** Pairs whose slot is the rank: the place in the list, of equal merges that of the first. */
export class MergeLines implements Pairs {
  readonly #symbols: SymbolTable;
  /** "left right" */
  readonly #lines: TextTable;

  /** Checks all merges. Throws TokenizerError. */
  constructor(merges: readonly string[], name: string, symbols: SymbolTable) {
    for (const merge of merges) checkedSpace(merge, name);
    this.#symbols = symbols;
    this.#lines = new TextTable(merges);
  }

  find(left: number, right: number): number {
    if (left < 0 || right < 0) return -1;
    const first = this.#symbols.textOf(left);
    const line = `${first} ${this.#symbols.textOf(right)}`;
    // The first space separates: "a b c" merges no "a b" with "c".
    return line.indexOf(" ", 1) === first.length ? (this.#lines.find(line) ?? -1) : -1;
  }
  rankAt(rank: number): number {
    return rank;
  }
  productAt(rank: number): number {
    const merge = this.#lines.textOf(rank);
    return this.#symbols.internAround(merge, merge.indexOf(" ", 1));
  }
}
