/** Kernels of matrix products. */
import type { KernelRow } from "../launch.ts";
import { FLOAT_ROW } from "./float/product.ts";
import { QUANTISED_ROW } from "./quantised/product.ts";

export const MATMUL_ROWS: readonly KernelRow[] = [QUANTISED_ROW, FLOAT_ROW];
