/** For tests: the place of each byte of a plain cache in the kernels' layout. */
import { type DType, tensorByteLength } from "../../src/base/dtypes.ts";
import type { CacheLayout } from "../../src/engine/graph/ops/paged-attention.ts";

/** Bytes of an element and, of a scaled type, of the scale that precedes 32 of them in the plain layout. */
const ELEMENTS: Partial<Record<DType, { element: number; scale: number }>> = {
  F32: { element: 4, scale: 0 },
  F16: { element: 2, scale: 0 },
  Q8_0: { element: 1, scale: 2 },
};

/** For each byte of the plain cache [slots, columns] its place in the kernels' layout. */
export function cacheOrder(dtype: DType, slots: number, columns: number, layout: CacheLayout): Int32Array {
  const { holds, headDim, pageSize } = layout;
  const { element, scale } = ELEMENTS[dtype] as { element: number; scale: number };
  const rowBytes = (tensorByteLength(dtype, [slots, columns]) as number) / slots;
  const headBytes = (rowBytes * headDim * pageSize) / columns;
  const place = (slot: number, column: number, scaleByte?: number): number => {
    const [page, at] = [Math.floor(slot / pageSize), slot % pageSize];
    const [head, i] = [Math.floor(column / headDim), column % headDim];
    const start = page * pageSize * rowBytes + head * headBytes;
    const inGrid = (row: number, width: number) =>
      holds === "keys" ? row * pageSize + at : at * width + row;
    if (scaleByte === undefined) return start + element * inGrid(i, headDim);
    return start + element * headDim * pageSize + scale * inGrid(i / 32, headDim / 32) + scaleByte;
  };
  const order = new Int32Array(slots * rowBytes);
  for (let slot = 0; slot < slots; slot++) {
    let byte = slot * rowBytes;
    for (let column = 0; column < columns; column++) {
      if (column % 32 === 0) for (let s = 0; s < scale; s++) order[byte++] = place(slot, column, s);
      for (let e = 0; e < element; e++) order[byte++] = place(slot, column) + e;
    }
  }
  return order;
}

/** Converts a plain cache to the kernels' layout. */
export function toKernelLayout(plain: Uint8Array, order: Int32Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(plain.length);
  order.forEach((to, from) => {
    result[to] = plain[from];
  });
  return result;
}

/** Converts back to the plain layout. */
export function toPlainLayout(laidOut: Uint8Array, order: Int32Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(order, (from) => laidOut[from]);
}
