/**
 * Five bits per value, blocks of 32: the nibbles of Q4 plus one bit of each value in a separate word.
 *
 *     Q5_0  byte 0   d       f16
 *           byte 2   qh      u32: bit i is bit 4 of value i
 *           byte 6   q       hhhhllll × 16: l is value j, h is value j + 16
 *     Q5_1  byte 0   d       f16
 *           byte 2   m       f16
 *           byte 4   qh      as above
 *           byte 8   q       as above
 */
import { type Codec, D, f16, field, u32 } from "./codec.ts";

const HIGH_BITS = field("qh", 4, "32 × 1 bit: bit 4 of each value");
const NIBBLES = field("q", 16, "32 × 4 bits; byte j: value j low, value j + 16 high");

export const Q5_0: Codec = {
  fields: [D, HIGH_BITS, NIBBLES],
  formula: "d · (q − 16)",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 22, to += 32) {
      const d = f16(bytes, at);
      const high = u32(bytes, at + 2);
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 6 + j];
        out[to + j] = d * (((pair & 15) | (((high >>> j) & 1) << 4)) - 16);
        out[to + j + 16] = d * (((pair >> 4) | (((high >>> (j + 16)) & 1) << 4)) - 16);
      }
    }
  },
};

export const Q5_1: Codec = {
  fields: [D, field("m", 2, "f16 minimum"), HIGH_BITS, NIBBLES],
  formula: "d · q + m",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 24, to += 32) {
      const d = f16(bytes, at);
      const m = f16(bytes, at + 2);
      const high = u32(bytes, at + 4);
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 8 + j];
        out[to + j] = Math.fround(d * ((pair & 15) | (((high >>> j) & 1) << 4)) + m);
        out[to + j + 16] = Math.fround(d * ((pair >> 4) | (((high >>> (j + 16)) & 1) << 4)) + m);
      }
    }
  },
};
