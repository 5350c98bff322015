/** What a graph computes with beside its inputs: weights, and memory that outlives a step. */
import type { DType } from "../../base/dtypes.ts";

/** A weight: bytes in the storage type's layout, row-major. Usually a view of the mapped file. */
export interface BoundTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  /** Length of `bytes`, for whoever wants to know it without making the view. */
  readonly byteLength?: number;
  /** Where the bytes lie in this process, if they are mapped memory: native kernels read them in place. */
  readonly address?: bigint | undefined;
  /** Tells the system that the bytes will hardly be read again: a packed copy has taken their place. */
  readonly release?: (() => void) | undefined;
}

/**
 * Memory that steps write in place: a layer's keys, or weights that are trained. Zero at first. Use it between steps only.
 */
export interface State extends Disposable {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /**
   * The memory itself: row-major, unless a program writes it in a layout of its own (a cache). The view is good until
   * anything else is allocated.
   */
  bytes(): Uint8Array<ArrayBuffer>;
  /** Copies bytes within the state. What lies where is the backend's business, but a cache page is one range. */
  copyWithin(target: number, source: number, byteLength: number): void;
  dispose(): void;
}

export interface Bindings {
  readonly params: ReadonlyMap<string, BoundTensor>;
  readonly states: ReadonlyMap<string, State>;
}
