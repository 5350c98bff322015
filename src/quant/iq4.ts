/**
 * Four bits per value through a code book: the sixteen steps are closer together near zero, where most
 * weights are.
 *
 *     IQ4_NL  byte 0   d         f16
 *             byte 2   q         hhhhllll × 16: l is value j, h is value j + 16       (blocks of 32)
 *
 *     IQ4_XS  byte 0   d         f16                                                (blocks of 256)
 *             byte 2   scales_h  u16: bits 2k, 2k + 1 are bits 4, 5 of scale k
 *             byte 4   scales_l  yyyyxxxx × 4: bits 0 … 3 of scales 2i (x) and 2i + 1 (y)
 *             byte 8   q         16 bytes per 32 values, each as in IQ4_NL
 */
import { type Codec, D, type Floats, f16, field, u16 } from "./codec.ts";

/** The values of the sixteen codes before scaling. Defined by the format; intentionally asymmetric. */
export const IQ4_CODE_BOOK: Int8Array = Int8Array.of(
  ...[-127, -104, -83, -65, -49, -35, -22, -10],
  ...[1, 13, 25, 38, 53, 69, 89, 113],
);

function decode32(bytes: Uint8Array, q: number, scale: number, out: Floats, to: number): void {
  for (let j = 0; j < 16; j++) {
    const pair = bytes[q + j];
    out[to + j] = scale * IQ4_CODE_BOOK[pair & 15];
    out[to + j + 16] = scale * IQ4_CODE_BOOK[pair >> 4];
  }
}

export const IQ4_NL: Codec = {
  fields: [D, field("q", 16, "32 × 4 bits; byte j: value j low, value j + 16 high")],
  formula: "d · book[q]",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 18, to += 32) {
      decode32(bytes, at + 2, f16(bytes, at), out, to);
    }
  },
};

export const IQ4_XS: Codec = {
  fields: [
    D,
    field("scales_h", 2, "8 × 2 bits: bits 4 and 5 of each scale"),
    field("scales_l", 4, "8 × 4 bits: bits 0 … 3 of each scale"),
    field("q", 128, "256 × 4 bits"),
  ],
  formula: "d · (scale − 32) · book[q]",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 136, to += 256) {
      const d = f16(bytes, at);
      const high = u16(bytes, at + 2);
      for (let k = 0; k < 8; k++) {
        const low = (bytes[at + 4 + (k >> 1)] >> (4 * (k & 1))) & 15;
        const scale = low | (((high >> (2 * k)) & 3) << 4);
        decode32(bytes, at + 8 + 16 * k, d * (scale - 32), out, to + 32 * k);
      }
    }
  },
};
