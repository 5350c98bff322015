/**
 * The programs of training. A step is one program: forward, backward, the gradient norm, clipping, AdamW. If a step has
 * several batches, each batch is a program that accumulates its gradients, and a last program updates. Weights, moments
 * and sums of gradients are states; they never pass through JavaScript.
 */
import type { ModelConfig } from "../../config/config.ts";
import { backward } from "../../engine/graph/grad.ts";
import { Graph, type Node } from "../../engine/graph/graph.ts";
import { add } from "../../engine/graph/ops/elementwise.ts";
import type { MatmulPrecision } from "../../engine/graph/ops/matmul-precision.ts";
import { accumulate, clipFactor, RATES, sumOfSquares } from "../../engine/graph/ops/optimiser.ts";
import type { Computation } from "../../engine/graph/plan.ts";
import { rematerialise } from "../../engine/graph/rematerialise.ts";
import { type BatchNodes, batchGraph } from "../../model/graphs.ts";
import { headLoss, headLosses, rowChunks } from "./head-loss.ts";
import { type Keep, keepsOf } from "./keep.ts";
import { type Moments, stepOf } from "./moments.ts";
import { type Trainable, type TrainedPart, wholeModel } from "./trained-part.ts";

export interface OptimiserOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** λ, for parameters with weight decay. */
  readonly weightDecay: number;
  /** Largest norm of the gradient; infinity for no limit. */
  readonly clip: number;
  /** Storage of the moments (default f32). */
  readonly moments?: Moments | undefined;
}

export interface StepOptions {
  /** T: tokens per batch. */
  readonly tokens: number;
  readonly keep: Keep;
  readonly optimiser: OptimiserOptions;
  /** What is trained (default: every parameter). */
  readonly trained?: TrainedPart | undefined;
  /** Precision of the products of linear layers and of the head if all are trained (default f32). */
  readonly precision?: MatmulPrecision | undefined;
  /** Most rows whose logits exist at once (default 512). */
  readonly headRows?: number | undefined;
}

/** What the options train. */
export function trainedPart(
  config: ModelConfig,
  { trained, precision }: Pick<StepOptions, "trained" | "precision">,
): TrainedPart {
  return trained ?? wholeModel(config, precision);
}

export const gradientSumOf = (name: string): string => `sum ${name}`;

interface Gradients {
  readonly batch: BatchNodes;
  readonly loss: Node;
  /** By parameter. */
  readonly gradients: ReadonlyMap<Trainable, Node>;
}

const stateOf = (graph: Graph, { name, shape }: Trainable): Node => graph.state(name, shape, "F32");

function gradientsOf(config: ModelConfig, options: StepOptions): Gradients {
  const { tokens, headRows } = options;
  const { bind, trainables: trained } = trainedPart(config, options);
  const batch = batchGraph(config, tokens, (graph) => bind(graph, "training"));
  const nodes = trained.map((parameter) => stateOf(batch.graph, parameter));
  const head = headLoss(batch, rowChunks(tokens, config.vocabSize, headRows), nodes);
  const found = backward(head.gradients, nodes);
  return { batch, loss: head.loss, gradients: new Map(trained.map((parameter, i) => [parameter, found[i]])) };
}

/** Norm, clipping and AdamW; the rates come with the step, and a seed "rounding" [1] if moments have 8 bits. */
function update(
  graph: Graph,
  gradients: ReadonlyMap<Trainable, Node>,
  options: OptimiserOptions,
): { norm: Node; effects: Node[] } {
  const rates = graph.input("rates", [RATES.length], "F32");
  const squares = [...gradients.values()].map(sumOfSquares).reduce((sum, each) => add(sum, each));
  const { norm, factor } = clipFactor(squares, options.clip);
  const effects = [...gradients].flatMap(([parameter, gradient], number) =>
    stepOf(graph, { ...parameter, number }, gradient, { rates, factor }, options),
  );
  return { norm, effects };
}

function withKept(computation: Computation, { hidden, layerInputs }: BatchNodes, keep: Keep): Computation {
  if (keep === "all") return computation;
  return rematerialise(computation, hidden.id - 1, keepsOf(keep, layerInputs));
}

/** A step of one batch. Outputs: "loss" and "norm" [1]. Inputs: those of the batch, "rates", and "seed" if the part is random. */
export function stepComputation(config: ModelConfig, options: StepOptions): Computation {
  const { batch, loss, gradients } = gradientsOf(config, options);
  const { norm, effects } = update(batch.graph, gradients, options.optimiser);
  return withKept({ graph: batch.graph, outputs: { loss, norm }, effects }, batch, options.keep);
}

/** One batch of several. Output: "loss" [1]. Inputs: those of the batch, and "keep" [1]: 0 for the first, then 1. */
export function batchComputation(config: ModelConfig, options: StepOptions): Computation {
  const { batch, loss, gradients } = gradientsOf(config, options);
  const { graph } = batch;
  const keep = graph.input("keep", [1], "F32");
  const effects = [...gradients].map(([{ name, shape }, gradient]) =>
    accumulate(graph.state(gradientSumOf(name), shape, "F32"), gradient, keep),
  );
  return withKept({ graph, outputs: { loss }, effects }, batch, options.keep);
}

/** The end of a step of several batches. Output: "norm" [1]. Input: "rates". */
export function updateComputation(config: ModelConfig, options: StepOptions): Computation {
  const graph = new Graph();
  const sums = trainedPart(config, options).trainables.map(
    (parameter) => [parameter, graph.state(gradientSumOf(parameter.name), parameter.shape, "F32")] as const,
  );
  const { norm, effects } = update(graph, new Map(sums), options.optimiser);
  return { graph, outputs: { norm }, effects };
}

/** Losses of a batch without gradients: outputs "losses 0", "losses 1" … of the chunks of rows. */
export function evaluationComputation(
  config: ModelConfig,
  options: Pick<StepOptions, "tokens" | "trained" | "precision">,
): Computation {
  const { tokens } = options;
  const { bind } = trainedPart(config, options);
  const batch = batchGraph(config, tokens, (graph) => bind(graph, "evaluation"));
  const losses = headLosses(batch, rowChunks(tokens, config.vocabSize));
  return {
    graph: batch.graph,
    outputs: Object.fromEntries(losses.map((node, i) => [`losses ${i}`, node])),
  };
}

/** The gradients themselves, by parameter, and the loss: for tests and for other optimisers. */
export function gradientComputation(config: ModelConfig, options: StepOptions): Computation {
  const { batch, loss, gradients } = gradientsOf(config, options);
  const outputs = Object.fromEntries([...gradients].map(([{ name }, node]) => [name, node]));
  return withKept({ graph: batch.graph, outputs: { loss, ...outputs } }, batch, options.keep);
}
