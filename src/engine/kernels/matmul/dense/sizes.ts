/** How a dense product is cut: tiles by target, blocks by task, and how much of the second operand is packed at once. */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { Target } from "../../../jit/target.ts";

/** Vectors of columns of a tile. Two per row: a broadcast of the first operand serves both. */
export const TILE_VECTORS = 2;

/** Columns of a tile, and of a panel of the second operand. */
export function tileColumns(target: Pick<Target, "lanes">): number {
  return TILE_VECTORS * target.lanes;
}

/** Rows of each tile of vectors, largest first: sums for all of them, two vectors and a broadcast fill the registers. */
export function tileRows(target: Target): readonly number[] {
  if (target.isa === "wasm" || target.vectorRegisters < 16) return [4, 1];
  return target.vectorRegisters >= 32 ? [14, 4, 1] : [6, 2, 1];
}

/** Rows of a tile made of four matrix tiles. */
export const MATRIX_ROWS = 32;

/** Whether whole tiles of a product go through matrix tiles. */
export function usesMatrixTiles(precision: MatmulPrecision, target: Target): boolean {
  return precision === "bf16" && target.native.has("tilesBf16");
}

/** Words of a sum that are added before the sum goes to memory: a chunk of both operands' blocks stays in caches. */
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
 * Columns of a task at most. f32: a chunk of them, of the rows, and the sums lie in a second-level cache of 1 MB. Rounding
 * the first operand, which every task does anew, costs too much for so few columns.
 */
const TASK_COLUMNS: Readonly<Record<MatmulPrecision, number>> = { f32: 384, bf16: 2048 };
/** Tasks for each thread at least, where there are rows and columns enough: threads do not advance evenly. */
const TASKS_PER_THREAD = 4;

export interface TaskSizes {
  /** At the largest step. */
  readonly rows: number;
  /** Columns of a packed block. */
  readonly block: number;
  readonly precision: MatmulPrecision;
  readonly target: Target;
}

/** What a task takes. */
export interface TaskCut {
  readonly rows: number;
  readonly panels: number;
}

/**
 * Each task reads its rows anew, so more panels are better, as long as all threads have enough to do. Where reading is
 * rounding, fewer rows come before fewer panels; they stay whole matrix tiles, so that the cut changes no bits.
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
 * What is packed at once. All columns, if some chunks of them fit: then the first operand is read once. Else all terms of
 * some columns.
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
