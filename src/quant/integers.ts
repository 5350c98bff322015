/**
 * Plain integers: one value per block, little-endian, two's complement. They hold counters and masks instead
 * of weights; decoding converts them to floats, rounded if the target cannot represent them (above 2^24 in
 * f32, above 2^53 in f64).
 */
import type { Codec } from "./codec.ts";
import { viewOf } from "./codec.ts";

/** A codec that reads each value with one DataView getter. */
function integer(byteLength: number, read: (view: DataView, at: number) => number): Codec {
  return {
    fields: [],
    formula: "x",
    decode(bytes, at, out, to, blocks) {
      const view = viewOf(bytes);
      for (let i = 0; i < blocks; i++) out[to + i] = read(view, at + byteLength * i);
    },
  };
}

export const I8 = integer(1, (view, at) => view.getInt8(at));
export const I16 = integer(2, (view, at) => view.getInt16(at, true));
export const I32 = integer(4, (view, at) => view.getInt32(at, true));
export const I64 = integer(8, (view, at) => view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true));
export const U8 = integer(1, (view, at) => view.getUint8(at));
export const U16 = integer(2, (view, at) => view.getUint16(at, true));
export const U32 = integer(4, (view, at) => view.getUint32(at, true));
export const U64 = integer(
  8,
  (view, at) => view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true),
);
/** One byte; every value except 0 is 1. */
export const BOOL = integer(1, (view, at) => (view.getUint8(at) === 0 ? 0 : 1));
