/**
 * Plain floats: one value per block, little-endian.
 *
 *     F64   s eeeeeeeeeee mmmm…(52)      bit 63 … 0
 *     F32   s eeeeeeee mmmm…(23)         bit 31 … 0
 *     BF16  s eeeeeeee mmmmmmm           the upper half of an F32
 *     F16   s eeeee mmmmmmmmmm
 *
 * Encoding rounds to nearest, ties to even; a value too large for F16 becomes infinity. BF16 has F32's range.
 */
import { bf16ToF32, f16Values, f32ToBf16, f32ToF16 } from "../base/half.ts";
import { type Codec, u16, viewOf } from "./codec.ts";

export const F32: Codec = {
  fields: [],
  formula: "x",
  decode(bytes, at, out, to, blocks) {
    const view = viewOf(bytes);
    for (let i = 0; i < blocks; i++) out[to + i] = view.getFloat32(at + 4 * i, true);
  },
  encode(values, from, out, at, blocks) {
    const view = viewOf(out);
    for (let i = 0; i < blocks; i++) view.setFloat32(at + 4 * i, values[from + i], true);
  },
};

export const F64: Codec = {
  fields: [],
  formula: "x",
  decode(bytes, at, out, to, blocks) {
    const view = viewOf(bytes);
    for (let i = 0; i < blocks; i++) out[to + i] = view.getFloat64(at + 8 * i, true);
  },
  encode(values, from, out, at, blocks) {
    const view = viewOf(out);
    for (let i = 0; i < blocks; i++) view.setFloat64(at + 8 * i, values[from + i], true);
  },
};

export const F16: Codec = {
  fields: [],
  formula: "x",
  decode(bytes, at, out, to, blocks) {
    const values = f16Values();
    for (let i = 0; i < blocks; i++) out[to + i] = values[u16(bytes, at + 2 * i)];
  },
  encode(values, from, out, at, blocks) {
    for (let i = 0; i < blocks; i++) putU16(out, at + 2 * i, f32ToF16(values[from + i]));
  },
};

export const BF16: Codec = {
  fields: [],
  formula: "x",
  decode(bytes, at, out, to, blocks) {
    for (let i = 0; i < blocks; i++) out[to + i] = bf16ToF32(u16(bytes, at + 2 * i));
  },
  encode(values, from, out, at, blocks) {
    for (let i = 0; i < blocks; i++) putU16(out, at + 2 * i, f32ToBf16(values[from + i]));
  },
};

function putU16(out: Uint8Array, at: number, value: number): void {
  out[at] = value;
  out[at + 1] = value >>> 8;
}
