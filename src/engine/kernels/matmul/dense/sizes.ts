/** How a dense product is cut: tiles by target, blocks by task, and how much of the second operand is packed at once. */
import type { Target } from "../../../jit/target.ts";

/** Vectors of columns of a tile. Two per row: a broadcast of the first operand serves both. */
export const TILE_VECTORS = 2;

/** Columns of a tile, and of a panel of the second operand. */
export function tileColumns(target: Pick<Target, "lanes">): number {
  return TILE_VECTORS * target.lanes;
}

/** Rows of each tile, largest first: sums for all of them, two vectors and a broadcast fill the registers. */
export function tileRows(target: Target): readonly number[] {
  if (target.isa === "wasm" || target.vectorRegisters < 16) return [4, 1];
  return target.vectorRegisters >= 32 ? [14, 4, 1] : [6, 2, 1];
}

/** Terms of a sum that are added before the sum goes to memory: a chunk of both operands' blocks stays in caches. */
export const CHUNK = 256;
/** Tiles of a task: some 100 KB of the first operand per chunk. */
const TASK_TILES = 8;

export function taskRows(target: Target): number {
  return TASK_TILES * tileRows(target)[0];
}

/** Columns of a task at most: a chunk of them, of the rows, and the sums lie in a second-level cache of 1 MB. */
const TASK_COLUMNS = 384;
/** Tasks for each thread at least, where there are columns enough: threads do not advance evenly. */
const TASKS_PER_THREAD = 4;

/** Panels of a task. Each task reads its rows anew, so more is better, as long as all threads have enough to do. */
export function taskPanels(rows: number, block: number, threads: number, target: Target): number {
  const width = tileColumns(target);
  const rowTasks = Math.ceil(rows / taskRows(target));
  const columnTasks = Math.ceil((TASKS_PER_THREAD * threads) / rowTasks);
  const share = Math.ceil(block / width / columnTasks);
  return Math.max(1, Math.min(Math.floor(TASK_COLUMNS / width), share));
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
export function packedBlock(depth: number, columns: number, bytes: number, target: Target): PackedBlock {
  const width = tileColumns(target);
  const whole = Math.ceil(columns / width) * width;
  const terms = Math.floor(PACKED_BYTES / (bytes * whole * CHUNK)) * CHUNK;
  if (terms >= depth) return { columns: whole, terms: depth };
  if (terms >= 4 * CHUNK) return { columns: whole, terms };
  const fitting = Math.max(1, Math.floor(PACKED_BYTES / (bytes * depth * width))) * width;
  return { columns: Math.min(fitting, whole), terms: depth };
}
