/** What packs a part of a block of the second operand: its arguments, shared by all forms of packing. */
import type { Arguments, Kernel } from "../../../jit/builder.ts";

export const PACK_ARGUMENTS = {
  source: "ptr",
  depth: "int",
  columns: "int",
  /** First column of the block, and of the next. */
  start: "int",
  end: "int",
  /** First term of the block, and how many it has. */
  term: "int",
  terms: "int",
  /** Number of the part: of [columns][depth] a panel, of [depth][columns] some terms of all panels. */
  part: "int",
  to: "ptr",
} as const;
export type BlockSource = Arguments<typeof PACK_ARGUMENTS>;
export type PackKernel = Kernel<typeof PACK_ARGUMENTS>;
