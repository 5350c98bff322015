/**
 * How attention for training is split, and the layout of a thread's working memory. Scores exist only for one block of
 * rows and columns at a time. Rows are queries and columns are keys; for the gradients of keys and values the reverse.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import { TILE_BLOCK } from "../../matmul/dense/tile.ts";
import { PRODUCT } from "./product.ts";

/** Rows of a task. Few, since a block on the diagonal is half masked. */
export const ROWS = 32;
/** Columns of a block of scores: a multiple of every target's panel. */
export const COLUMNS = 64;
/** Tokens that a packing task packs: a multiple of every target's panel. */
export const PART_TOKENS = 32;

const FLOAT = 4;
const BLOCK_BYTES = FLOAT * ROWS * COLUMNS;
/** Bytes from one row of scores to the next. */
export const SCORES_STRIDE = FLOAT * COLUMNS;

/** Sizes of the parts of a thread's working memory in bytes. */
const PARTS = {
  /** Arguments of the called kernel, and of the tiles that it calls. */
  arguments: 64 * Math.ceil(PRODUCT.blockBytes / 64),
  tileArguments: 64 * Math.ceil(TILE_BLOCK / 64),
  /** Integers of the task; see task.ts. */
  task: 64,
  /** [ROWS][COLUMNS]: scores, then weights. */
  scores: BLOCK_BYTES,
  /** [ROWS][COLUMNS]: gradients of weights, then of scores. */
  gradients: BLOCK_BYTES,
  /** Forward, for each row: the greatest score so far, and the sum of exponentials. */
  maxima: FLOAT * ROWS,
  sums: FLOAT * ROWS,
  /** For each column: L, D, and the first row that it sees. */
  columnL: SCORES_STRIDE,
  columnD: SCORES_STRIDE,
  columnStarts: SCORES_STRIDE,
} as const;
export type Part = keyof typeof PARTS;

const OFFSETS = {} as Record<Part, number>;
let end = 0;
for (const [part, bytes] of Object.entries(PARTS)) {
  OFFSETS[part as Part] = end;
  end += bytes;
}
/** Bytes of working memory of a thread. */
export const OWN_BYTES = end;

/** Address of a part of the thread's working memory. */
export function partOf(k: KernelBuilder, own: Operand<"ptr">, part: Part): Value<"ptr"> {
  return k.offset(own, OFFSETS[part]);
}
