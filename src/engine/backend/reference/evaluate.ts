/**
 * Evaluates some nodes of a graph once, on the reference backend: for tests, small experiments and checks of gradients.
 * To run a computation more than once, compile a program instead.
 */

import type { BoundTensor } from "../../graph/bindings.ts";
import type { Graph, Node } from "../../graph/graph.ts";
import type { FloatArray } from "../../graph/op.ts";
import type { Precision } from "../../graph/plan.ts";
import { referenceBackend } from "./reference.ts";

export interface EvaluateOptions {
  readonly inputs?: Readonly<Record<string, Int32Array | FloatArray>>;
  readonly dims?: Readonly<Record<string, number>>;
  readonly params?: ReadonlyMap<string, BoundTensor>;
  readonly precision?: Precision;
}

/** Values of the nodes, by the given names. In f64 the results are Float64Arrays, and float inputs must be, too. */
export async function evaluate(
  graph: Graph,
  outputs: Readonly<Record<string, Node>>,
  { inputs = {}, dims = {}, params = new Map(), precision = "f32" }: EvaluateOptions,
): Promise<Record<string, FloatArray>> {
  const bindings = { params, states: new Map() };
  using program = await referenceBackend().compile({ graph, outputs }, bindings, precision);
  const results = await program.run(inputs, dims);
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, values.slice()]));
}
