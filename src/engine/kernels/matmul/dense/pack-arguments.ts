/** Arguments of the kernels that pack a part of a block of the second operand. */
import type { Arguments, Kernel } from "../../../jit/builder.ts";

export const PACK_ARGUMENTS = {
  source: "ptr",
  depth: "int",
  columns: "int",
  /** First column of the block, and of the next. */
  start: "int",
  end: "int",
  /** First term of the block, and its number of terms. */
  term: "int",
  terms: "int",
  /** Index of the part. A part is one panel of [columns][depth], or some terms of all panels of [depth][columns]. */
  part: "int",
  to: "ptr",
} as const;
export type BlockSource = Arguments<typeof PACK_ARGUMENTS>;
export type PackKernel = Kernel<typeof PACK_ARGUMENTS>;
