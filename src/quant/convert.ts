/** Decoding and encoding of any storage type, with every range checked before the loops run. */
import { type DType, dtypeInfo } from "../base/dtypes.ts";
import { DtypeError, ShapeError } from "../base/errors.ts";
import type { Floats } from "./codec.ts";
import { codecs } from "./codecs.ts";

/** Whole blocks in `length` values. */
function blockCount(doing: string, dtype: DType, length: number): number {
  const { blockLength } = dtypeInfo(dtype);
  const blocks = length / blockLength;
  if (Number.isSafeInteger(blocks) && blocks >= 0) return blocks;
  throw new ShapeError({
    doing,
    expected: blockLength === 1 ? "a count of values" : `a multiple of ${blockLength} values`,
    found: `${length}`,
    fix: `${dtype} stores only whole blocks`,
  });
}

/** Throws unless [offset, offset + length) is inside `available`. */
function requireRoom(doing: string, what: string, available: number, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset + length <= available) return;
  throw new ShapeError({
    doing,
    expected: `room for ${length} ${what} at offset ${offset}`,
    found: `${available} in all`,
  });
}

/**
 * Decodes `length` values of `bytes`, starting at `byteOffset` (the start of a block), to `out[outOffset…]`.
 * Values equal llama.cpp's, bit for bit in f32; F64 and integers keep the precision of `out`. Allocates
 * nothing.
 * @throws ShapeError if `length` is not a whole number of blocks, or either range does not fit.
 */
export function decodeBlocks(
  dtype: DType,
  bytes: Uint8Array,
  byteOffset: number,
  out: Floats,
  outOffset: number,
  length: number,
): void {
  const doing = `decode ${dtype} blocks`;
  const blocks = blockCount(doing, dtype, length);
  requireRoom(doing, "bytes", bytes.length, byteOffset, blocks * dtypeInfo(dtype).blockBytes);
  requireRoom(doing, "values", out.length, outOffset, length);
  codecs[dtype].decode(bytes, byteOffset, out, outOffset, blocks);
}

/**
 * Decodes the first `length` values of `bytes`.
 * @throws ShapeError if `length` is not a whole number of blocks or `bytes` is too short.
 */
export function decode(dtype: DType, bytes: Uint8Array, length: number): Float32Array {
  const doing = `decode ${dtype} blocks`;
  // Check before allocating: a wrong length must not cost memory.
  const blocks = blockCount(doing, dtype, length);
  requireRoom(doing, "bytes", bytes.length, 0, blocks * dtypeInfo(dtype).blockBytes);
  const out = new Float32Array(length);
  codecs[dtype].decode(bytes, 0, out, 0, blocks);
  return out;
}

/** Whether `encode` can write this type. */
export function canEncode(dtype: DType): boolean {
  return codecs[dtype].encode !== undefined;
}

/**
 * Encodes the rows of `values` (each of `rowLength` values) as blocks, row after row, byte for byte like
 * llama.cpp's reference encoders. Blocks never cross rows.
 * @throws DtypeError if the type cannot be written.
 * @throws ShapeError if `values` is not a whole number of rows, or a row is not a whole number of blocks.
 * @throws UnsupportedError if a block contains NaN, infinity, or values too large for its scale.
 */
export function encode(dtype: DType, values: Float32Array, rowLength: number): Uint8Array {
  const encodeBlocks = codecs[dtype].encode;
  const doing = `encode values as ${dtype}`;
  if (encodeBlocks === undefined) {
    const known = (Object.keys(codecs) as DType[]).filter(canEncode);
    throw new DtypeError({ doing, expected: `one of ${known.join(", ")}`, found: dtype });
  }
  const blocksPerRow = blockCount(doing, dtype, rowLength);
  const rows = rowLength === 0 ? 0 : values.length / rowLength;
  if (!Number.isInteger(rows) || rows * rowLength !== values.length) {
    throw new ShapeError({
      doing,
      expected: `whole rows of ${rowLength} values`,
      found: `${values.length} values`,
    });
  }
  const blocks = rows * blocksPerRow;
  const out = new Uint8Array(blocks * dtypeInfo(dtype).blockBytes);
  encodeBlocks(values, 0, out, 0, blocks);
  return out;
}
