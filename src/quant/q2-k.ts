/**
 * Q2_K: 256 values in 16 sub-blocks of 16; two bits per value, a 4-bit scale and a 4-bit minimum per sub-block.
 *
 *     byte 0    scales   mmmmssss × 16      sub-block k: scale s, minimum m
 *     byte 16   q        ddccbbaa × 64      two halves of 32 bytes; byte l of half h holds values
 *                                           128·h + l (aa), + 32 (bb), + 64 (cc), + 96 (dd)
 *     byte 80   d        f16                scale of the scales
 *     byte 82   dmin     f16                scale of the minima
 */
import { type Codec, D, f16, field } from "./codec.ts";

export const Q2_K: Codec = {
  fields: [
    field("scales", 16, "16 × (4 bits scale, 4 bits minimum)"),
    field("q", 64, "256 × 2 bits"),
    D,
    field("dmin", 2, "f16 scale of the minima"),
  ],
  formula: "d · scale · q − dmin · minimum",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 84, to += 256) {
      const d = f16(bytes, at + 80);
      const dmin = f16(bytes, at + 82);
      for (let k = 0; k < 16; k++) {
        const scale = d * (bytes[at + k] & 15);
        const minimum = dmin * (bytes[at + k] >> 4);
        const q = at + 16 + 32 * (k >> 3) + 16 * (k & 1);
        const shift = k & 6; // two bits more every two sub-blocks, starting at 0 again in the second half
        for (let l = 0; l < 16; l++) {
          out[to + 16 * k + l] = Math.fround(scale * ((bytes[q + l] >> shift) & 3) - minimum);
        }
      }
    }
  },
};
