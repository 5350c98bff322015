/**
 * Q3_K: 256 values in 16 sub-blocks of 16; three bits per value in two places, a signed 6-bit scale per
 * sub-block, no minimum.
 *
 *     byte 0    high     hgfedcba × 32      byte l: bit 2 of values l (a), l + 32 (b), … l + 224 (h)
 *     byte 32   q        ddccbbaa × 64      bits 0 and 1, laid out as in Q2_K
 *     byte 96   scales   yyyyxxxx × 8       low 4 bits of scale k (x) and scale k + 8 (y)
 *     byte 104           zzyyxxww × 4       high 2 bits of scales k (w), k + 4 (x), k + 8 (y), k + 12 (z)
 *     byte 108  d        f16
 */
import { type Codec, D, f16, field } from "./codec.ts";

/** Scale k (0 … 15) of the 12 bytes at `at`, in −32 … 31. */
function scaleOf(bytes: Uint8Array, at: number, k: number): number {
  const low = (bytes[at + (k & 7)] >> (k < 8 ? 0 : 4)) & 15;
  const high = (bytes[at + 8 + (k & 3)] >> (2 * (k >> 2))) & 3;
  return (low | (high << 4)) - 32;
}

export const Q3_K: Codec = {
  fields: [
    field("high", 32, "256 × 1 bit: bit 2 of each value"),
    field("q", 64, "256 × 2 bits: bits 0 and 1"),
    field("scales", 12, "16 × 6 bits, offset by 32"),
    D,
  ],
  formula: "d · (scale − 32) · (q − 4)",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 110, to += 256) {
      const d = f16(bytes, at + 108);
      for (let k = 0; k < 16; k++) {
        const scale = d * scaleOf(bytes, at + 96, k);
        const high = at + 16 * (k & 1);
        const q = high + 32 + 32 * (k >> 3);
        const shift = k & 6;
        for (let l = 0; l < 16; l++) {
          const code = ((bytes[q + l] >> shift) & 3) | (((bytes[high + l] >> (k >> 1)) & 1) << 2);
          out[to + 16 * k + l] = scale * (code - 4);
        }
      }
    }
  },
};
