/**
 * Integers of a task and of its block of columns, kept in the thread's working memory because registers are too few.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import { partOf } from "./sizes.ts";

const CELLS = [
  /** The task's head and rows, [start, start + count). */
  "head",
  "start",
  "count",
  /** The block: rows [column, column + columns) of a packed head. */
  "packedHead",
  "column",
  "columns",
  /** 0 until the first contribution to the task's results, then 1. */
  "adds",
] as const;
type Cell = (typeof CELLS)[number];

/** Reading a cell generates a load at that place in the code. */
export type Task = { readonly [Name in Cell]: Value<"int"> };

const placeOf = (k: KernelBuilder, own: Operand<"ptr">, cell: Cell) => ({
  base: partOf(k, own, "task"),
  disp: 8 * CELLS.indexOf(cell),
});

export function taskIn(k: KernelBuilder, own: Operand<"ptr">): Task {
  const task = {};
  for (const cell of CELLS) {
    Object.defineProperty(task, cell, { get: () => k.loadInt("i64", placeOf(k, own, cell)) });
  }
  return task as Task;
}

/** Sets some cells. */
export function setTask(
  k: KernelBuilder,
  own: Operand<"ptr">,
  cells: Readonly<Partial<Record<Cell, Operand<"int">>>>,
): void {
  for (const [cell, value] of Object.entries(cells)) {
    k.storeInt("i64", placeOf(k, own, cell as Cell), value);
  }
}
