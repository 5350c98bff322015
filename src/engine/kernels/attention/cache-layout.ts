/**
 * How the kernels lay out the paged cache, a state [pages·pageSize, K·H]. A page is one range of bytes, so pages
 * can be copied without knowing more. Within it, head by head:
 *
 *     keys    [K][H][pageSize]    element d of every slot side by side: lanes of a vector are slots
 *     values  [K][pageSize][H]    a slot's elements side by side: lanes are elements
 *
 * so that neither the scores nor the weighted sum of values needs to add across lanes.
 */
export interface CacheShape {
  /** K */
  readonly nKvHeads: number;
  /** H */
  readonly headDim: number;
  readonly pageSize: number;
}

/** Bytes of one head of a page. */
export function headBytes({ headDim, pageSize }: CacheShape): number {
  return 4 * headDim * pageSize;
}
/** Bytes of a page. */
export function pageBytes(shape: CacheShape): number {
  return shape.nKvHeads * headBytes(shape);
}
