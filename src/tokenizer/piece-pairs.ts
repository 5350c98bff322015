/**
 * Merges of a vocabulary with scores, looked up by text: the table of all merges takes a tenth of a second, a short text a
 * thousandth of that. The same merges as `pairsFromPieces`: two symbols merge if their texts together are a piece.
 */
import type { Pairs } from "./merge.ts";
import { MAX_PIECE_LENGTH } from "./merge-rules.ts";
import type { SymbolTable } from "./symbols.ts";

/** Pairs whose slot is the product. */
export class PiecePairs implements Pairs {
  readonly #symbols: SymbolTable;
  readonly #rankOf: (id: number) => number;

  constructor(symbols: SymbolTable, rankOf: (id: number) => number) {
    this.#symbols = symbols;
    this.#rankOf = rankOf;
  }

  find(left: number, right: number): number {
    if (left < 0 || right < 0) return -1;
    const first = this.#symbols.textOf(left);
    const second = this.#symbols.textOf(right);
    if (first.length + second.length > MAX_PIECE_LENGTH) return -1;
    return this.#symbols.findJoined(first, second) ?? -1;
  }
  rankAt(slot: number): number {
    return this.#rankOf(slot);
  }
  productAt(slot: number): number {
    return slot;
  }
}
