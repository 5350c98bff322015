/**
 * What every format reads to and writes from: descriptors of tensors whose bytes come on demand. No format
 * knows what a tensor means.
 */
import type { DType } from "../base/dtypes.ts";
import { FormatError, type UnsupportedError } from "../base/errors.ts";

export interface TensorEntry {
  /** The name as the file has it. */
  readonly name: string;
  readonly dtype: DType;
  /** Outermost dim first (row-major); rows are the last dim. GGUF stores the reverse order: readers turn it. */
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Where the bytes lie in this process's memory, if the file is mapped and not yet disposed. */
  readonly address?: bigint | undefined;
  /** Says that the bytes will hardly be read again (see `ByteSource.release`). */
  release?(): void;
  /**
   * The tensor's bytes: little-endian, rows one after another, contiguous. A view of the mapped file where the
   * file has them so, else a fresh copy (strided storages, merged shards).
   */
  bytes(): Uint8Array;
}

/** One opened checkpoint: a file, or all the shards that belong together. */
export interface TensorFile extends Disposable {
  readonly path: string;
  /** Sum of the lengths of all files. */
  readonly byteLength: number;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Tensors whose storage type is not known, with the error for who needs them. Absent for none. */
  readonly unread?: ReadonlyMap<string, UnsupportedError>;
  dispose(): void;
}

/** The bytes of a tensor that is to be written. Throws FormatError unless they are as many as it says. */
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
