/**
 * Activations in 8 bits, for products with quantised weights. A row of K floats becomes K/32 blocks of 52 bytes, so
 * that all data of a block are in one or two cache lines:
 *
 *     byte  0 … 31   32 × i8   q, rounded to nearest even, from −127 to 127
 *          32 … 35   f32       scale = largest |x| / 127, so x ≈ scale·q
 *          36 … 39   f32       scale · Σ q, for weights with a minimum
 *          40 … 43   i32       −128 · Σ q: start value of the sum of products for weights stored as code + 128
 *          44 … 51   2 × i32   −128 · Σ q of the first and of the last 16, for weights with a scale per 16 values
 *
 * The sums are stored because all rows of the weight share them: a kernel broadcasts them instead of computing them.
 * In a graph such a matrix has the type I8 and the shape [rows, 52·K/32].
 */
import { ShapeError } from "../../../base/errors.ts";

/** Values of one block. */
export const ACTIVATION_BLOCK = 32;
/** Bytes of one block. */
export const ACTIVATION_BLOCK_BYTES = 52;
/** Offsets of the fields after the integers. */
export const SCALE_OFFSET = 32;
export const SCALED_SUM_OFFSET = 36;
export const START_OFFSET = 40;
export const HALF_STARTS_OFFSET = 44;
/** Offset of centred codes, which are stored as code + 128. Start values are multiples of it. */
export const CODE_OFFSET = 128;

/** A block whose largest magnitude is below this is stored as zeros: 127 / largest would overflow. */
export const SMALLEST = 2 ** -120;

/** Bytes of a row of K values. Throws ShapeError unless K is a whole number of blocks. */
export function activationRowBytes(columns: number): number {
  if (columns % ACTIVATION_BLOCK === 0) return (columns / ACTIVATION_BLOCK) * ACTIVATION_BLOCK_BYTES;
  throw new ShapeError({
    doing: "round activations to 8 bits",
    expected: `a multiple of ${ACTIVATION_BLOCK} columns`,
    found: `${columns}`,
  });
}

/** Rounds to the nearest integer, ties to even, like processors. */
export function roundEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Encodes one row of floats at a byte offset. Every step is rounded to f32, so kernels can equal it bit for bit. */
export function encodeActivations(row: ArrayLike<number>, out: Uint8Array, at: number): void {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  for (let block = 0; block * ACTIVATION_BLOCK < row.length; block++) {
    const from = block * ACTIVATION_BLOCK;
    const to = at + block * ACTIVATION_BLOCK_BYTES;
    let largest = 0;
    for (let i = 0; i < ACTIVATION_BLOCK; i++)
      largest = Math.max(largest, Math.abs(Math.fround(row[from + i])));
    const inverse = largest < SMALLEST ? 0 : Math.fround(127 / largest);
    const sums = [0, 0];
    for (let i = 0; i < ACTIVATION_BLOCK; i++) {
      const q = roundEven(Math.fround(Math.fround(row[from + i]) * inverse));
      view.setInt8(to + i, q);
      sums[i >> 4] += q;
    }
    const scale = Math.fround(largest / 127);
    view.setFloat32(to + SCALE_OFFSET, scale, true);
    view.setFloat32(to + SCALED_SUM_OFFSET, scale * (sums[0] + sums[1]), true);
    view.setInt32(to + START_OFFSET, -CODE_OFFSET * (sums[0] + sums[1]), true);
    view.setInt32(to + HALF_STARTS_OFFSET, -CODE_OFFSET * sums[0], true);
    view.setInt32(to + HALF_STARTS_OFFSET + 4, -CODE_OFFSET * sums[1], true);
  }
}

/** Decodes a row of blocks to floats. */
export function decodeActivations(bytes: Uint8Array, at: number, columns: number): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: columns }, (_, i) => {
    const block = at + Math.floor(i / ACTIVATION_BLOCK) * ACTIVATION_BLOCK_BYTES;
    return view.getInt8(block + (i % ACTIVATION_BLOCK)) * view.getFloat32(block + SCALE_OFFSET, true);
  });
}
