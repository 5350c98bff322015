/** The simple case of a tensor: the file stores its bytes in their final form. */
import type { ByteSource } from "../base/bytes.ts";
import type { DType } from "../base/dtypes.ts";
import type { TensorEntry } from "./tensor-file.ts";

export interface PlacedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /**
   * Of the first byte, from the start of the file. The caller has checked that all bytes are inside the file.
   */
  readonly offset: number;
}

/** An entry whose bytes are a view of `source` if the source is mapped. */
export function sourceEntry(source: ByteSource, placed: PlacedTensor): TensorEntry {
  const { name, dtype, shape, byteLength, offset } = placed;
  return {
    name,
    dtype,
    shape,
    byteLength,
    get address() {
      return source.address === undefined ? undefined : source.address + BigInt(offset);
    },
    bytes: () => source.bytes(offset, byteLength),
    release: (from = 0, length = byteLength - from) => source.release?.(offset + from, length),
  };
}
