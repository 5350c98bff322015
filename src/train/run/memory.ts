/** Memory of a run by kind, computed from its plan without allocating anything. */
import { chooseKeep } from "../model-states.ts";
import type { OptimiserOptions } from "../program/computations.ts";
import type { Keep } from "../program/keep.ts";
import { momentSpec } from "../program/moments.ts";
import { type Trainable, type TrainedPart, wholeModel } from "../program/trained-part.ts";
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

const lengthOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** Frozen weights keep their types. */
function frozenBytes({ params }: TrainedPart): number {
  return [...params.values()].reduce((sum, { bytes, byteLength = bytes.byteLength }) => sum + byteLength, 0);
}

function momentBytes(parameter: Trainable, optimiser: OptimiserOptions): number {
  const { dtype, shape } = momentSpec(parameter, optimiser);
  return dtype === "I8" ? lengthOf(shape) : FLOAT_BYTES * lengthOf(shape);
}

/** The floats of the largest packed weight, which the backward pass decodes. */
function decodedBytes({ params }: TrainedPart): number {
  const packed = [...params.values()].filter(({ dtype, shape }) => dtype !== "F32" && shape.length > 1);
  return FLOAT_BYTES * Math.max(0, ...packed.map(({ shape }) => lengthOf(shape)));
}

/** @param trained what is trained (default: every parameter). */
export function memoryOfRun(plan: RunPlan, trained: TrainedPart = wholeModel(plan.config)): RunMemory {
  const { config, batchTokens, optimiser, parts, recipe } = plan;
  const { keep, byteLength } = chooseKeep(config, { tokens: batchTokens, optimiser, trained }, recipe.memory);
  const learnt = FLOAT_BYTES * trained.trainables.reduce((sum, { shape }) => sum + lengthOf(shape), 0);
  const weights = learnt + frozenBytes(trained);
  const activations = Math.max(0, byteLength - learnt) + decodedBytes(trained);
  const gradients = parts === 1 ? learnt : 2 * learnt;
  const moments = 2 * trained.trainables.reduce((sum, each) => sum + momentBytes(each, optimiser), 0);
  return {
    weights,
    moments,
    gradients,
    activations,
    total: weights + moments + gradients + activations,
    keep,
  };
}
