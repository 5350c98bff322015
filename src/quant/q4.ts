/**
 * Four bits per value, blocks of 32, GGML's first types.
 *
 *     Q4_0  byte 0   d       f16
 *           byte 2   q       hhhhllll × 16: l is value j, h is value j + 16
 *     Q4_1  byte 0   d       f16
 *           byte 2   m       f16
 *           byte 4   q       as above
 *
 * Q4_0 is symmetric around zero: codes 0 … 15 encode −8 … 7. Q4_1 is affine: codes count up from m.
 */
import { f32ToF16 } from "../base/half.ts";
import { type Codec, D, type EncodeBlocks, f16, field } from "./codec.ts";
import { checkScale } from "./encode-checks.ts";

const NIBBLES = field("q", 16, "32 × 4 bits; byte j: value j low, value j + 16 high");

/**
 * Like ggml's reference: d maps the value of largest magnitude to the code 0, that is −8, whatever its sign,
 * which uses the full range on that side. Every step is rounded to f32, as in ggml.
 */
const encodeQ4_0: EncodeBlocks = (values, from, out, at, blocks) => {
  const fround = Math.fround;
  for (let block = 0; block < blocks; block++, from += 32, at += 18) {
    let extreme = 0;
    for (let j = 0; j < 32; j++) {
      if (Math.abs(values[from + j]) > Math.abs(extreme)) extreme = values[from + j];
    }
    const d = fround(extreme / -8);
    const bits = f32ToF16(d);
    checkScale("Q4_0", values, from, bits);
    out[at] = bits;
    out[at + 1] = bits >>> 8;
    const inverse = d === 0 ? 0 : fround(1 / d);
    for (let j = 0; j < 16; j++) {
      const low = fround(fround(values[from + j] * inverse) + 8.5);
      const high = fround(fround(values[from + j + 16] * inverse) + 8.5);
      out[at + 2 + j] = Math.min(15, low | 0) | (Math.min(15, high | 0) << 4);
    }
  }
};

export const Q4_0: Codec = {
  fields: [D, NIBBLES],
  formula: "d · (q − 8)",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 18, to += 32) {
      const d = f16(bytes, at);
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 2 + j];
        out[to + j] = d * ((pair & 15) - 8);
        out[to + j + 16] = d * ((pair >> 4) - 8);
      }
    }
  },
  encode: encodeQ4_0,
};

export const Q4_1: Codec = {
  fields: [D, field("m", 2, "f16 minimum"), NIBBLES],
  formula: "d · q + m",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 20, to += 32) {
      const d = f16(bytes, at);
      const m = f16(bytes, at + 2);
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 4 + j];
        out[to + j] = Math.fround(d * (pair & 15) + m);
        out[to + j + 16] = Math.fround(d * (pair >> 4) + m);
      }
    }
  },
};
