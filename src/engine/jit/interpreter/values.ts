/** Values of the interpreter, and the float arithmetic that JavaScript lacks. */

/** A vector or a mask: one 32-bit word per lane, little-endian within. Masks hold 0 or 0xffffffff. */
export type Vector = Uint32Array<ArrayBuffer>;
export const Words = Uint32Array;
/** An f32, or an int or pointer. */
export type Scalar = number | bigint;

const double = new Float64Array(1);
const doubleBits = new BigInt64Array(double.buffer);

/** To the nearest whole number, ties to even, keeping −0, infinities and NaN. */
export function roundEven(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 52) return value;
  const floor = Math.floor(value);
  const rest = value - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  const rounded = up ? floor + 1 : floor;
  return rounded === 0 && (value < 0 || Object.is(value, -0)) ? -0 : rounded;
}

/**
 * a × b + c of f32 numbers. Fused: the exact result, ready to be rounded to f32 once. The product is exact in
 * f64; the sum is made odd in its last bit when it is inexact, so that rounding it again to f32 is right
 * (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums").
 */
export function fusedMultiplyAdd(a: number, b: number, c: number, fused: boolean): number {
  const product = a * b;
  if (!fused) return Math.fround(product) + c;
  const sum = product + c;
  if (!Number.isFinite(sum)) return sum;
  const back = sum - product;
  const error = product - (sum - back) + (c - back);
  if (error === 0) return sum;
  double[0] = sum;
  const odd = (doubleBits[0] & 1n) === 1n;
  // Truncate towards the exact value, then set the last bit.
  if (!odd) doubleBits[0] += error > 0 === sum > 0 ? 1n : -1n;
  return double[0];
}

export const f32Of = (v: Vector): Float32Array => new Float32Array(v.buffer);
export const i32Of = (v: Vector): Int32Array => new Int32Array(v.buffer);
export const i16Of = (v: Vector): Int16Array => new Int16Array(v.buffer);
export const u16Of = (v: Vector): Uint16Array => new Uint16Array(v.buffer);
export const i8Of = (v: Vector): Int8Array => new Int8Array(v.buffer);
export const u8Of = (v: Vector): Uint8Array => new Uint8Array(v.buffer);
