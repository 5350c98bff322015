/**
 * Q4_0 weights × int8 activations, the weights interleaved so that one lane is one output row. There are no
 * horizontal sums, and each output is the same chain of operations for any number of tokens at once, so results
 * do not depend on the batch.
 *
 * A tile holds `lanes` rows. Per block of 32 columns it holds 18 × lanes bytes:
 *
 *   lanes × f16   scale of each row
 *   4 × (lanes × 4 bytes)   byte j of lane r in vector q is byte 4q + j of row r's block: its low nibble is the
 *                           weight of column 4q + j, its high nibble that of column 16 + 4q + j, both plus 8
 *
 * Activations of a token: int8 values; per block of 32 a scale (f32) and −8 · the sum of its values (i32), which
 * takes the 8 out of the weights before it is ever added. The tokens of a group are stored together, block by block,
 * so that all are at constant offsets from one pointer.
 */

import type { KernelBuilder } from "../../src/engine/jit/builder.ts";
import { type Kernel, kernel } from "../../src/engine/jit/builder.ts";
import type { Variable } from "../../src/engine/jit/language/core.ts";

/** Columns of a block. */
export const BLOCK = 32;
const Q4_BLOCK_BYTES = 18;

export const tileBlockBytes = (lanes: number): number => Q4_BLOCK_BYTES * lanes;

export const MATMUL_PARAMETERS = {
  /** Tiles of weights, each of `blocks` blocks. */
  weights: "ptr",
  /** int8 values: per group of tokens and per block, 32 of each token. */
  x: "ptr",
  /** f32 scales: per group and per block, one of each token. */
  scales: "ptr",
  /** i32 offsets, in the order of the scales. */
  offsets: "ptr",
  /** f32 results: row `tile · lanes + lane` of token t at out + t · outStride. */
  out: "ptr",
  /** Bytes from one token's results to the next's. */
  outStride: "int",
  tiles: "int",
  blocks: "int",
  /** Groups of tokens, at least one. */
  groups: "int",
} as const;

/** Pointers into one tile and the activations of one group. */
interface Cursor {
  readonly weights: Variable<"ptr">;
  readonly x: Variable<"ptr">;
  readonly scales: Variable<"ptr">;
  readonly offsets: Variable<"ptr">;
}

/** Prefetch distance of weights, in bytes. */
const PREFETCH_BYTES = 2048;

/** One block of one tile for every token of the group. */
function addBlock(k: KernelBuilder, at: Cursor, sums: readonly Variable<"f32v">[]): void {
  const vector = 4 * k.lanes;
  const packed = (q: number) => k.load("u8v", { base: at.weights, disp: 2 * k.lanes + q * vector });
  const activation = (t: number, column: number) =>
    k.broadcast4("i8v", { base: at.x, disp: BLOCK * t + column });
  // With many tokens the tile stays in the cache; with one token it streams from memory.
  if (sums.length === 1)
    for (let line = 0; line < tileBlockBytes(k.lanes); line += 64)
      k.prefetch({ base: at.weights, disp: PREFETCH_BYTES + line });
  const isums = sums.map((_, t) => k.variable(k.broadcast4("i32v", { base: at.offsets, disp: 4 * t })));
  // Two vectors at once give dot4Sum four groups to add up, which is faster without VNNI.
  const atOnce = k.target.native.has("dot4") ? 1 : 2;
  for (let q = 0; q < 4; q += atOnce) {
    const nibbles = Array.from({ length: atOnce }, (_, i) => {
      const bytes = packed(q + i);
      const column = 4 * (q + i);
      return [
        { column, a: k.lowNibbles(bytes) },
        { column: 16 + column, a: k.highNibbles(bytes) },
      ];
    }).flat();
    for (const [t, isum] of isums.entries()) {
      const groups = nibbles.map(({ a, column }) => ({ a, b: activation(t, column) }));
      isum.set(k.dot4Sum(isum, groups, { max: 15 }));
    }
  }
  const scale = k.loadFloats("f16", at.weights);
  for (const [t, isum] of isums.entries()) {
    const both = k.mul(scale, k.broadcastF32({ base: at.scales, disp: 4 * t }));
    sums[t].set(k.fma(k.toF32(isum), both, sums[t]));
  }
  k.advance(at.weights, tileBlockBytes(k.lanes));
  k.advance(at.x, BLOCK * sums.length);
  k.advance(at.scales, 4 * sums.length);
  k.advance(at.offsets, 4 * sums.length);
}

/** out = weights × activations, for groups of `tokens` tokens. */
export function matmulQ4(tokens: number): Kernel<typeof MATMUL_PARAMETERS> {
  return kernel(`matmul_q4_0_t${tokens}`, MATMUL_PARAMETERS, (k, p) => {
    const [tile, outTile] = [k.variable(p.weights), k.variable(p.out)];
    const [blocks, outStride] = [p.blocks, p.outStride];
    k.loop(0, p.tiles, 1, () => {
      const at: Cursor = {
        weights: k.variable(tile),
        x: k.variable(p.x),
        scales: k.variable(p.scales),
        offsets: k.variable(p.offsets),
      };
      const out = k.variable(outTile);
      k.loop(0, p.groups, 1, () => {
        at.weights.set(tile);
        const sums = Array.from({ length: tokens }, () => k.variable(k.constant("f32v", 0)));
        k.loop(0, blocks, 1, () => addBlock(k, at, sums));
        for (const sum of sums) {
          k.store(out, sum);
          k.advance(out, outStride);
        }
      });
      tile.set(at.weights);
      k.advance(outTile, 4 * k.lanes);
    });
  });
}

/** Interleaves `lanes` rows of Q4_0 blocks (18 bytes per block, `blocks` per row) into one tile. */
export function packTile(rows: readonly Uint8Array[], blocks: number, to: Uint8Array): void {
  const lanes = rows.length;
  for (let b = 0; b < blocks; b++) {
    const block = to.subarray(b * tileBlockBytes(lanes));
    rows.forEach((row, r) => {
      const from = row.subarray(b * Q4_BLOCK_BYTES, (b + 1) * Q4_BLOCK_BYTES);
      block.set(from.subarray(0, 2), 2 * r);
      for (let i = 0; i < 16; i++) block[2 * lanes + (i >> 2) * 4 * lanes + 4 * r + (i & 3)] = from[2 + i];
    });
  }
}
