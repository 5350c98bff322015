/** AdamW's moments of a parameter: floats, or 8 bits for large parameters, which takes a quarter of the memory. */
import type { DType } from "../../base/dtypes.ts";
import type { Graph, Node } from "../../engine/graph/graph.ts";
import { SEEDS } from "../../engine/graph/ops/dropout.ts";
import { type AdamWAttributes, adamw } from "../../engine/graph/ops/optimiser.ts";
import { adamwSmall, smallMomentsShape } from "../../engine/graph/ops/small-moments.ts";
import type { OptimiserOptions } from "./computations.ts";
import type { Trainable } from "./trained-part.ts";

/** Storage of moments. */
export const MOMENTS = ["f32", "8bit"] as const;
export type Moments = (typeof MOMENTS)[number];

/** Parameters with fewer elements keep floats, as their moments are small anyway [AdamW8bit]. */
const LEAST_ELEMENTS = 4096;

export const firstMomentOf = (name: string): string => `first ${name}`;
export const secondMomentOf = (name: string): string => `second ${name}`;

export interface MomentSpec {
  readonly dtype: DType & ("F32" | "I8");
  readonly shape: readonly number[];
}

/** Type and shape of each of a parameter's moments. */
export function momentSpec({ shape }: Trainable, { moments = "f32" }: OptimiserOptions): MomentSpec {
  const length = shape.reduce((product, dim) => product * dim, 1);
  const isSmall = moments === "8bit" && length >= LEAST_ELEMENTS;
  return isSmall ? { dtype: "I8", shape: smallMomentsShape(shape) } : { dtype: "F32", shape };
}

/** The new versions of a parameter and its moments. @param number its place among all parameters. */
export function stepOf(
  graph: Graph,
  { name, shape, decays, number }: Trainable & { readonly number: number },
  gradient: Node,
  inputs: { readonly rates: Node; readonly factor: Node },
  options: OptimiserOptions,
): readonly Node[] {
  const { beta1, beta2, eps, weightDecay } = options;
  const { dtype, shape: momentShape } = momentSpec({ name, shape, decays }, options);
  const states = {
    weights: graph.state(name, shape, "F32"),
    first: graph.state(firstMomentOf(name), momentShape, dtype),
    second: graph.state(secondMomentOf(name), momentShape, dtype),
  };
  const attributes: AdamWAttributes = { beta1, beta2, eps, weightDecay: decays ? weightDecay : 0 };
  const { rates, factor } = inputs;
  if (dtype === "F32") return adamw(states, gradient, rates, factor, attributes);
  const seed = graph.input("rounding", [1], "I32", SEEDS);
  return adamwSmall(states, gradient, { rates, factor, seed }, { ...attributes, application: number });
}
