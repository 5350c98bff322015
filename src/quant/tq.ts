/**
 * Ternary weights, blocks of 256: every value is −d, 0 or d.
 *
 *     TQ1_0   byte 0    q   48 bytes, five trits each   (byte l of 0 … 31:  values 32·n + l;
 *                                                        byte 32 + l of 16: values 160 + 16·n + l)
 *             byte 48   q4  4 bytes, four trits each    (byte l: values 240 + 4·n + l)
 *             byte 52   d   f16
 *     TQ2_0   byte 0    q   ddccbbaa × 64: two halves of 32 bytes; byte l of half h holds values
 *                           128·h + l (aa), + 32 (bb), + 64 (cc), + 96 (dd)
 *             byte 64   d   f16
 *
 * A TQ1_0 byte is a fraction of 256, rounded up: 0.t₀t₁t₂t₃t₄ in base 3. Multiplying by 3ⁿ and dropping the
 * carry moves trit n to the front; multiplying by 3 once more makes it the carry.
 */
import { type Codec, D, type Floats, f16, field } from "./codec.ts";

/** Decodes trits 0 … perByte − 1 of `count` bytes; trit n of byte l is value count·n + l. */
function trits(
  bytes: Uint8Array,
  at: number,
  count: number,
  perByte: number,
  d: number,
  out: Floats,
  to: number,
): void {
  for (let n = 0, power = 1; n < perByte; n++, power *= 3) {
    for (let l = 0; l < count; l++) {
      const fraction = (bytes[at + l] * power) & 255;
      out[to + count * n + l] = d * (((fraction * 3) >> 8) - 1);
    }
  }
}

export const TQ1_0: Codec = {
  fields: [
    field("q", 48, "240 trits, five per byte in base 3"),
    field("q4", 4, "16 trits, four per byte in base 3"),
    D,
  ],
  formula: "d · (trit − 1)",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 54, to += 256) {
      const d = f16(bytes, at + 52);
      trits(bytes, at, 32, 5, d, out, to);
      trits(bytes, at + 32, 16, 5, d, out, to + 160);
      trits(bytes, at + 48, 4, 4, d, out, to + 240);
    }
  },
};

export const TQ2_0: Codec = {
  fields: [field("q", 64, "256 × 2 bits"), D],
  formula: "d · (q − 1)",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 66, to += 256) {
      const d = f16(bytes, at + 64);
      for (let k = 0; k < 8; k++) {
        const q = at + 32 * (k >> 2);
        const shift = 2 * (k & 3);
        for (let l = 0; l < 32; l++) out[to + 32 * k + l] = d * (((bytes[q + l] >> shift) & 3) - 1);
      }
    }
  },
};
