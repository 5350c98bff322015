/**
 * Eight bits per value. Q8_0 stores weights. Q8_1 and Q8_K store activations before products with quantised
 * weights; their sums reduce a weight's minimum or offset to one multiplication.
 *
 *     Q8_0  byte 0     d      f16
 *           byte 2     q      i8 × 32
 *     Q8_1  byte 0     d      f16
 *           byte 2     s      f16: d · Σ q
 *           byte 4     q      i8 × 32
 *     Q8_K  byte 0     d      f32
 *           byte 4     q      i8 × 256
 *           byte 260   sums   i16 × 16: Σ q over each 16 values
 */
import { f32ToF16 } from "../base/half.ts";
import { type Codec, D, type EncodeBlocks, f16, field, i8, viewOf } from "./codec.ts";
import { checkScale } from "./encode-checks.ts";

/**
 * Like ggml's reference: the largest magnitude becomes ±127; halves round away from zero; every step is in
 * f32.
 */
const encodeQ8_0: EncodeBlocks = (values, from, out, at, blocks) => {
  const fround = Math.fround;
  for (let block = 0; block < blocks; block++, from += 32, at += 34) {
    let largest = 0;
    for (let j = 0; j < 32; j++) largest = Math.max(largest, Math.abs(values[from + j]));
    const d = fround(largest / 127);
    const bits = f32ToF16(d);
    checkScale("Q8_0", values, from, bits);
    out[at] = bits;
    out[at + 1] = bits >>> 8;
    const inverse = d === 0 ? 0 : fround(1 / d);
    for (let j = 0; j < 32; j++) {
      const scaled = fround(values[from + j] * inverse);
      out[at + 2 + j] = scaled < 0 ? scaled - 0.5 : scaled + 0.5; // storing truncates towards zero
    }
  }
};

export const Q8_0: Codec = {
  fields: [D, field("q", 32, "32 × i8")],
  formula: "d · q",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 34, to += 32) {
      const d = f16(bytes, at);
      for (let j = 0; j < 32; j++) out[to + j] = d * i8(bytes[at + 2 + j]);
    }
  },
  encode: encodeQ8_0,
};

export const Q8_1: Codec = {
  fields: [D, field("s", 2, "f16: d · Σ q, for dot products"), field("q", 32, "32 × i8")],
  formula: "d · q",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 36, to += 32) {
      const d = f16(bytes, at);
      for (let j = 0; j < 32; j++) out[to + j] = d * i8(bytes[at + 4 + j]);
    }
  },
};

export const Q8_K: Codec = {
  fields: [
    field("d", 4, "f32 scale"),
    field("q", 256, "256 × i8"),
    field("sums", 32, "16 × i16: Σ q of each 16 values, for dot products"),
  ],
  formula: "d · q",
  decode(bytes, at, out, to, blocks) {
    const view = viewOf(bytes);
    for (let block = 0; block < blocks; block++, at += 292, to += 256) {
      const d = view.getFloat32(at, true);
      for (let j = 0; j < 256; j++) out[to + j] = Math.fround(d * i8(bytes[at + 4 + j]));
    }
  },
};
