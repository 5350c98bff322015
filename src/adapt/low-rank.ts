/** The nodes of a low-rank change, in training and in inference. */
import type { Graph, Node } from "../engine/graph/graph.ts";
import { dropout } from "../engine/graph/ops/dropout.ts";
import { add, scale } from "../engine/graph/ops/elementwise.ts";
import { matmul } from "../engine/graph/ops/matmul.ts";
import { eachLinear, linear, type Weights } from "../model/weights.ts";

/** A layer that is trained: its dims, and the names of its states. */
export interface TrainedLayer {
  readonly layer: string;
  readonly rank: number;
  readonly inDim: number;
  readonly outDim: number;
  readonly scale: number;
}

/** Names of the two matrices of a layer. */
export const nameOfA = (layer: string): string => `${layer}.lora_a`;
export const nameOfB = (layer: string): string => `${layer}.lora_b`;

export interface Dropping {
  readonly rate: number;
  /** An input [1]; see `dropout`. */
  readonly seed: Node;
}

/** Makes the leaf of a matrix. */
type MakeLeaf = (name: string, shape: readonly number[]) => Node;

/**
 * The weights with low-rank changes whose matrices are states (or what `leaf` makes). With B at zero the result is that of the plain weights,
 * bit for bit.
 */
export function trainedLowRank(
  graph: Graph,
  weights: Weights,
  layers: readonly TrainedLayer[],
  dropping?: Dropping,
  leaf: MakeLeaf = (name, shape) => graph.state(name, shape, "F32"),
): Weights {
  const numbers = new Map(layers.map(({ layer }, i) => [layer, i]));
  return {
    ...weights,
    linears: eachLinear((x, name) => {
      const base = linear(weights, x, name);
      const number = numbers.get(name);
      if (number === undefined) return base;
      const { layer, rank, inDim, outDim, scale: factor } = layers[number];
      const kept =
        dropping === undefined
          ? x
          : dropout(x, dropping.seed, { rate: dropping.rate, application: number + 1 });
      const down = matmul(kept, leaf(nameOfA(layer), [rank, inDim]), "NT");
      const up = matmul(scale(down, factor), leaf(nameOfB(layer), [outDim, rank]), "NT");
      return add(base, up);
    }),
  };
}
