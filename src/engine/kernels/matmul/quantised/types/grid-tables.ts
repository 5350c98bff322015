/**
 * The grids of the IQ types in the form that kernels look up: one 16-bit word per point. Each coordinate is stored as
 * its index in the list of values. The bits of coordinate c, from bit 15 down:
 *
 *     8 coordinates of 2 bits   77 55 33 11 66 44 22 00
 *     4 coordinates of 3 bits   –– 333 111 –– 222 000
 *
 * The word and its copy shifted left by 14 or 13 together have coordinates 0 to 3 at bit 0 of four bytes, and
 * coordinates 4 to 7 four bits higher.
 */
import {
  type Grid,
  IQ1_GRID,
  IQ2_S_GRID,
  IQ2_XS_GRID,
  IQ2_XXS_GRID,
  IQ3_S_GRID,
  IQ3_XXS_GRID,
} from "../../../../../quant/grids.ts";

/** A grid, and its points as words. */
export class GridTable {
  readonly grid: Grid;
  /** Bits of a coordinate. */
  readonly bits: 2 | 3;
  #table: Int32Array<ArrayBuffer> | undefined;

  constructor(grid: Grid) {
    this.grid = grid;
    this.bits = grid.width === 8 ? 2 : 3;
  }

  /** Number of coordinates of a point. */
  get width(): 4 | 8 {
    return this.grid.width;
  }
  /** The values that coordinates stand for. */
  get values(): readonly number[] {
    return this.grid.values;
  }
  /** Number of points. */
  get entries(): number {
    return this.grid.entries;
  }

  /** The words, with padding that lookups may read beyond the last one. Built at the first use. */
  get table(): Int32Array<ArrayBuffer> {
    this.#table ??= this.#words();
    return this.#table;
  }

  #words(): Int32Array<ArrayBuffer> {
    const { width, values, entries, bits } = this;
    const words = new Uint16Array(entries + 2);
    this.grid.points.forEach((value, i) => {
      const c = i % width;
      const bit = 8 * (c & 1) + bits * ((c >> 1) & 1) + 4 * (c >> 2);
      words[Math.floor(i / width)] |= values.indexOf(value) << bit;
    });
    return new Int32Array(words.buffer);
  }
}

export const IQ1: GridTable = new GridTable(IQ1_GRID);
export const IQ2_XXS: GridTable = new GridTable(IQ2_XXS_GRID);
export const IQ2_XS: GridTable = new GridTable(IQ2_XS_GRID);
export const IQ2_S: GridTable = new GridTable(IQ2_S_GRID);
export const IQ3_XXS: GridTable = new GridTable(IQ3_XXS_GRID);
export const IQ3_S: GridTable = new GridTable(IQ3_S_GRID);
