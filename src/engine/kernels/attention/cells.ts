/** Whole numbers in working memory: what is too long-lived for registers. */
import type { Operand, Value } from "../../kernel/build/core.ts";
import type { KernelBuilder } from "../../kernel/builder.ts";

export const CELLS = [
  "task",
  "blockCount",
  "kvHead",
  "token",
  "blockEnd",
  "run",
  "rows",
  "row",
  "pageRow",
  "first",
  "last",
  "tile",
  "tileEnd",
  "tilePages",
] as const;
export type Cell = (typeof CELLS)[number];

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
