/** The table of kernels: what a backend may call, and for which nodes. The first row that takes a node computes it. */
import type { KernelRow } from "./launch.ts";
import { MATMUL_ROWS } from "./matmul/index.ts";
import { STEP_ROWS, TRAINING_ROWS } from "./step-rows.ts";

export const KERNEL_ROWS: readonly KernelRow[] = [...STEP_ROWS, ...MATMUL_ROWS, ...TRAINING_ROWS];
