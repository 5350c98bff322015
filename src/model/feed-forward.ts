/** The feed-forward part of a layer, the counterpart of attention. Mixtures of experts are another `FeedForward`. */
import type { Node } from "../engine/graph/graph.ts";
import { swiglu } from "../engine/graph/ops/swiglu.ts";
import { linear, type Weights } from "./weights.ts";

/** The normalised residual stream of a layer [T, D] → the contribution that is added to the stream [T, D]. */
export type FeedForward = (layer: number, x: Node) => Node;

/** down(silu(gate(x)) ⊙ up(x)) [SwiGLU]: the network of every supported model. */
export function gatedFeedForward(weights: Weights): FeedForward {
  return (layer, x_TD) => {
    const block = `blk.${layer}.`;
    const [gate_TF, up_TF] = weights.linears(x_TD, [`${block}ffn_gate`, `${block}ffn_up`]);
    return linear(weights, swiglu(gate_TF, up_TF), `${block}ffn_down`);
  };
}
