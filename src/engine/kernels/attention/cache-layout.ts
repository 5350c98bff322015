/**
 * The layout of the paged cache, a state [pages·pageSize, K·H]. A page is one range of bytes, so pages can be copied
 * without knowing their layout. Within a page, head by head:
 *
 *     keys    [K][H][pageSize]    element d of all slots is contiguous: lanes of a vector are slots
 *     values  [K][pageSize][H]    the elements of a slot are contiguous: lanes are elements
 *
 * Neither the scores nor the weighted sum of values then adds across lanes. In Q8_0 the integers of a head are followed
 * by its scales (f16, one per 32 elements of a slot): [H/32][pageSize] for keys, [pageSize][H/32] for values.
 */
import type { DType } from "../../../base/dtypes.ts";
import type { KernelBuilder } from "../../jit/builder.ts";
import type { AddressOperand, Value } from "../../jit/language/core.ts";

/** Elements that share a scale. */
export const SCALE_BLOCK = 32;

export interface CacheType {
  /** Bytes of an element, without its scale. */
  readonly elementBytes: 1 | 2 | 4;
  /** Whether elements are multiples of a scale. */
  readonly scaled: boolean;
  /**
   * Prefetch target: the first-level cache if arithmetic is slower than memory anyway; otherwise the second-level
   * cache, which can have twice as many outstanding lines.
   */
  readonly prefetch: "near" | "second";
  /** A vector of elements as f32; for a scaled type in units of the scale. */
  load(k: KernelBuilder, at: AddressOperand, mask: Value<"mask"> | undefined): Value<"f32v">;
}

const CACHE_TYPES: Partial<Record<DType, CacheType>> = {
  F32: {
    elementBytes: 4,
    scaled: false,
    prefetch: "second",
    load: (k, at, mask) => k.load("f32v", at, { mask }),
  },
  F16: {
    elementBytes: 2,
    scaled: false,
    prefetch: "second",
    load: (k, at, mask) => k.loadFloats("f16", at, { mask }),
  },
  Q8_0: {
    elementBytes: 1,
    scaled: true,
    prefetch: "near",
    load: (k, at, mask) => k.toF32(k.loadIntegers("i8", at, { mask })),
  },
};

export interface CacheShape {
  readonly dtype: DType;
  /** K */
  readonly nKvHeads: number;
  /** H */
  readonly headDim: number;
  readonly pageSize: number;
}

/** Undefined if kernels do not support such a cache. */
export function cacheType({ dtype, headDim }: Pick<CacheShape, "dtype" | "headDim">): CacheType | undefined {
  const type = CACHE_TYPES[dtype];
  return type?.scaled && headDim % SCALE_BLOCK !== 0 ? undefined : type;
}

/** Bytes of one head of a page without its scales, which is the offset of the scales. */
export function elementsBytes({ headDim, pageSize }: CacheShape, { elementBytes }: CacheType): number {
  return elementBytes * headDim * pageSize;
}
/** Bytes of one head of a page. */
export function headBytes(shape: CacheShape, type: CacheType): number {
  const scales = type.scaled ? (2 * shape.headDim * shape.pageSize) / SCALE_BLOCK : 0;
  return elementsBytes(shape, type) + scales;
}
/** Bytes of a page. */
export function pageBytes(shape: CacheShape, type: CacheType): number {
  return shape.nKvHeads * headBytes(shape, type);
}
