/** Kernels of matrix products. */
import type { KernelRow } from "../launch.ts";
import { DECODE_ROW } from "./decode/index.ts";
import { DENSE_ROW } from "./dense/product.ts";
import { FLOAT_ROW } from "./float/product.ts";
import { GROUPED_ROW } from "./grouped/product.ts";
import { QUANTISED_ROW } from "./quantised/product.ts";

export { multipliesRounded } from "./float/product.ts";
export { multipliesIn } from "./precisions.ts";

/** Rows of packed weights come first; the dense product takes the rest. */
export const MATMUL_ROWS: readonly KernelRow[] = [
  QUANTISED_ROW,
  FLOAT_ROW,
  GROUPED_ROW,
  DENSE_ROW,
  DECODE_ROW,
];
