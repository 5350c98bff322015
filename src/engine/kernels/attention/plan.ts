/** Sizes of the attention kernel for one model and target, and the layout of its working memory. */
import type { Target } from "../../jit/target.ts";
import type { CacheShape, CacheType } from "./cache-layout.ts";
import { CELLS_BYTES } from "./cells.ts";

export interface AttentionShape extends CacheShape {
  /** Query heads that share a key head. */
  readonly group: number;
  /** True if a token sees only a window of the past. */
  readonly windowed: boolean;
}

/** Slots after which the running maximum is updated. */
const TILE_SLOTS = 64;
/** Slots whose softmax is computed separately and then merged with that of earlier slots: see chunks.ts. */
const CHUNK_SLOTS = 256;
/** Query rows (heads × tokens) of a task. They share the keys and values that the task reads. */
const BLOCK_ROWS = 32;

/** The blocks that runs of 1 to `tokens` tokens are divided into: with many heads in a group small blocks are left out. */
function blocksFor(all: readonly Block[], group: number, tokens: number): Block[] {
  const used = new Set<Block>();
  for (let run = 1; run <= tokens; run++) {
    let left = run * group;
    for (const block of all) {
      if (left >= block.rows) used.add(block);
      left %= block.rows;
    }
  }
  return all.filter((block) => used.has(block));
}

/** Accumulators that a product keeps in registers: rows × vectors (of slots for scores, of elements for sums). */
export interface Block {
  readonly rows: number;
  readonly scoreVectors: number;
  readonly sumVectors: number;
}

/** Blocks of each target, from the most rows to 1 row. Blocks of fewer rows have more vectors per row. */
const BLOCKS: Readonly<Record<Target["isa"], readonly Block[]>> = {
  avx512: [
    { rows: 8, scoreVectors: 2, sumVectors: 2 },
    { rows: 4, scoreVectors: 4, sumVectors: 4 },
    { rows: 2, scoreVectors: 4, sumVectors: 4 },
    { rows: 1, scoreVectors: 4, sumVectors: 8 },
  ],
  avx2: [
    { rows: 4, scoreVectors: 2, sumVectors: 2 },
    { rows: 2, scoreVectors: 2, sumVectors: 4 },
    { rows: 1, scoreVectors: 4, sumVectors: 4 },
  ],
  wasm: [
    { rows: 4, scoreVectors: 2, sumVectors: 2 },
    { rows: 1, scoreVectors: 4, sumVectors: 4 },
  ],
  interpreter: [
    { rows: 4, scoreVectors: 2, sumVectors: 2 },
    { rows: 1, scoreVectors: 4, sumVectors: 4 },
  ],
};

export interface AttentionPlan extends AttentionShape {
  readonly cache: CacheType;
  readonly lanes: number;
  readonly blocks: readonly Block[];
  /** Vectors that hold the slots of a page, or the elements of a head. */
  readonly pageVectors: number;
  readonly headVectors: number;
  /** Pages of a tile, tiles of a chunk. */
  readonly tilePages: number;
  readonly chunkTiles: number;
  /** Bytes of a row of weights in working memory. */
  readonly weightRowBytes: number;
  readonly state: StateRow;
  /** Most tokens of a task. */
  readonly tokens: number;
  /** Offsets in a thread's working memory. */
  readonly table: number;
  readonly positions: number;
  readonly rescales: number;
  readonly queries: number;
  readonly states: number;
  readonly merged: number;
  readonly weights: number;
  readonly byteLength: number;
}

/** Softmax of a row over some slots: offsets of total l (in parts, lane by lane), maximum m and weighted sums. */
export interface StateRow {
  readonly total: number;
  readonly maximum: number;
  readonly sums: number;
  readonly byteLength: number;
}

/** At most this many blocks of tokens may be split into chunks: the first ones of a step. */
export const TABLE_BLOCKS = 32;
/** Bytes of a block's row in the table of splittable blocks (tasks.ts). */
export const TABLE_ROW_BYTES = 32;

/** @param run the most tokens of a sequence in a step, if the kernel is for few. */
export function planAttention(
  shape: AttentionShape,
  cache: CacheType,
  { lanes, isa }: Target,
  run = Number.POSITIVE_INFINITY,
): AttentionPlan {
  const { group, headDim, pageSize } = shape;
  const tokens = Math.max(1, Math.floor(BLOCK_ROWS / group));
  const rows = tokens * group;
  const pageVectors = Math.ceil(pageSize / lanes);
  const headVectors = Math.ceil(headDim / lanes);
  const tilePages = Math.max(1, Math.floor(TILE_SLOTS / pageSize));
  const weightRowBytes = 4 * lanes * pageVectors * tilePages;
  const tileSlots = tilePages * pageSize;
  const state = {
    total: 0,
    maximum: 4 * lanes,
    sums: 8 * lanes,
    byteLength: 4 * lanes * (2 + headVectors),
  };
  let end = CELLS_BYTES;
  const take = (byteLength: number): number => {
    const at = end;
    end += Math.ceil(byteLength / 64) * 64;
    return at;
  };
  return {
    ...shape,
    cache,
    lanes,
    blocks: blocksFor(BLOCKS[isa], group, Math.min(tokens, run)),
    pageVectors,
    headVectors,
    tilePages,
    chunkTiles: Math.max(1, Math.floor(CHUNK_SLOTS / tileSlots)),
    weightRowBytes,
    state,
    tokens,
    table: take(TABLE_BLOCKS * TABLE_ROW_BYTES),
    positions: take(4 * rows),
    rescales: take(4 * rows),
    queries: take(4 * headDim * rows),
    states: take(state.byteLength * rows),
    merged: take(state.byteLength * rows),
    weights: take(weightRowBytes * rows),
    get byteLength() {
      return end;
    },
  };
}
