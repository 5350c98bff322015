/** The table of kernels that a backend may call. The first row that accepts a node computes it. */
import type { KernelRow } from "./launch.ts";
import { MATMUL_ROWS } from "./matmul/index.ts";
import { STEP_ROWS, TRAINING_ROWS } from "./step-rows.ts";

export const KERNEL_ROWS: readonly KernelRow[] = [...STEP_ROWS, ...MATMUL_ROWS, ...TRAINING_ROWS];
