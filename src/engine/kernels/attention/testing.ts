/** For tests: the kernels' layout of a cache against the plain one, and batches of sequences over a paged cache. */
import type { CacheLayout } from "../../ops/paged-attention.ts";

/** Place of each element of the plain cache [slots, columns] in the kernels' layout. */
export function cacheOrder(slots: number, columns: number, layout: CacheLayout): Int32Array {
  const { holds, headDim, pageSize } = layout;
  return Int32Array.from({ length: slots * columns }, (_, i) => {
    const [slot, column] = [Math.floor(i / columns), i % columns];
    const [page, at] = [Math.floor(slot / pageSize), slot % pageSize];
    const [head, element] = [Math.floor(column / headDim), column % headDim];
    const inHead = holds === "keys" ? element * pageSize + at : at * headDim + element;
    return page * pageSize * columns + head * headDim * pageSize + inHead;
  });
}

/** A plain cache as kernels have it. */
export function toKernelLayout(
  plain: Float32Array,
  columns: number,
  layout: CacheLayout,
): Float32Array<ArrayBuffer> {
  const order = cacheOrder(plain.length / columns, columns, layout);
  const result = new Float32Array(plain.length);
  order.forEach((to, from) => {
    result[to] = plain[from];
  });
  return result;
}

/** And back. */
export function toPlainLayout(
  laidOut: Float32Array,
  columns: number,
  layout: CacheLayout,
): Float32Array<ArrayBuffer> {
  const order = cacheOrder(laidOut.length / columns, columns, layout);
  return Float32Array.from(order, (from) => laidOut[from]);
}
