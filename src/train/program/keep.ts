/**
 * Selects the results of the forward pass that stay in memory for the backward pass (activation checkpointing). The
 * choices differ only in memory and time; the planner takes the first that fits into memory.
 */
import type { Node } from "../../engine/graph/graph.ts";
import { isOp, type OpName } from "../../engine/graph/ops/table.ts";

/** In order: from the fastest to the smallest. */
export const KEEPS = ["all", "linear", "layers"] as const;
/**
 * all: everything that the backward pass reads. linear: results of linear layers, of attention and the residual stream;
 * norms, rotations and gates are recomputed. layers: the input of each layer; the whole layer is recomputed.
 */
export type Keep = (typeof KEEPS)[number];

const LINEAR_OPS: readonly OpName[] = ["matmul", "attention", "add", "gather_rows"];

/** True for the applications whose results are kept. */
export function keepsOf(keep: Keep, layerInputs: readonly Node[]): (application: Node) => boolean {
  switch (keep) {
    case "all":
      return () => true;
    case "linear":
      return (node) => LINEAR_OPS.some((op) => isOp(node, op));
    case "layers":
      return (node) => layerInputs.includes(node);
  }
}
