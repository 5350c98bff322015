/** Sizes of products with rows of float weights (rows.ts): what a group, a block, a range of tokens and working memory hold. */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { Target } from "../../../jit/target.ts";
import { ARITHMETIC } from "./arithmetic.ts";

/** Partial sums of a row and a token. */
export const PARTIALS = 16;
/**
 * Columns of a block of a group's rows, which stays in the first-level cache beside the activations of a tile; with few
 * registers a tile has less to do for each value that it reads.
 */
export const blockColumns = (target: Target): number => (target.vectorRegisters >= 32 ? 1024 : 512);
/** Tokens of each tile, largest first. */
export const TILES = [3, 2, 1] as const;
/** Bytes of activations that a task's range of tokens may have. Each range copies all blocks again. */
const RANGE_BYTES = 1200 << 10;
/** Most tokens of a range, for narrow weights: their partial sums are in working memory. */
const RANGE_TOKENS = 600;
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
  const tiles = Math.min(Math.floor(RANGE_BYTES / bytes), RANGE_TOKENS / TILES[0]);
  return Math.max(1, tiles) * TILES[0];
}

/** Bytes of a block of the widest type. */
export const blockBytes = (target: Target): number => 4 * groupRows(target) * blockColumns(target);

/** Bytes of working memory: a block of a group's rows, then the partial sums of a range: [token][vector][row]. */
export function rowsScratchBytes(columns: number, precision: MatmulPrecision, target: Target): number {
  return blockBytes(target) + 4 * groupRows(target) * tokensPerRange(columns, precision) * PARTIALS;
}

/** Bytes of a group's partial sums. */
export const partialBytes = (target: Target): number => 4 * PARTIALS * groupRows(target);
