/**
 * Matrix tiles (AMX) for sixteen tokens at a time: one instruction multiplies the bytes of 16 tokens with those of
 * 16 rows. The integer sums pass through memory and are scaled as in the vector kernels, so results have the same
 * bits as without tiles. A panel of signed codes already has the layout of the second operand: a row of the tile is
 * one word of every row of the weight.
 */

import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { panelRun, panelRunBytes } from "./code-sources.ts";
import { Tile } from "./tile-straight.ts";
import { type QuantisedType, RUN, RUN_WORDS } from "./types/block-type.ts";

/** Tokens of a tile. */
export const TILE_TOKENS = 16;
/** Bytes of the sums of a tile. */
const SUM_BYTES = TILE_TOKENS * 64;
/** Runs whose sums are in memory at once. Sums are read long after they are written, which hides the latency. */
const LARGEST_RING = 4;
const [SUMS, Q, CODES] = [0, 6, 7];

/** The largest ring that divides the number of runs of a row. */
function ringOf(runs: number): number {
  let ring = LARGEST_RING;
  while (runs % ring !== 0) ring--;
  return ring;
}

/** With two scales per run, twice as many sums pass through memory, which costs as much as tiles save. */
export function usesMatrixTiles(type: QuantisedType, target: Target): boolean {
  return type.parts === 1 && target.native.has("tiles") && target.lanes === TILE_TOKENS;
}

/** Shapes of the tiles: sums of 16 × 16, activations and codes of one part of a run. Layout: LDTILECFG. */
export function tileShapes(type: QuantisedType): Int32Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1; // palette
  const shape = (tile: number, rows: number, rowBytes: number): void => {
    view.setUint16(16 + 2 * tile, rowBytes, true);
    bytes[48 + tile] = rows;
  };
  for (let sums = SUMS; sums < Q; sums++) shape(sums, TILE_TOKENS, 64);
  shape(Q, TILE_TOKENS, RUN / type.parts);
  shape(CODES, RUN_WORDS / type.parts, 64);
  return new Int32Array(bytes.buffer);
}

/** Working memory for sums. */
export function tileSumBytes(type: QuantisedType): number {
  return LARGEST_RING * type.parts * SUM_BYTES;
}

export interface TilePlaces {
  /** Working memory: a panel of signed codes, and at offset `sums` room for `tileSumBytes`. */
  readonly memory: Operand<"ptr">;
  readonly sums: number;
  /** The first token's activations. */
  readonly activations: Operand<"ptr">;
}

/** Products of a panel and 16 tokens. The tiles must have their shapes. */
export function multiplyTiles(
  k: KernelBuilder,
  type: QuantisedType,
  columns: number,
  places: TilePlaces,
): Tile {
  const tile = new Tile(k, type, { tokens: TILE_TOKENS, together: 1 }, places.activations, columns);
  const at = k.variable(places.memory);
  const runBytes = panelRunBytes(type, k.target);
  const stride = k.variable(k.constant("int", tile.tokenBytes));
  const line = k.variable(k.constant("int", 64));
  const partWords = RUN_WORDS / type.parts;
  const total = columns / RUN;
  const ring = ringOf(total);
  /** Offset of the sums of a run in `memory`. */
  const sumsOf = (run: number, part: number) => places.sums + ((run % ring) * type.parts + part) * SUM_BYTES;
  const multiply = (run: number): void => {
    for (let part = 0; part < type.parts; part++) {
      const sums = SUMS + ((run * type.parts + part) % (Q - SUMS));
      const { base, disp } = tile.at(0, run, 4 * partWords * part);
      k.tileZero(sums);
      k.tileLoad(Q, base, stride, disp);
      k.tileLoad(CODES, at, line, run * runBytes + part * partWords * 64);
      k.tileDot(sums, Q, CODES);
      k.tileStore(sums, places.memory, line, sumsOf(run, part));
    }
  };
  const collect = (run: number): void => {
    const codes = panelRun(k, type, at, run * runBytes);
    for (let token = 0; token < TILE_TOKENS; token++) {
      const sums = Array.from({ length: type.parts }, (_, part) =>
        k.load("i32v", { base: places.memory, disp: sumsOf(run, part) + 64 * token }),
      );
      tile.addSums(token, run, codes, sums);
    }
  };
  for (let run = 0; run < ring; run++) multiply(run);
  k.loop(0, total - ring, ring, () => {
    for (let run = 0; run < ring; run++) {
      collect(run);
      multiply(run + ring);
    }
    tile.advance(ring);
    k.advance(at, ring * runBytes);
  });
  for (let run = 0; run < ring; run++) collect(run);
  return tile;
}
