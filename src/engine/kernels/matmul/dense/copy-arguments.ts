/** Arguments of the kernels that copy a chunk of the first operand for a task. */
import type { Arguments, Kernel } from "../../../jit/builder.ts";

export const COPY_ARGUMENTS = {
  /** The operand, and its sizes. */
  source: "ptr",
  rows: "int",
  depth: "int",
  /** The task's first row, and the one after its last. */
  row: "int",
  rowEnd: "int",
  /** The chunk's first term, and its number of terms. */
  term: "int",
  terms: "int",
  to: "ptr",
} as const;
export type CopyPlaces = Arguments<typeof COPY_ARGUMENTS>;
export type CopyKernel = Kernel<typeof COPY_ARGUMENTS>;
