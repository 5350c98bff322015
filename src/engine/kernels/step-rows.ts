/** Kernels of everything in a step that is no matrix product. */
import type { KernelRow } from "./launch.ts";

export const STEP_ROWS: readonly KernelRow[] = [];
