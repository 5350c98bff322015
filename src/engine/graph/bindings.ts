/** The data that a graph uses in addition to its inputs: weights, and memory that outlives a step. */
import type { DType } from "../../base/dtypes.ts";

/** A weight: bytes in the storage type's layout, row-major. Usually a view of the mapped file. */
export interface BoundTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  /** Length of `bytes`, available without creating the view. */
  readonly byteLength?: number;
  /** Address of the bytes in this process, if they are mapped memory: native kernels read them in place. */
  readonly address?: bigint | undefined;
  /**
   * Tells the system that the bytes, or `length` of them from `offset` on, will hardly be read again, because a packed copy
   * has replaced them.
   */
  readonly release?: ((offset?: number, length?: number) => void) | undefined;
}

/**
 * Memory that steps write in place: a layer's keys, or weights in training. Initially zero. Use it only between steps.
 */
export interface State extends Disposable {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /**
   * The memory: row-major, unless programs use another layout for it (a cache). The view is valid until the next
   * allocation.
   */
  bytes(): Uint8Array<ArrayBuffer>;
  /** Copies bytes within the state. Only the backend knows the layout, but a cache page is always one range. */
  copyWithin(target: number, source: number, byteLength: number): void;
  dispose(): void;
}

export interface Bindings {
  readonly params: ReadonlyMap<string, BoundTensor>;
  readonly states: ReadonlyMap<string, State>;
}
