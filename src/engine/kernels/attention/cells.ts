/** Integers in working memory that live too long for registers. */

import type { KernelBuilder } from "../../jit/builder.ts";
import type { Operand, Value } from "../../jit/language/core.ts";

export const CELLS = [
  // The step: see tasks.ts.
  "blockTokens",
  "blocks",
  "tableBlocks",
  "tableTasks",
  "ownState",
  // The task.
  "task",
  "kvHead",
  "block",
  "blockStart",
  "blockEnd",
  "chunk",
  "record",
  // The run of tokens: its first token, its length, its rows, its place in the sequence.
  "token",
  "run",
  "rows",
  "pageRow",
  "position",
  "first",
  "last",
  // Within the run.
  "tile",
  "tileEnd",
  "chunkEnd",
  "tilePages",
  "state",
  "row",
] as const;
export type Cell = (typeof CELLS)[number];

/** Bytes at the start of working memory for the cells. */
export const CELLS_BYTES = Math.ceil((8 * CELLS.length) / 64) * 64;

export class Cells {
  readonly #k: KernelBuilder;
  readonly base: Value<"ptr">;
  constructor(k: KernelBuilder, base: Value<"ptr">) {
    this.#k = k;
    this.base = base;
  }
  get(cell: Cell): Value<"int"> {
    return this.#k.loadInt("i64", { base: this.base, disp: 8 * CELLS.indexOf(cell) });
  }
  set(cell: Cell, value: Operand<"int">): void {
    this.#k.storeInt("i64", { base: this.base, disp: 8 * CELLS.indexOf(cell) }, value);
  }
}
