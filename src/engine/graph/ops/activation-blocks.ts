/**
 * Activations in 8 bits: the form in which quantised weights are multiplied. A row of K floats becomes K/32 blocks
 * of 52 bytes, so that what belongs together lies in one or two cache lines:
 *
 *     byte  0 … 31   32 × i8   q, rounded to nearest even, from −127 to 127
 *          32 … 35   f32       scale = largest |x| / 127, so x ≈ scale·q
 *          36 … 39   f32       scale · Σ q: what weights with a minimum need
 *          40 … 43   i32       −128 · Σ q: where the sum of products starts for weights stored as code + 128
 *          44 … 51   2 × i32   −128 · Σ q of the first and of the last 16: the same, for scales of 16 weights
 *
 * The sums are here because they serve every row of the weight: a kernel broadcasts them instead of computing.
 * In a graph such a matrix has the type I8 and the shape [rows, 52·K/32].
 */
import { ShapeError } from "../../../base/errors.ts";

/** Values of one block. */
export const ACTIVATION_BLOCK = 32;
/** Bytes of one block. */
export const ACTIVATION_BLOCK_BYTES = 52;
/** Places of the fields behind the integers. */
export const SCALE_OFFSET = 32;
export const SCALED_SUM_OFFSET = 36;
export const START_OFFSET = 40;
export const HALF_STARTS_OFFSET = 44;
/** What starts are multiples of: codes with an offset are stored as code + 128. */
export const CODE_OFFSET = 128;

/** A block whose largest value is below is stored as zeros: 127 / largest would overflow. */
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

/** To the nearest integer, ties to even, as processors round. */
export function roundEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Encodes one row of floats at a byte offset. Arithmetic is f32, step by step, so kernels can equal it bit for bit. */
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

/** The floats that a row of blocks stands for. */
export function decodeActivations(bytes: Uint8Array, at: number, columns: number): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: columns }, (_, i) => {
    const block = at + Math.floor(i / ACTIVATION_BLOCK) * ACTIVATION_BLOCK_BYTES;
    return view.getInt8(block + (i % ACTIVATION_BLOCK)) * view.getFloat32(block + SCALE_OFFSET, true);
  });
}
