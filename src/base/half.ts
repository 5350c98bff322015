/**
 * The 16-bit floats. binary16 ("f16") is IEEE 754 half precision; bfloat16 is the upper half of a binary32.
 * Encoding rounds to nearest, ties to even; NaN stays NaN, overflow becomes infinity.
 */

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** Bits of the f16 nearest to `value`. */
export function f32ToF16(value: number): number {
  single[0] = value;
  const bits = word[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff); // NaN keeps its payload
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and more round to infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14 the result is subnormal: adding 0.5 aligns the mantissa at 2^-24 and rounds in hardware.
    word[0] = magnitude;
    single[0] += 0.5;
    return sign | (word[0] - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

/** Value of f16 bits. Moves the exponent instead of computing it. */
export function f16ToF32(bits: number): number {
  const magnitude = bits & 0x7fff;
  if (magnitude < 0x400) return bits & 0x8000 ? -magnitude * 2 ** -24 : magnitude * 2 ** -24;
  const moved = magnitude < 0x7c00 ? (magnitude << 13) + 0x38000000 : (magnitude << 13) | 0x7f800000;
  word[0] = ((bits & 0x8000) << 16) | moved;
  return single[0];
}

let values: Float32Array | undefined;

/**
 * All 65,536 f16 values by their bits (256 KiB), for decoding many in half the time. Made on first use: most processes
 * decode only scales of blocks.
 */
export function f16Values(): Float32Array {
  if (values === undefined) {
    values = new Float32Array(1 << 16);
    for (let bits = 0; bits < values.length; bits++) values[bits] = f16ToF32(bits);
  }
  return values;
}

/** Bits of the bf16 nearest to `value`. */
export function f32ToBf16(value: number): number {
  single[0] = value;
  const bits = word[0];
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // quiet NaN; never round it to infinity
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The same as processors do it: a subnormal number becomes a zero of its sign. */
export function f32ToNormalBf16(value: number): number {
  return f32ToBf16(Math.abs(value) < 2 ** -126 ? 0 * value : value);
}

export function bf16ToF32(bits: number): number {
  word[0] = bits << 16;
  return single[0];
}
