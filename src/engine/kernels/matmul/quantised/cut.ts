/** How a product is split: the tiles of each target, the rows and tokens of each task, and the working memory. */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import type { Target } from "../../../jit/target.ts";
import { fileLayoutBytes } from "../layout/file-layout.ts";
import { groupBytes } from "../layout/interleave.ts";
import { BLOCKS, SPREAD } from "./activations.ts";
import { panelBytes, runsOf } from "./code-sources.ts";
import { rowByRowBytes } from "./from-file-blocks.ts";
import { rowsBytes } from "./from-file-rows.ts";
import { tileSumBytes, usesMatrixTiles } from "./tile-amx.ts";
import type { TileShape } from "./tile-straight.ts";
import {
  groupsTogether,
  isSplit,
  isUniform,
  multipliesBytes,
  type QuantisedType,
  RUN,
  takesWholeBytes,
} from "./types/block-type.ts";

/**
 * Bytes of activations that a range of tokens may have. Each range packs or unpacks every group again, which costs more than
 * reading activations from a third-level cache; smaller tiles read them more often, so theirs should fit the second level.
 */
const RANGE_BYTES = { large: 1300 << 10, matrix: 800 << 10, small: 400 << 10 };
/** Tokens of a large tile. */
const LARGE_TILE = 16;
/** Ranges are multiples of this many tokens. */
const RANGE_STEP = 48;

/** Tiles of a target, largest first. The number of tokens processed at once is limited by the registers. */
export interface Tiles {
  /** Directly from packed blocks. Empty if unpacking into a panel is always better. */
  readonly fewTokens: readonly TileShape[];
  /** From a panel into which the group was unpacked. Empty if unpacking on the fly is as fast. */
  readonly manyTokens: readonly TileShape[];
  /** Fewest tokens for which a kernel for all pays: it writes a panel, if there are tiles for one. For fewer there are short kernels. */
  readonly panelTokens: number;
}

/** Fewest tokens for which a panel pays beside tiles of a few tokens. */
const PANEL_TOKENS = 12;
/** The same beside tiles of eight tokens, which unpack faster than a panel is written up to some 64 tokens. */
const PANEL_TOKENS_AFTER_EIGHT = 33;

export function tilesOf(type: QuantisedType, target: Target): Tiles {
  const one = { tokens: 1, together: 1 };
  const panelTokens = PANEL_TOKENS;
  if (usesLoops(target))
    return {
      fewTokens: isUniform(type) ? [one] : [],
      manyTokens: [{ tokens: 4, together: 4 }, one],
      panelTokens,
    };
  const streamed = (tokens: number): TileShape => ({ tokens, together: tokens });
  if (target.isa !== "avx512" && target.vectorRegisters < 32) {
    const halves = type.grid !== undefined ? 2 : type.offset !== undefined ? 3 : 4;
    const small = isSplit(type, target) ? 3 : type.parts === 2 ? halves : 4;
    const many = type.parts === 2 || isSplit(type, target) ? [4, 2] : [6, 4, 2];
    return { fewTokens: [streamed(small), one], manyTokens: [...many.map(streamed), one], panelTokens };
  }
  if (!takesWholeBytes(target))
    return { fewTokens: [one], manyTokens: [{ tokens: 8, together: 1 }, one], panelTokens };
  const small = { tokens: 4, together: 2 };
  // Sums of four tokens hide the latency of their products. Two parts of a run have twice as many sums.
  const large = { tokens: LARGE_TILE, together: type.parts === 1 && target.native.has("dot4") ? 4 : 2 };
  // Blocks of several runs need long unpacking code: generate it for the panel, not again for the largest tile.
  if (runsOf(type) > 1)
    return {
      fewTokens: [{ tokens: 8, together: 2 }, small, { tokens: 2, together: 2 }, one],
      manyTokens: [large, { tokens: 8, together: 2 }, small, one],
      panelTokens: usesMatrixTiles(type, target) ? PANEL_TOKENS : PANEL_TOKENS_AFTER_EIGHT,
    };
  return { fewTokens: [large, streamed(8), small, one], manyTokens: [], panelTokens };
}

/**
 * Steps that a kernel computes well: "all" others; "few" tokens, fewer than a panel pays for; "file": very few with complete
 * groups of a weight in the file's layout, without tiles; "lean": any, with little code, until another kernel is worth its compiling.
 */
export type Extent = "all" | "few" | "file" | "lean";

/** Most tokens of a tile of a lean kernel. */
const LEAN_TOKENS = 4;

/** The tiles of a kernel, and whether they read a panel. */
export function tilesFor(extent: Extent, type: QuantisedType, target: Target) {
  const { fewTokens, manyTokens, panelTokens } = tilesOf(type, target);
  const upTo = (tiles: readonly TileShape[], most: number) => tiles.filter(({ tokens }) => tokens <= most);
  if (extent === "few") return { shapes: upTo(fewTokens, panelTokens - 1), fromPanel: false };
  const fromPanel = manyTokens.length > 0;
  const shapes = fromPanel ? manyTokens : fewTokens;
  return { shapes: extent === "lean" ? upTo(shapes, LEAN_TOKENS) : shapes, fromPanel };
}

/** True if tiles loop over the words of a run (tile-looped.ts). */
export const usesLoops = (target: Target): boolean => target.isa === "wasm";

/** Rows that a kernel processes at once. */
export const rowsTogether = (target: Target): number => target.lanes * groupsTogether(target);

/**
 * With at least this many tokens, matrix tiles are faster than the vector kernels. They unpack every group first, and
 * compute tokens by sixteens, so they pay later where the vector kernels need no panel.
 */
export function matrixTokens(type: QuantisedType): number {
  return runsOf(type) > 1 ? 32 : 96;
}

/** Tokens of a task: whole tiles of any shape. */
export function tokensPerTask(type: QuantisedType, columns: number, target: Target): number {
  const bytes = (columns / RUN) * BLOCKS.runBytes;
  const [largest] = tilesFor("all", type, target).shapes;
  const tiles = largest.tokens >= LARGE_TILE ? "large" : "small";
  const range = RANGE_BYTES[usesMatrixTiles(type, target) ? "matrix" : tiles];
  return Math.max(1, Math.floor(range / bytes / RANGE_STEP)) * RANGE_STEP;
}

/** Most bytes of a panel that are multiplied with all tokens before the next ones: a third of a first-level cache. */
const CHUNK_BYTES = 12 << 10;

/**
 * Runs of a panel that are multiplied with all tokens of a task before the next ones. With few registers the tiles are
 * small and read the panel often, so it should stay in the first-level cache, with the activations of a tile.
 */
export function chunkRuns(type: QuantisedType, columns: number, target: Target): number {
  const runs = columns / RUN;
  if (usesLoops(target) || target.vectorRegisters >= 32) return runs;
  return Math.ceil(runs / Math.ceil(panelBytes(type, target, columns) / CHUNK_BYTES));
}

/** Offsets in the working memory of a thread, which begins with a panel, and its size. */
export interface ScratchLayout {
  /** Spread activations, or the sums of matrix tiles. */
  readonly afterPanel: number;
  /** Sums of all tokens of a task between two chunks of the panel. */
  readonly sums: number;
  /** For a group of a weight in the file's layout. */
  readonly packed: number;
  readonly bytes: number;
}

export function scratchLayout(type: QuantisedType, columns: number, target: Target): ScratchLayout {
  const tokens = tokensPerTask(type, columns, target);
  const matrix = usesMatrixTiles(type, target);
  const afterPanel =
    matrix || tilesOf(type, target).manyTokens.length > 0 ? panelBytes(type, target, columns) : 0;
  const spread = multipliesBytes(type, target) ? 0 : tokens * (columns / RUN) * SPREAD.runBytes;
  const sums = afterPanel + spread + (matrix ? tileSumBytes(type) : 0);
  const isWhole = chunkRuns(type, columns, target) === columns / RUN;
  const packed = Math.ceil((sums + (isWhole ? 0 : 4 * target.lanes * tokens)) / 64) * 64;
  const group = groupBytes(type.dtype, target.lanes, columns);
  const blocks = columns / dtypeInfo(type.dtype).blockLength;
  const byRows = Math.max(rowByRowBytes(type, blocks, target), rowsBytes(type, blocks, target));
  const bytes = packed + fileLayoutBytes(target, Math.max(group, byRows));
  return { afterPanel, sums, packed, bytes };
}
