/**
 * The grids of the IQ1, IQ2 and IQ3 types. A grid is a sorted list of points of a small lattice; a block
 * stores a point's index in the list. The lattices:
 *
 *     IQ1   8 coordinates out of −1, 0, 1                        3⁸ = 6561 points, 2048 in the grid
 *     IQ2   8 coordinates out of 8, 25, 43                       3⁸ = 6561 points, 256, 512 or 1024
 *     IQ3   4 coordinates out of eight magnitudes                8⁴ = 4096 points, 256 or 512
 *
 * A point's rank in its lattice is the number whose digits are the indices of its coordinates in the list of
 * values, first coordinate least significant. grid-sets.ts has one bit per rank (bit r & 7 of byte r >> 3, in
 * base64), set if the point is in the grid. The set bits in ascending order are the grid.
 */
import type { Floats } from "./codec.ts";
import { IQ1_SET, IQ2_S_SET, IQ2_XS_SET, IQ2_XXS_SET, IQ3_S_SET, IQ3_XXS_SET } from "./grid-sets.ts";

export class Grid {
  /** Coordinates of a point. */
  readonly width: 4 | 8;
  /** The possible values of a coordinate, ascending. */
  readonly values: readonly number[];
  /** Number of points. */
  readonly entries: number;
  readonly #set: string;
  #points: Int8Array | undefined;

  constructor(set: string, entries: number, width: 4 | 8, values: readonly number[]) {
    this.#set = set;
    this.entries = entries;
    this.width = width;
    this.values = values;
  }

  /** The coordinates of all points, one point after another. Decoded on first use: few models need them. */
  get points(): Int8Array {
    this.#points ??= this.#read();
    return this.#points;
  }

  #read(): Int8Array {
    const { values, width } = this;
    const bits = Uint8Array.from(atob(this.#set), (char) => char.charCodeAt(0));
    const grid: number[] = [];
    for (let rank = 0; rank < values.length ** width; rank++) {
      if (((bits[rank >> 3] >> (rank & 7)) & 1) === 0) continue;
      for (let j = 0, rest = rank; j < width; j++, rest = Math.floor(rest / values.length)) {
        grid.push(values[rest % values.length]);
      }
    }
    return Int8Array.from(grid);
  }
}

const IQ2_VALUES = [8, 25, 43];
export const IQ2_XXS_GRID: Grid = new Grid(IQ2_XXS_SET, 256, 8, IQ2_VALUES);
export const IQ2_XS_GRID: Grid = new Grid(IQ2_XS_SET, 512, 8, IQ2_VALUES);
export const IQ2_S_GRID: Grid = new Grid(IQ2_S_SET, 1024, 8, IQ2_VALUES);
export const IQ1_GRID: Grid = new Grid(IQ1_SET, 2048, 8, [-1, 0, 1]);
export const IQ3_XXS_GRID: Grid = new Grid(IQ3_XXS_SET, 256, 4, [4, 12, 20, 28, 36, 44, 52, 62]);
export const IQ3_S_GRID: Grid = new Grid(IQ3_S_SET, 512, 4, [1, 3, 5, 7, 9, 11, 13, 15]);

/** Parity of the low seven bits. */
function parity7(bits: number): number {
  let parity = 0;
  for (let rest = bits; rest !== 0; rest >>= 1) parity ^= rest & 1;
  return parity;
}

/**
 * Eight signs from seven stored bits: the number of minus signs is always even, so bit 7 is the parity of the
 * other seven.
 */
export const SIGNS: Uint8Array = Uint8Array.from({ length: 128 }, (_, bits) => bits | (parity7(bits) << 7));

/** Writes scale · (±coordinate) for the coordinates of a point; bit j of `signs` negates number j. */
export function signedPoint(
  { points, width }: Grid,
  point: number,
  scale: number,
  signs: number,
  out: Floats,
  to: number,
): void {
  const first = point * width;
  for (let j = 0; j < width; j++) {
    const magnitude = scale * points[first + j];
    out[to + j] = (signs >> j) & 1 ? -magnitude : magnitude;
  }
}
