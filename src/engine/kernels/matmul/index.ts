/** Kernels of matrix products. */
import type { KernelRow } from "../launch.ts";
import { DENSE_ROW, multipliesIn } from "./dense/product.ts";
import { FLOAT_ROW } from "./float/product.ts";
import { QUANTISED_ROW } from "./quantised/product.ts";

export { multipliesIn };

/** Packed weights first; what is not packed beforehand is left to the dense product. */
export const MATMUL_ROWS: readonly KernelRow[] = [QUANTISED_ROW, FLOAT_ROW, DENSE_ROW];
