/**
 * How a dense product is split: tiles per target, tasks per block, and how much of the second operand is packed at
 * once.
 */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { Target } from "../../../jit/target.ts";

/** Vectors of columns of a tile. Two per row: a broadcast of the first operand serves both. */
export const TILE_VECTORS = 2;

/** Columns of a tile, and of a panel of the second operand. */
export function tileColumns(target: Pick<Target, "lanes">): number {
  return TILE_VECTORS * target.lanes;
}

/** Rows of each vector tile, largest first. The sums of all rows, two vectors and a broadcast fill the registers. */
export function tileRows(target: Target): readonly number[] {
  if (target.isa === "wasm" || target.vectorRegisters < 16) return [4, 1];
  return target.vectorRegisters >= 32 ? [14, 4, 1] : [6, 2, 1];
}

/** Rows of a tile made of four matrix tiles. */
export const MATRIX_ROWS = 32;

/** Whether a product uses matrix tiles for its whole tiles. */
export function usesMatrixTiles(precision: MatmulPrecision, target: Target): boolean {
  return precision === "bf16" && target.native.has("tilesBf16");
}

/** Words that are summed in registers before the sum is written to memory. A chunk of both operands stays in caches. */
export const CHUNK_WORDS = 256;

/** Terms of a chunk. */
export function chunkTerms(precision: MatmulPrecision): number {
  return precision === "bf16" ? 2 * CHUNK_WORDS : CHUNK_WORDS;
}

/** Tiles of a task: some 100 KB of the first operand per chunk. */
const TASK_TILES = 8;
/** Rows of a task of matrix tiles. */
const MATRIX_TASK_ROWS = 4 * MATRIX_ROWS;

/** Rows of a task at most. */
export function taskRows(precision: MatmulPrecision, target: Target): number {
  return usesMatrixTiles(precision, target) ? MATRIX_TASK_ROWS : TASK_TILES * tileRows(target)[0];
}

/**
 * Most columns of a task. f32: a chunk of the columns, a chunk of the rows, and the sums fit a second-level cache of
 * 1 MB. bf16: every task rounds its part of the first operand again, which only pays off for more columns.
 */
const TASK_COLUMNS: Readonly<Record<MatmulPrecision, number>> = { f32: 384, bf16: 2048 };
/** Fewest tasks per thread, if there are enough rows and columns: threads do not run at the same speed. */
const TASKS_PER_THREAD = 4;

export interface TaskSizes {
  /** At the largest step. */
  readonly rows: number;
  /** Columns of a packed block. */
  readonly block: number;
  readonly precision: MatmulPrecision;
  readonly target: Target;
}

/** The share of one task. */
export interface TaskCut {
  readonly rows: number;
  readonly panels: number;
}

/**
 * Each task reads its rows again, so tasks should have many panels, as long as all threads have enough work. If
 * reading includes rounding, the rows of a task are reduced before its panels. Rows stay multiples of a matrix tile,
 * so that the split does not change results.
 */
export function cutTasks({ rows, block, precision, target }: TaskSizes, threads: number): TaskCut {
  const wanted = TASKS_PER_THREAD * threads;
  const all = Math.ceil(block / tileColumns(target));
  const most = Math.floor(TASK_COLUMNS[precision] / tileColumns(target));
  const mostRows = taskRows(precision, target);
  const fewest = usesMatrixTiles(precision, target) ? MATRIX_ROWS : mostRows;
  const even = Math.floor((rows * Math.ceil(all / most)) / wanted / fewest) * fewest;
  const ofTask = Math.min(mostRows, Math.max(fewest, even));
  const share = Math.ceil(all / Math.ceil(wanted / Math.ceil(rows / ofTask)));
  return { rows: ofTask, panels: Math.max(1, Math.min(most, share)) };
}

/** Bytes of the second operand that are packed at once. */
const PACKED_BYTES = 8 << 20;

export interface PackedBlock {
  /** Whole panels. */
  readonly columns: number;
  /** Whole chunks, or all terms. */
  readonly terms: number;
}

/**
 * The part of the second operand that is packed at once: all columns, if a few chunks of them fit, because the first
 * operand is then read once; otherwise all terms of some columns.
 */
export function packedBlock(
  depth: number,
  columns: number,
  precision: MatmulPrecision,
  target: Target,
): PackedBlock {
  const width = tileColumns(target);
  const whole = Math.ceil(columns / width) * width;
  const chunk = chunkTerms(precision);
  const chunks = Math.floor(PACKED_BYTES / (4 * whole * CHUNK_WORDS));
  if (chunks * chunk >= depth) return { columns: whole, terms: depth };
  if (chunks >= 4) return { columns: whole, terms: chunks * chunk };
  const fitting = Math.max(1, Math.floor((PACKED_BYTES * chunk) / (4 * depth * CHUNK_WORDS * width))) * width;
  return { columns: Math.min(fitting, whole), terms: depth };
}

/** Bytes of a packed block: bf16 terms fill whole groups. */
export function packedBytes({ columns, terms }: PackedBlock, precision: MatmulPrecision): number {
  const words = precision === "bf16" ? 16 * Math.ceil(terms / 32) : terms;
  return 64 * Math.ceil((4 * columns * words) / 64);
}
