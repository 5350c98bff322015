/**
 * Q6_K: 256 values in 16 sub-blocks of 16; six bits per value in two places, a signed 8-bit scale per sub-block.
 *
 *     byte 0     q       two halves of 64 bytes; in half h, byte l + 32·i (l < 32, i < 2) is bbbbaaaa:
 *                        bits 0 … 3 of value 128·h + 32·i + l (a) and of the value 64 later (b)
 *     byte 128   high    two halves of 32 bytes; in half h, byte l is ddccbbaa:
 *                        bits 4, 5 of values 128·h + l (a), + 32 (b), + 64 (c), + 96 (d)
 *     byte 192   scales  i8 × 16
 *     byte 208   d       f16
 */
import { type Codec, D, f16, field, i8 } from "./codec.ts";

export const Q6_K: Codec = {
  fields: [
    field("q", 128, "256 × 4 bits: bits 0 … 3"),
    field("high", 64, "256 × 2 bits: bits 4 and 5"),
    field("scales", 16, "16 × i8"),
    D,
  ],
  formula: "d · scale · (q − 32)",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 210, to += 256) {
      const d = f16(bytes, at + 208);
      for (let k = 0; k < 16; k++) {
        const scale = d * i8(bytes[at + 192 + k]);
        const half = k >> 3;
        const quarter = (k >> 1) & 3; // which 32 of the half's 128 values
        const q = at + 64 * half + 32 * (quarter & 1) + 16 * (k & 1);
        const high = at + 128 + 32 * half + 16 * (k & 1);
        const shift = 4 * (quarter >> 1);
        for (let l = 0; l < 16; l++) {
          const code = ((bytes[q + l] >> shift) & 15) | (((bytes[high + l] >> (2 * quarter)) & 3) << 4);
          out[to + 16 * k + l] = scale * (code - 32);
        }
      }
    }
  },
};
