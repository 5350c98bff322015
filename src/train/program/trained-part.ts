/** What a program trains: all weights of a model, or something small beside frozen weights. */
import type { ModelConfig } from "../../config/config.ts";
import { parameterShapes } from "../../config/parameters.ts";
import type { BoundTensor } from "../../engine/graph/bindings.ts";
import type { Graph } from "../../engine/graph/graph.ts";
import type { MatmulPrecision } from "../../engine/graph/ops/matmul-precision.ts";
import { trainableWeights, type Weights } from "../../model/weights.ts";

/** A trained parameter, and the name of its state. */
export interface Trainable {
  readonly name: string;
  readonly shape: readonly number[];
  /** Matrices decay; norms and biases do not. */
  readonly decays: boolean;
}

/** Evaluation differs from training where training is random. */
export type Phase = "training" | "evaluation";

/** Only the trained parameters have gradients, moments and sums. */
export interface TrainedPart {
  readonly trainables: readonly Trainable[];
  /** Frozen parameters, by name. */
  readonly params: ReadonlyMap<string, BoundTensor>;
  /** The weights of the model: trained parameters are states with their names, frozen ones params. */
  readonly bind: (graph: Graph, phase: Phase) => Weights;
  /** Whether a training step reads the input "seed" [1]. */
  readonly isRandom: boolean;
}

/** All parameters of the model except optional ones. */
export function trainables(config: ModelConfig): Trainable[] {
  return parameterShapes(config)
    .filter(({ optional }) => optional !== true)
    .map(({ name, shape }) => ({ name, shape, decays: shape.length > 1 }));
}

/** Every parameter is trained. */
export function wholeModel(config: ModelConfig, precision?: MatmulPrecision): TrainedPart {
  return {
    trainables: trainables(config),
    params: new Map(),
    bind: (graph) => trainableWeights(graph, config, precision),
    isRandom: false,
  };
}
