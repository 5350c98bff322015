/** The table of kernels that a backend may call. The first row that accepts a node computes it. */
import type { Op } from "../graph/op.ts";
import { OPS } from "../graph/ops/table.ts";
import type { KernelRow } from "./launch.ts";
import { MATMUL_ROWS } from "./matmul/index.ts";
import { STEP_ROWS } from "./step-rows.ts";

const INFERENCE_ROWS: readonly KernelRow[] = [...STEP_ROWS, ...MATMUL_ROWS];
const INFERENCE_OPS: ReadonlySet<unknown> = new Set(INFERENCE_ROWS.map(({ op }) => OPS[op]));

/** The rows that may compute these ops. Those that only training needs are loaded for graphs that contain their ops. */
export async function kernelRows(ops: readonly (Op | undefined)[]): Promise<readonly KernelRow[]> {
  if (ops.every((op) => INFERENCE_OPS.has(op))) return INFERENCE_ROWS;
  const { TRAINING_ROWS } = await import("./training-rows.ts");
  return [...INFERENCE_ROWS, ...TRAINING_ROWS];
}
