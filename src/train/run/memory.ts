/** Memory of a run by kind, computed from its plan without allocating anything. */
import { chooseKeep } from "../model-states.ts";
import type { Keep } from "../program/keep.ts";
import type { RunPlan } from "./plan.ts";

export interface RunMemory {
  /** Bytes. */
  readonly weights: number;
  /** AdamW's two moments. */
  readonly moments: number;
  /** Sums of gradients, if a step has several parts. */
  readonly gradients: number;
  /** Results of the forward pass, gradients of results, and the largest chunk of logits. */
  readonly activations: number;
  readonly total: number;
  /** Results of the forward pass that are kept. */
  readonly keep: Keep;
}

const FLOAT_BYTES = 4;

export function memoryOfRun({
  config,
  parameters,
  batchTokens,
  optimiser,
  parts,
  recipe,
}: RunPlan): RunMemory {
  const { keep, byteLength } = chooseKeep(config, { tokens: batchTokens, optimiser }, recipe.memory);
  const weights = FLOAT_BYTES * parameters;
  const activations = Math.max(0, byteLength - weights);
  const gradients = parts === 1 ? weights : 2 * weights;
  const moments = 2 * weights;
  return {
    weights,
    moments,
    gradients,
    activations,
    total: weights + moments + gradients + activations,
    keep,
  };
}
