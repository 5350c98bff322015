/** What copies a chunk of the first operand for a task: its arguments, shared by all forms of copying. */
import type { Arguments, Kernel } from "../../../jit/builder.ts";

export const COPY_ARGUMENTS = {
  /** The operand, and its sizes. */
  source: "ptr",
  rows: "int",
  depth: "int",
  /** The task's first row, and the one behind its last. */
  row: "int",
  rowEnd: "int",
  /** The chunk's first term, and how many it has. */
  term: "int",
  terms: "int",
  to: "ptr",
} as const;
export type CopyPlaces = Arguments<typeof COPY_ARGUMENTS>;
export type CopyKernel = Kernel<typeof COPY_ARGUMENTS>;
