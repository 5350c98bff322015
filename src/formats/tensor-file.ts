/**
 * The common form that every format reads to and writes from: descriptors of tensors whose bytes are loaded
 * on demand. No format knows the role of a tensor in a model.
 */
import type { DType } from "../base/dtypes.ts";
import { FormatError, type UnsupportedError } from "../base/errors.ts";

export interface TensorEntry {
  /** The name in the file. */
  readonly name: string;
  readonly dtype: DType;
  /**
   * Outermost dim first (row-major); rows are the last dim. GGUF stores the reverse order; its reader
   * reverses it.
   */
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Address of the bytes in this process's memory, if the file is mapped and not yet disposed. */
  readonly address?: bigint | undefined;
  /** Hints that the bytes, or some of them, are unlikely to be read again (see `ByteSource.release`). */
  release?(offset?: number, length?: number): void;
  /**
   * The tensor's bytes: little-endian, rows one after another, contiguous. A view of the mapped file if the
   * file stores them in this form, otherwise a new copy (strided storages, merged shards).
   */
  bytes(): Uint8Array;
}

/** One opened checkpoint: a file, or all the shards that belong together. */
export interface TensorFile extends Disposable {
  readonly path: string;
  /** Sum of the lengths of all files. */
  readonly byteLength: number;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Tensors of unknown storage types, with the error to throw if one is needed. Absent if there are none. */
  readonly unread?: ReadonlyMap<string, UnsupportedError>;
  dispose(): void;
}

/** The bytes of a tensor, for writing. Throws FormatError if their number differs from `byteLength`. */
export function wholeBytes(tensor: Pick<TensorEntry, "name" | "byteLength" | "bytes">): Uint8Array {
  const bytes = tensor.bytes();
  if (bytes.byteLength === tensor.byteLength) return bytes;
  throw new FormatError({
    doing: `write tensor "${tensor.name}"`,
    expected: `${tensor.byteLength} bytes`,
    found: `${bytes.byteLength}`,
    fix: "the file it comes from was closed too early",
  });
}
