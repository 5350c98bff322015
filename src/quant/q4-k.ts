/**
 * Q4_K and Q5_K: 256 values in 8 sub-blocks of 32, a 6-bit scale and a 6-bit minimum per sub-block. Q5_K adds
 * a fifth bit.
 *
 *     byte 0    d        f16                scale of the scales
 *     byte 2    dmin     f16                scale of the minima
 *     byte 4    scales   eessssss × 4       s: scale k;    e: bits 4, 5 of scale k + 4
 *     byte 8             eemmmmmm × 4       m: minimum k;  e: bits 4, 5 of minimum k + 4
 *     byte 12            mmmmssss × 4       bits 0 … 3 of scale k + 4 (s) and minimum k + 4 (m)
 *     Q5_K only: byte 16   high  hgfedcba × 32   byte l: bit 4 of values l (a), l + 32 (b), … l + 224 (h)
 *     byte 16 or 48   q  bbbbaaaa × 128     byte 32·p + l: value 64·p + l (a) and 64·p + l + 32 (b)
 */
import { type Codec, D, f16, field } from "./codec.ts";

/** Scale k (0 … 7) of the 12 bytes at `at`. */
function scaleOf(bytes: Uint8Array, at: number, k: number): number {
  if (k < 4) return bytes[at + k] & 63;
  return (bytes[at + 4 + k] & 15) | ((bytes[at + k - 4] >> 6) << 4);
}

/** Minimum k (0 … 7) of the 12 bytes at `at`. */
function minimumOf(bytes: Uint8Array, at: number, k: number): number {
  if (k < 4) return bytes[at + 4 + k] & 63;
  return (bytes[at + 4 + k] >> 4) | ((bytes[at + k] >> 6) << 4);
}

const D_MIN = field("dmin", 2, "f16 scale of the minima");
const SCALES = field("scales", 12, "8 × (6 bits scale, 6 bits minimum)");

export const Q4_K: Codec = {
  fields: [D, D_MIN, SCALES, field("q", 128, "256 × 4 bits")],
  formula: "d · scale · q − dmin · minimum",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 144, to += 256) {
      const d = f16(bytes, at);
      const dmin = f16(bytes, at + 2);
      for (let k = 0; k < 8; k++) {
        const scale = d * scaleOf(bytes, at + 4, k);
        const minimum = dmin * minimumOf(bytes, at + 4, k);
        const q = at + 16 + 32 * (k >> 1);
        const shift = 4 * (k & 1);
        for (let l = 0; l < 32; l++) {
          out[to + 32 * k + l] = Math.fround(scale * ((bytes[q + l] >> shift) & 15) - minimum);
        }
      }
    }
  },
};

export const Q5_K: Codec = {
  fields: [
    D,
    D_MIN,
    SCALES,
    field("high", 32, "256 × 1 bit: bit 4 of each value"),
    field("q", 128, "256 × 4 bits: bits 0 … 3"),
  ],
  formula: "d · scale · q − dmin · minimum",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 176, to += 256) {
      const d = f16(bytes, at);
      const dmin = f16(bytes, at + 2);
      const high = at + 16;
      for (let k = 0; k < 8; k++) {
        const scale = d * scaleOf(bytes, at + 4, k);
        const minimum = dmin * minimumOf(bytes, at + 4, k);
        const q = at + 48 + 32 * (k >> 1);
        const shift = 4 * (k & 1);
        for (let l = 0; l < 32; l++) {
          const code = ((bytes[q + l] >> shift) & 15) | (((bytes[high + l] >> k) & 1) << 4);
          out[to + 32 * k + l] = Math.fround(scale * code - minimum);
        }
      }
    }
  },
};
