/**
 * The grids of the IQ types as kernels look them up: a word of 16 bits per point, in which each coordinate is its
 * place in the list of values. Where coordinate c lies, from bit 15 down:
 *
 *     8 coordinates of 2 bits   77 55 33 11 66 44 22 00
 *     4 coordinates of 3 bits   –– 333 111 –– 222 000
 *
 * so that the word, and itself shifted left by 14 or 13, bring coordinates 0 to 3 (and, four bits above, 4 to 7) to
 * the same place of four bytes.
 */
import {
  IQ1_GRID,
  IQ2_S_GRID,
  IQ2_XS_GRID,
  IQ2_XXS_GRID,
  IQ3_S_GRID,
  IQ3_XXS_GRID,
} from "../../../quant/grids.ts";

export interface Grid {
  /** Coordinates of a point. */
  readonly width: 4 | 8;
  /** Bits of a coordinate. */
  readonly bits: 2 | 3;
  /** What coordinates stand for. */
  readonly values: readonly number[];
  /** Points. */
  readonly entries: number;
  /** The words, and some bytes behind them that lookups may read. */
  readonly table: Int32Array<ArrayBuffer>;
}

function gridOf(points: Int8Array, width: 4 | 8): Grid {
  const values = [...new Set(points)].sort((a, b) => a - b);
  const bits = width === 8 ? 2 : 3;
  const entries = points.length / width;
  const words = new Uint16Array(entries + 2);
  points.forEach((value, i) => {
    const c = i % width;
    const bit = 8 * (c & 1) + bits * ((c >> 1) & 1) + 4 * (c >> 2);
    words[Math.floor(i / width)] |= values.indexOf(value) << bit;
  });
  return { width, bits, values, entries, table: new Int32Array(words.buffer) };
}

export const IQ1: Grid = gridOf(IQ1_GRID, 8);
export const IQ2_XXS: Grid = gridOf(IQ2_XXS_GRID, 8);
export const IQ2_XS: Grid = gridOf(IQ2_XS_GRID, 8);
export const IQ2_S: Grid = gridOf(IQ2_S_GRID, 8);
export const IQ3_XXS: Grid = gridOf(IQ3_XXS_GRID, 4);
export const IQ3_S: Grid = gridOf(IQ3_S_GRID, 4);
