/**
 * Rows of a cache by slot, in every type that a cache may have. F16 rounds to nearest even. Q8_0 has blocks of 32
 * neighbours like the file type, but rounds as single instructions of processors do: scale = largest / 127 rounded to
 * f16, q = x · (127 / largest) rounded to the nearest integer, ties to even, every step in f32.
 */
import { f32ToF16 } from "../../../base/half.ts";
import { type FloatArray, floats, type Operand, rowReader } from "../op.ts";
import { roundEven, SMALLEST } from "./activation-blocks.ts";

type WriteRow = (row: FloatArray, bytes: DataView, at: number) => void;

function writeF16(row: FloatArray, bytes: DataView, at: number): void {
  row.forEach((value: number, i: number) => {
    bytes.setUint16(at + 2 * i, f32ToF16(value), true);
  });
}

function writeQ8(row: FloatArray, bytes: DataView, at: number): void {
  for (let from = 0; from < row.length; from += 32, at += 34) {
    const block = Float32Array.from(row.subarray(from, from + 32));
    const largest = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const inverse = largest < SMALLEST ? 0 : Math.fround(127 / largest);
    bytes.setUint16(at, f32ToF16(Math.fround(largest / 127)), true);
    block.forEach((value, i) => {
      bytes.setInt8(at + 2 + i, roundEven(Math.fround(value * inverse)));
    });
  }
}

const WRITERS: Readonly<Record<string, WriteRow>> = { F16: writeF16, Q8_0: writeQ8 };

/** Returns a function that stores a row in a slot. */
export function cacheWriter(cache: Operand): (slot: number, row: FloatArray) => void {
  const [slots, columns] = cache.shape;
  if (cache.dtype === "F32") return (slot, row) => floats(cache).set(row, slot * columns);
  const { buffer, byteOffset, byteLength } = cache.data;
  const bytes = new DataView(buffer, byteOffset, byteLength);
  const write = WRITERS[cache.dtype];
  return (slot, row) => write(row, bytes, slot * (byteLength / slots));
}

/** Returns a function that reads the row of a slot. Later calls do not overwrite its result. */
export function cacheReader(cache: Operand): (slot: number) => FloatArray {
  const read = rowReader(cache);
  return cache.dtype === "F32" ? read : (slot) => read(slot).slice();
}
