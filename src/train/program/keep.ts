/**
 * Which results of the forward pass stay in memory for the backward pass (activation checkpointing). The forms differ in
 * memory and time only; the planner takes the first whose memory fits.
 */
import type { Node } from "../../engine/graph/graph.ts";
import { isOp, type OpName } from "../../engine/graph/ops/table.ts";

/** From the fastest to the smallest. */
export const KEEPS = ["all", "linear", "layers"] as const;
/**
 * all: everything that is read again. linear: results of linear layers, of attention and the residual stream; norms,
 * rotations and gates are computed again. layers: what enters each layer; a layer is computed again as a whole.
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
