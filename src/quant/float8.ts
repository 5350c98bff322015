/**
 * The 8-bit floats of safetensors files (Micikevicius et al., "FP8 formats for deep learning", arXiv 2209.05433).
 *
 *     F8_E4M3  s eeee mmm    bias 7; no infinity; s 1111 111 is NaN, so the largest value is 448
 *     F8_E5M2  s eeeee mm    bias 15; infinity and NaN as in F16, of which it is the upper byte
 */
import { f16ToF32 } from "../base/half.ts";
import type { Codec, DecodeBlocks } from "./codec.ts";

/** Value of E4M3 bits. Exponent 0 is subnormal: mantissa · 2^-9. */
export function e4m3ToF32(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 15;
  const mantissa = bits & 7;
  if (exponent === 15 && mantissa === 7) return Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -9;
  return sign * (1 + mantissa / 8) * 2 ** (exponent - 7);
}

/** Decodes each byte with a table. */
function byTable(toF32: (bits: number) => number): DecodeBlocks {
  const table = Float32Array.from({ length: 256 }, (_, bits) => toF32(bits));
  return (bytes, at, out, to, blocks) => {
    for (let i = 0; i < blocks; i++) out[to + i] = table[bytes[at + i]];
  };
}

export const F8_E4M3: Codec = { fields: [], formula: "x", decode: byTable(e4m3ToF32) };
export const F8_E5M2: Codec = { fields: [], formula: "x", decode: byTable((bits) => f16ToF32(bits << 8)) };
