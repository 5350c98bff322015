/**
 * The plain training loop: one batch, full gradients, AdamW, on any backend. It proves that the one model
 * definition learns. The trainer with data loading, schedules and checkpoints is in `run/`.
 */
import { assert } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import type { Backend } from "../engine/backend/backend.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { grad } from "../engine/graph/grad.ts";
import { trainingGraph } from "../model/graphs.ts";
import { AdamW, type AdamWOptions, clipGradients, type Trainable } from "./adamw.ts";
import { packDocuments } from "./batch.ts";

export interface LoopOptions extends AdamWOptions {
  readonly steps: number;
  /** Largest global norm of the gradients (default 1). */
  readonly clip?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number, loss: number) => void;
}

/**
 * Trains `weights` (by canonical name, changed in place) on the same documents at every step.
 * @returns the loss before each step, in nats per token.
 */
export async function trainOnDocuments(
  model: { readonly config: ModelConfig; readonly weights: ReadonlyMap<string, Float32Array<ArrayBuffer>> },
  documents: readonly ArrayLike<number>[],
  backend: Backend,
  options: LoopOptions,
): Promise<number[]> {
  const { config, weights } = model;
  const batch = packDocuments(documents, config.slidingWindow ?? undefined);
  const T = batch.tokens.length;
  const { graph, loss } = trainingGraph(config, T);
  const parameters = parameterShapes(config).filter(({ name }) => weights.has(name));
  const nodes = parameters.map(({ name, shape }) => graph.param(name, shape, "F32"));
  const gradients = grad(loss, nodes).map((node, i) => [parameters[i].name, node] as const);
  const outputs = { loss, ...Object.fromEntries(gradients) };
  const bindings = { params: bind(weights, parameters), states: new Map() };
  using program = await backend.compile({ graph, outputs }, bindings);

  const optimiser = new AdamW();
  const losses: number[] = [];
  for (let step = 0; step < options.steps; step++) {
    const results = await program.run({ ...batch }, {}, { signal: options.signal });
    losses.push(results.loss[0]);
    options.onStep?.(step, results.loss[0]);
    clipGradients(
      parameters.map(({ name }) => results[name]),
      options.clip ?? 1,
    );
    optimiser.update(trainables(weights, parameters, results), options);
  }
  return losses;
}

type Named = { readonly name: string; readonly shape: readonly number[] };

function bind(
  weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
  parameters: readonly Named[],
): Map<string, BoundTensor> {
  return new Map(
    parameters.map(({ name, shape }) => {
      const values = weights.get(name);
      assert(values !== undefined, `parameter ${name} has no values`);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      return [name, { dtype: "F32", shape, bytes }];
    }),
  );
}

function trainables(
  weights: ReadonlyMap<string, Float32Array>,
  parameters: readonly Named[],
  gradients: Readonly<Record<string, Float32Array>>,
): Map<string, Trainable> {
  return new Map(
    parameters.map(({ name, shape }) => {
      const values = weights.get(name);
      assert(values !== undefined, `parameter ${name} has no values`);
      return [name, { values, gradient: gradients[name], decays: shape.length > 1 }];
    }),
  );
}
