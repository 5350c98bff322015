/**
 * How the kernels lay out the paged cache, a state [pages·pageSize, K·H]. A page is one range of bytes, so pages
 * can be copied without knowing more. Within it, head by head:
 *
 *     keys    [K][H][pageSize]    element d of every slot side by side: lanes of a vector are slots
 *     values  [K][pageSize][H]    a slot's elements side by side: lanes are elements
 *
 * so that neither the scores nor the weighted sum of values needs to add across lanes. In Q8_0 the head's integers
 * are followed by its scales, f16, one for 32 elements of a slot: [H/32][pageSize] of keys, [pageSize][H/32] of values.
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
   * Where to have memory brought: into the first-level cache as long as arithmetic is slower than memory anyway;
   * else into the second, which waits for twice as many lines at once.
   */
  readonly prefetch: "near" | "second";
  /** A vector of elements as f32; of a scaled type in units of the scale. */
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

/** Undefined if kernels have no such cache. */
export function cacheType({ dtype, headDim }: Pick<CacheShape, "dtype" | "headDim">): CacheType | undefined {
  const type = CACHE_TYPES[dtype];
  return type?.scaled && headDim % SCALE_BLOCK !== 0 ? undefined : type;
}

/** Bytes of one head of a page without scales: where its scales begin. */
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
