/**
 * The two graphs of a model: a step of inference over the paged cache, and the loss of a training batch. Both use
 * `trunk` of llama.ts; they differ in the source of attention's keys and values.
 */

import type { DType } from "../base/dtypes.ts";
import type { ModelConfig } from "../config/config.ts";
import { Graph, type Node } from "../engine/graph/graph.ts";
import { attention } from "../engine/graph/ops/attention.ts";
import { crossEntropy } from "../engine/graph/ops/cross-entropy.ts";
import { kvWrite, pagedAttention } from "../engine/graph/ops/paged-attention.ts";
import { dot } from "../engine/graph/ops/reductions.ts";
import { isOp } from "../engine/graph/ops/table.ts";
import type { Computation } from "../engine/graph/plan.ts";
import type { CacheDtype } from "./defaults.ts";
import { type Attend, headLayout, hiddenStates, type LayerRange, trunk } from "./llama.ts";
import { plainWeights, tapped, type Weights } from "./weights.ts";

export type BindWeights = (graph: Graph) => Weights;

/** Maximum sizes of a step of inference. */
export interface StepLimits {
  /** T: tokens of one step, of all sequences together. */
  readonly maxTokens: number;
  /** B: sequences of one step. */
  readonly maxSequences: number;
  /** Tokens of one sequence. */
  readonly context: number;
  /** Pages of the cache, and slots of a page. */
  readonly nPages: number;
  readonly pageSize: number;
  /** Storage type of keys and values. */
  readonly cacheDtype: CacheDtype;
}

/** Names of the cache of a layer; shape [nPages·pageSize, K·H]. */
export function cacheNames(layer: number): { k: string; v: string } {
  return { k: `cache.${layer}.k`, v: `cache.${layer}.v` };
}

/** Pages that a sequence of `context` tokens needs. */
export function pagesPerSequence({ context, pageSize }: Pick<StepLimits, "context" | "pageSize">): number {
  return Math.ceil(context / pageSize);
}

/** Results that a step returns. Each combination is a separate program over the same weights and cache. */
export interface StepWants {
  /** Logits of the requested rows [R, V]. */
  readonly logits?: boolean | undefined;
  /** Normalised hidden states of the requested rows [R, D], for embeddings. */
  readonly hidden?: boolean | undefined;
  /** Linear layers ("blk.3.attn_q") whose inputs are wanted for all tokens [T, in]; "output" [R, D] with logits. */
  readonly taps?: readonly string[] | undefined;
}

/** Name of an output with the input of a linear layer. */
export const tapName = (layer: string): string => `tap ${layer}`;

/**
 * A part of a step, for weights that arrive one layer after the other: a range of layers, without or with the results
 * after the last. Stages run in order; the residual stream goes from each to the next.
 */
export interface Stage extends LayerRange {
  readonly results: boolean;
}

/** One stage per layer, and one for the results, whose matrix is the largest. */
export function stagesOf({ nLayers }: Pick<ModelConfig, "nLayers">): Stage[] {
  const layers = Array.from({ length: nLayers }, (_, from) => ({ from, to: from + 1, results: false }));
  return [...layers, { from: nLayers, to: nLayers, results: true }];
}

/**
 * One step of inference. Inputs: tokens, positions, sequences (row of the page table), slots [T], page_table
 * [B, P], rows [R]. Outputs as requested: "logits" [R, V], "hidden" [R, D], taps [T, in]. Symbols: T, B, R.
 * @param longest length for which positions are rotated, if the model's scaling depends on it.
 * @param stage a part of the step: its inputs have "residual" [T, D] instead of tokens if it starts after the first
 * layer, its outputs have "residual" instead of results if it ends before them.
 */
export function inferenceGraph(
  config: ModelConfig,
  limits: StepLimits,
  bind: BindWeights,
  wants: StepWants = { logits: true },
  longest = limits.context,
  stage: Stage = { from: 0, to: config.nLayers, results: true },
): Computation {
  const { maxTokens, maxSequences, nPages, pageSize, context } = limits;
  const graph = new Graph();
  const T = graph.symbol("T", maxTokens);
  const B = graph.symbol("B", maxSequences);
  const nSlots = nPages * pageSize;
  const pages = pagesPerSequence(limits);
  const positions = graph.input("positions", [T], "I32", context);
  const sequences = graph.input("sequences", [T], "I32", B);
  const slots = graph.input("slots", [T], "I32", nSlots);
  const pageTable = graph.input("page_table", [B, pages], "I32", nPages);
  const heads = { ...headLayout(config), pageSize };
  const kvDim = config.nKvHeads * config.headDim;

  const attend: Attend = (layer, q, k, v) => {
    const names = cacheNames(layer);
    const { headDim } = config;
    const kState = graph.state(names.k, [nSlots, kvDim], limits.cacheDtype);
    const vState = graph.state(names.v, [nSlots, kvDim], limits.cacheDtype);
    const kCache = kvWrite(kState, k, slots, { holds: "keys", headDim, pageSize });
    const vCache = kvWrite(vState, v, slots, { holds: "values", headDim, pageSize });
    return pagedAttention({ q, kCache, vCache, pageTable, sequences, positions, heads });
  };
  const taps = new Map<string, Node>();
  const weights = tapped(bind(graph), wants.taps ?? [], taps);
  const start =
    stage.from === 0
      ? { tokens: graph.input("tokens", [T], "I32", config.vocabSize) }
      : { residual: graph.input("residual", [T, config.dim], "F32") };
  const x_TD = trunk(config, { ...start, positions, weights, attend, context: longest, layers: stage });
  if (!stage.results) return { graph, outputs: { residual: x_TD }, effects: cacheWrites(graph) };
  const R = graph.symbol("R", maxTokens);
  const rows = graph.input("rows", [R], "I32", T);
  const hidden_RD = hiddenStates(config, x_TD, weights, rows);
  const outputs = {
    ...(wants.logits === true ? { logits: weights.head(hidden_RD) } : {}),
    ...(wants.hidden === true ? { hidden: hidden_RD } : {}),
    ...Object.fromEntries([...taps].map(([layer, node]) => [tapName(layer), node])),
  };
  // A step without requested results still fills the cache.
  return { graph, outputs, effects: cacheWrites(graph) };
}

/** The last versions of the cache's states. */
function cacheWrites(graph: Graph): Node[] {
  return graph.nodes.filter((node) => isOp(node, "kv_write"));
}

/** The model over a batch, up to the losses. */
export interface BatchNodes {
  readonly graph: Graph;
  readonly weights: Weights;
  /** Normalised hidden states [T, D]; everything before this node is the model. */
  readonly hidden: Node;
  /** Next tokens [T]. */
  readonly targets: Node;
  /** Weight of each prediction in the loss [T]: 1/n for the n tokens that are learnt, 0 for the others. */
  readonly lossWeights: Node;
  /** The residual stream that enters each layer, [T, D] each. */
  readonly layerInputs: readonly Node[];
}

/**
 * The model over a batch of T tokens without a cache. Inputs: tokens, positions, starts (the first row that each row
 * sees), targets [T] (integers) and loss_weights [T] (floats).
 */
export function batchGraph(config: ModelConfig, T: number, bind: BindWeights): BatchNodes {
  const graph = new Graph();
  const positions = graph.input("positions", [T], "I32", config.maxSeqLen);
  const starts = graph.input("starts", [T], "I32", T);
  const heads = headLayout(config);
  const attend: Attend = (_, q, k, v) => attention({ q, k, v, starts, heads });
  const weights = bind(graph);
  const tokens = graph.input("tokens", [T], "I32", config.vocabSize);
  const targets = graph.input("targets", [T], "I32", config.vocabSize);
  const lossWeights = graph.input("loss_weights", [T], "F32");
  const layerInputs: Node[] = [];
  const onLayer = (x: Node): unknown => layerInputs.push(x);
  const hidden = hiddenStates(
    config,
    trunk(config, { tokens, positions, weights, attend, onLayer }),
    weights,
  );
  return { graph, weights, hidden, targets, lossWeights, layerInputs };
}

/**
 * The loss of a batch in its plain form, with all logits at once: the weighted sum of the negative log-likelihoods [1],
 * and the logits [T, V]. The inputs are those of `batchGraph`.
 */
export function trainingGraph(
  config: ModelConfig,
  T: number,
  bind: BindWeights = (graph) => plainWeights(graph, config, (): DType => "F32"),
): { graph: Graph; loss: Node; logits: Node } {
  const { graph, weights, hidden, targets, lossWeights } = batchGraph(config, T, bind);
  const logits = weights.head(hidden);
  return { graph, loss: dot(crossEntropy(logits, targets), lossWeights), logits };
}
