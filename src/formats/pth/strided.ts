/**
 * A torch tensor is a window into a storage: an offset and a stride per dim, in values. This module checks
 * that a window stays inside its storage and copies it into contiguous rows.
 */
import type { ByteSource } from "../../base/bytes.ts";
import { dtypeInfo, tensorByteLength } from "../../base/dtypes.ts";
import { FormatError } from "../../base/errors.ts";
import { sourceEntry } from "../source-entry.ts";
import type { TensorEntry } from "../tensor-file.ts";
import type { TensorRef } from "./pickle-values.ts";

/** The place of a storage in its file. */
export interface StoragePlace {
  readonly offset: number;
  readonly byteLength: number;
}

export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    if (shape[dim] !== 1 && strides[dim] !== expected) return false;
    expected *= shape[dim];
  }
  return true;
}

/** Index of the last value that the window reaches, in the storage; −1 if it is empty. */
function lastIndex({ offset, shape, strides }: TensorRef): number {
  if (shape.includes(0)) return -1;
  return shape.reduce((sum, dim, i) => sum + (dim - 1) * strides[i], offset);
}

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

function wordsOf(bytes: Uint8Array, width: number): Words {
  // Not slice: Buffer's slice does not copy.
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset, byteLength } = aligned;
  if (width === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  if (width === 4) return new Uint32Array(buffer, byteOffset, byteLength / 4);
  if (width === 8) return new BigUint64Array(buffer, byteOffset, byteLength / 8);
  return aligned;
}

function copyRow<W extends Words>(
  from: W,
  start: number,
  stride: number,
  to: W,
  at: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i * stride];
}

/** The window's values as contiguous bytes. `window` is the storage starting at the tensor's offset. */
export function gather(
  window: Uint8Array,
  width: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array {
  const length = shape.reduce((product, dim) => product * dim, 1);
  const out = new Uint8Array(length * width);
  if (length === 0) return out;
  const from = wordsOf(window, width);
  const to = wordsOf(out, width);
  const rank = shape.length;
  const rowLength = shape[rank - 1] ?? 1;
  const rowStride = strides[rank - 1] ?? 1;
  const index: number[] = new Array(rank).fill(0);
  let start = 0;
  for (let at = 0; at < length; at += rowLength) {
    if (rowStride === 1) out.set(window.subarray(start * width, (start + rowLength) * width), at * width);
    else copyRow(from, start, rowStride, to, at, rowLength);
    // Increment the index of the outer dims, with carry.
    for (let dim = rank - 2; dim >= 0; dim--) {
      start += strides[dim];
      if (++index[dim] < shape[dim]) break;
      start -= strides[dim] * shape[dim];
      index[dim] = 0;
    }
  }
  return out;
}

/**
 * The entry of a tensor whose storage is at `place`. A contiguous tensor is a view of the file.
 * @throws FormatError if the window exceeds the storage, or the storage its place.
 */
export function tensorEntry(
  source: ByteSource,
  name: string,
  tensor: TensorRef,
  place: StoragePlace,
): TensorEntry {
  const { storage, shape, strides } = tensor;
  const { dtype } = storage;
  const width = dtypeInfo(dtype).blockBytes;
  const fail = (expected: string, found: string): never => {
    throw new FormatError({
      doing: `read tensor ${JSON.stringify(name.slice(0, 200))} of "${source.name}"`,
      expected,
      found,
      fix: "the file is damaged or hostile; fetch it again",
    });
  };
  const storageBytes = tensorByteLength(dtype, [storage.length]);
  if (storageBytes === undefined || storageBytes > place.byteLength) {
    return fail(
      `a storage "${storage.key}" of at most ${place.byteLength} bytes`,
      `${storage.length} ${dtype}`,
    );
  }
  const last = lastIndex(tensor);
  if (!(last < storage.length && tensor.offset <= storage.length)) {
    return fail(`values inside the storage's ${storage.length}`, `one at ${Math.max(last, tensor.offset)}`);
  }
  const byteLength = tensorByteLength(dtype, shape);
  if (byteLength === undefined)
    return fail("a shape whose byte length is a safe integer", `[${shape.join(", ")}]`);
  const offset = place.offset + tensor.offset * width;
  if (byteLength === 0 || isContiguous(shape, strides)) {
    return sourceEntry(source, { name, dtype, shape, byteLength, offset });
  }
  const reach = (last + 1 - tensor.offset) * width;
  return {
    name,
    dtype,
    shape,
    byteLength,
    bytes: () => gather(source.bytes(offset, reach), width, shape, strides),
  };
}
