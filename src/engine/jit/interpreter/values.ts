/** Values of the interpreter, and the float arithmetic that JavaScript lacks. */

/** A vector or a mask: one little-endian 32-bit word per lane. Masks hold 0 or 0xffffffff. */
export type Vector = Uint32Array<ArrayBuffer>;
export const Words = Uint32Array;
/** An f32, or an int or pointer. */
export type Scalar = number | bigint;

const double = new Float64Array(1);
const doubleBits = new BigInt64Array(double.buffer);

/** Rounds to the nearest integer, ties to even; keeps −0, infinities and NaN. */
export function roundEven(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 52) return value;
  const floor = Math.floor(value);
  const rest = value - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  const rounded = up ? floor + 1 : floor;
  return rounded === 0 && (value < 0 || Object.is(value, -0)) ? -0 : rounded;
}

/**
 * a × b + c of f32 numbers. The fused result is correct after it is rounded to f32: the product is exact in f64, and
 * an inexact sum is rounded to odd (its last bit is set), so that the second rounding gives the correct f32
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
