/**
 * The transformer of the LLaMA family [LLaMA] [Llama2] [Llama3], defined once. It only adds nodes to a graph:
 * inference, training and adapters differ in how weights are bound (`Weights`), in what a layer attends to (`Attend`)
 * and in its feed-forward part (`FeedForward`). LLaMA 1 to 3.2, Mistral and Qwen2 are this block with different
 * numbers.
 *
 * Dims (see shapes.ts): T tokens of any number of sequences, one row each; R rows whose logits are requested.
 */

import { assert } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { ropeFrequencies } from "../config/rope-scaling.ts";
import type { Node } from "../engine/graph/graph.ts";
import { add } from "../engine/graph/ops/elementwise.ts";
import { gatherRows } from "../engine/graph/ops/gather-rows.ts";
import type { HeadLayout } from "../engine/graph/ops/heads.ts";
import { rmsNorm } from "../engine/graph/ops/rms-norm.ts";
import { rope } from "../engine/graph/ops/rope.ts";
import { type FeedForward, gatedFeedForward } from "./feed-forward.ts";
import { linear, type Weights } from "./weights.ts";

/** Attention of one layer: queries [T, N·H], rotated keys and values [T, K·H] → [T, N·H]. */
export type Attend = (layer: number, q: Node, k: Node, v: Node) => Node;

/** Layers [from, to). */
export interface LayerRange {
  readonly from: number;
  readonly to: number;
}

export interface TrunkInputs {
  /** Token ids [T]; not read if `residual` is given. */
  readonly tokens?: Node | undefined;
  /** Position of each token in its own sequence [T]. */
  readonly positions: Node;
  readonly weights: Weights;
  readonly attend: Attend;
  /** Default: the gated network. */
  readonly feedForward?: FeedForward | undefined;
  /** Default: all layers. */
  readonly layers?: LayerRange | undefined;
  /** The residual stream [T, D] that enters the first of these layers. Default: the embedding of the tokens. */
  readonly residual?: Node | undefined;
  /** Called with the residual stream that enters each layer. */
  readonly onLayer?: ((x: Node) => void) | undefined;
  /** Length of the longest sequence; only dynamic RoPE scaling depends on it. */
  readonly context?: number;
}

/** Layout of the heads of every layer in a row. */
export function headLayout(config: ModelConfig): HeadLayout {
  const { nHeads, nKvHeads, headDim, slidingWindow } = config;
  return {
    nHeads,
    nKvHeads,
    headDim,
    scale: 1 / Math.sqrt(headDim),
    window: slidingWindow ?? Number.POSITIVE_INFINITY,
  };
}

/** From token ids to the residual stream after the last layer, [T, D], before the final norm; or a range of layers. */
export function trunk(config: ModelConfig, inputs: TrunkInputs): Node {
  const { positions, weights, attend, feedForward = gatedFeedForward(inputs.weights) } = inputs;
  const { from, to } = inputs.layers ?? { from: 0, to: config.nLayers };
  const { inverseFrequencies, attentionFactor } = ropeFrequencies(config, inputs.context ?? config.maxSeqLen);
  const frequencies = positions.graph.table(inverseFrequencies);
  const { headDim, ropePairing: pairing, normEps } = config;
  const rotate = (x: Node): Node =>
    rope(x, positions, frequencies, { headDim, pairing, magnitude: attentionFactor });

  let x_TD = startOf(inputs);
  for (let layer = from; layer < to; layer++) {
    const block = `blk.${layer}.`;
    inputs.onLayer?.(x_TD);
    const a_TD = rmsNorm(x_TD, weights.vector(`${block}attn_norm.weight`), normEps);
    const [q, k, v] = weights.linears(a_TD, [`${block}attn_q`, `${block}attn_k`, `${block}attn_v`]);
    const attended = attend(layer, rotate(q), rotate(k), v);
    x_TD = add(x_TD, linear(weights, attended, `${block}attn_output`));

    const f_TD = rmsNorm(x_TD, weights.vector(`${block}ffn_norm.weight`), normEps);
    x_TD = add(x_TD, feedForward(layer, f_TD));
  }
  return x_TD;
}

function startOf({ residual, tokens, weights }: TrunkInputs): Node {
  if (residual !== undefined) return residual;
  assert(tokens !== undefined, "the model starts with tokens or a residual stream");
  return weights.embedding(tokens);
}

/** From the residual stream x [T, D] to normalised hidden states [T, D], or [R, D] of only the rows [R]. */
export function hiddenStates(config: ModelConfig, x: Node, weights: Weights, rows?: Node): Node {
  const wanted = rows === undefined ? x : gatherRows(x, rows);
  return rmsNorm(wanted, weights.vector("output_norm.weight"), config.normEps);
}

/** From the residual stream x [T, D] to logits [T, V], or [R, V] of only the rows [R]. */
export function logits(config: ModelConfig, x: Node, weights: Weights, rows?: Node): Node {
  return weights.head(hiddenStates(config, x, weights, rows));
}
