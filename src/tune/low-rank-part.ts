/**
 * What low-rank training trains [LoRA]: the two matrices of each chosen layer, beside frozen weights of any storage type,
 * which stay as they are in memory [QLoRA]. The forward pass uses the kernels of inference, so quantised weights meet
 * activations rounded to 8 bits; the backward pass decodes weights and ignores that rounding.
 */
import { type AdapterLayer, linearLayers, scaleOf } from "../adapt/adapter.ts";
import { nameOfA, nameOfB, type TrainedLayer, trainedLowRank } from "../adapt/low-rank.ts";
import { targetLayers } from "../adapt/targets.ts";
import { assert } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { SEEDS } from "../engine/graph/ops/dropout.ts";
import { plainWeights } from "../model/weights.ts";
import type { TrainedPart } from "../train/index.ts";

/** The size of an adapter, and where it goes. */
export interface LowRankSpec {
  readonly rank: number;
  readonly alpha: number;
  /** Probability with which an element of a layer's input is dropped. */
  readonly dropout: number;
  readonly rsLora: boolean;
  /** See `targetLayers`. */
  readonly targets: readonly string[];
}

/** The trained layers of a model. @throws ConfigError for targets that it lacks. */
export function trainedLayers(config: ModelConfig, spec: LowRankSpec): TrainedLayer[] {
  const known = linearLayers(config);
  const scale = scaleOf(spec.alpha, spec.rank, spec.rsLora);
  return targetLayers(config, spec.targets).map((layer) => {
    const shape = known.get(layer);
    assert(shape !== undefined, `no layer ${layer}`);
    return { layer, rank: spec.rank, outDim: shape[0], inDim: shape[1], scale };
  });
}

/** @param params the frozen weights. */
export function lowRankPart(
  config: ModelConfig,
  params: ReadonlyMap<string, BoundTensor>,
  layers: readonly TrainedLayer[],
  dropout: number,
): TrainedPart {
  const isRandom = dropout > 0;
  return {
    trainables: layers.flatMap(({ layer, rank, inDim, outDim }) => [
      { name: nameOfA(layer), shape: [rank, inDim], decays: true },
      { name: nameOfB(layer), shape: [outDim, rank], decays: true },
    ]),
    params,
    bind(graph, phase) {
      const plain = plainWeights(graph, config, (name) => params.get(name)?.dtype ?? "F32");
      const drops = isRandom && phase === "training";
      const seed = drops ? graph.input("seed", [1], "I32", SEEDS) : undefined;
      return trainedLowRank(graph, plain, layers, seed && { rate: dropout, seed });
    },
    isRandom,
  };
}

/** The adapter that the trained matrices are, as copies. */
export function adapterLayers(
  layers: readonly TrainedLayer[],
  values: ReadonlyMap<string, Float32Array>,
): Map<string, AdapterLayer> {
  return new Map(
    layers.map(({ layer, ...dims }) => {
      const [a, b] = [values.get(nameOfA(layer)), values.get(nameOfB(layer))];
      assert(a !== undefined && b !== undefined, `the adapter has no ${layer}`);
      return [layer, { ...dims, a: Float32Array.from(a), b: Float32Array.from(b) }];
    }),
  );
}
