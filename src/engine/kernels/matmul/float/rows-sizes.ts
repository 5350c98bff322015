/** Sizes of products with rows of float weights (rows.ts): what a group, a block, a range of tokens and working memory hold. */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { Target } from "../../../jit/target.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import type { FloatType } from "./panels.ts";

/** Partial sums of a row and a token. */
export const PARTIALS = 16;
/** Bytes of a block of a group's rows, which stays in the first-level cache. */
export const BLOCK_BYTES = 16 << 10;
/** Tokens of each tile, largest first. */
export const TILES = [3, 2, 1] as const;
/** Bytes of activations that a task's range of tokens may have: a large part of a second-level cache. */
const RANGE_BYTES = 800 << 10;
/** Columns of an iteration: a cache line of a row of 16-bit numbers. */
export const STRIP = 2 * PARTIALS;

/** Rows of a group, which a task copies together: sums of a tile fill half to three quarters of the registers. */
export const groupRows = (target: Target): number => (target.vectorRegisters >= 32 ? 8 : 4);

/** True if the target multiplies a weight of this shape as it is in the file; else it is packed (panels.ts). */
export function readsRows(rows: number, columns: number, target: Target): boolean {
  return target.isa !== "wasm" && rows >= groupRows(target) && columns % STRIP === 0;
}

/** Vectors of the partial sums. */
export const vectorsOf = ({ lanes }: Pick<Target, "lanes">): number => PARTIALS / lanes;

/** Tokens of a task. */
export function tokensPerRange(columns: number, precision: MatmulPrecision): number {
  const bytes = ARITHMETIC[precision].xBytes * columns * TILES[0];
  return Math.max(1, Math.floor(RANGE_BYTES / bytes)) * TILES[0];
}

/** Columns of a block. */
export const blockColumns = (of: FloatType, target: Target): number =>
  BLOCK_BYTES / (of.bytes * groupRows(target));

/** Bytes of working memory: a block of a group's rows, then the partial sums of a range: [token][vector][row]. */
export function rowsScratchBytes(columns: number, precision: MatmulPrecision, target: Target): number {
  return BLOCK_BYTES + 4 * groupRows(target) * tokensPerRange(columns, precision) * PARTIALS;
}

/** Bytes of a group's partial sums. */
export const partialBytes = (target: Target): number => 4 * PARTIALS * groupRows(target);
