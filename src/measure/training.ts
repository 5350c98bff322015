/**
 * Benchmarks of training: steps of AdamW at a shape, as a share of the machine's arithmetic and compared with PyTorch.
 * Operations are counted as 6·N + 6·L·d·T per token for all engines.
 */

import { Random } from "../base/random.ts";
import { type ModelConfig, modelConfig } from "../config/config.ts";
import {
  type Batch,
  flopsPerToken,
  type OptimiserOptions,
  packDocuments,
  trainables,
} from "../train/index.ts";
import { median } from "./figures.ts";
import { TRAINING_SIZES } from "./training-shapes.ts";

export interface TrainingShape {
  readonly config: ModelConfig;
  /** Rows of a step, and tokens of a row. */
  readonly rows: number;
  readonly length: number;
}

export function trainingShape(name: string, length?: number): TrainingShape {
  const { layers, heads, rows, ...sizes } = TRAINING_SIZES[name];
  const rowLength = length ?? sizes.length;
  const { dim, ffnDim, vocabSize } = sizes;
  const fields = {
    dim,
    ffnDim,
    vocabSize,
    nLayers: layers,
    nHeads: heads,
    nKvHeads: heads,
    tied: true,
  } as const;
  const fixed = {
    architecture: "llama",
    normEps: 1e-5,
    ropePairing: "halves",
    maxSeqLen: rowLength,
  } as const;
  // The same number of tokens for every length of a row.
  const count = Math.max(1, Math.round((rows * sizes.length) / rowLength));
  return { config: modelConfig({ ...fixed, ...fields }, { name }), rows: count, length: rowLength };
}

export const BENCH_OPTIMISER: OptimiserOptions & { readonly learningRate: number } = {
  learningRate: 3e-4,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.1,
  clip: 1,
};

/** The same random rows at every step. */
export function benchBatch({ config, rows, length }: TrainingShape): Batch {
  const random = new Random(5);
  const row = (): number[] => Array.from({ length: length + 1 }, () => random.below(config.vocabSize));
  return packDocuments(Array.from({ length: rows }, row));
}

/**
 * Weights by a formula that the PyTorch side also uses: 0.1·sin(0.7·(p + 1) + 1.3·i) at index i of parameter p, plus 1
 * for norms.
 */
export function formulaWeights(config: ModelConfig): Map<string, Float32Array<ArrayBuffer>> {
  return new Map(
    trainables(config).map(({ name, shape }, p) => {
      const length = shape.reduce((product, dim) => product * dim, 1);
      const base = shape.length === 1 ? 1 : 0;
      return [name, Float32Array.from({ length }, (_, i) => base + 0.1 * Math.sin(0.7 * (p + 1) + 1.3 * i))];
    }),
  );
}

export interface TrainingRun {
  /** Seconds of each step. */
  readonly seconds: readonly number[];
  readonly losses: readonly number[];
}

/** The runs of an engine. */
export interface TrainingMeasured {
  readonly name: string;
  readonly description: string;
  readonly runs: readonly TrainingRun[];
  readonly peakBytes: number;
}

export interface TrainingFigures extends Omit<TrainingMeasured, "runs"> {
  /** Of the median step. */
  readonly tokensPerSecond: number;
  readonly secondsPerStep: readonly number[];
}

export interface TrainingBench extends TrainingFigures {
  readonly shape: string;
  readonly precision: string;
  readonly threads: number;
  readonly backend: string;
  readonly rows: number;
  readonly length: number;
  readonly flopsPerToken: number;
  /** 10⁹ operations per second. */
  readonly gflops: number;
  readonly ceilingGflops: number | undefined;
  readonly shareOfCeiling: number | undefined;
  /** Greatest normalised error of a gradient against the reference at a small shape, and of losses against the peer. */
  readonly check: TrainingCheck | undefined;
  readonly peer: TrainingFigures | undefined;
  readonly ratio: { readonly tokensPerSecond: number; readonly peakBytes: number } | undefined;
}

export interface TrainingCheck {
  readonly gradientNmse: number;
  /** Greatest relative difference of losses over five steps. */
  readonly peerLoss: number | undefined;
}

function figuresOf({ runs, ...rest }: TrainingMeasured, tokens: number): TrainingFigures {
  const secondsPerStep = runs.flatMap(({ seconds }) => seconds);
  return { ...rest, secondsPerStep, tokensPerSecond: tokens / median(secondsPerStep) };
}

export function trainingBench(
  of: {
    readonly shape: string;
    readonly precision: string;
    readonly threads: number;
    readonly backend: string;
    readonly sizes: TrainingShape;
    readonly ceilingGflops: number | undefined;
    readonly check: TrainingCheck | undefined;
  },
  own: TrainingMeasured,
  peer: TrainingMeasured | undefined,
): TrainingBench {
  const { sizes, ceilingGflops, ...said } = of;
  const { rows, length, config } = sizes;
  const figures = figuresOf(own, rows * length);
  const other = peer === undefined ? undefined : figuresOf(peer, rows * length);
  const operations = flopsPerToken(config, length);
  const gflops = (figures.tokensPerSecond * operations) / 1e9;
  return {
    ...said,
    ...figures,
    ...{ rows, length, flopsPerToken: operations, gflops, ceilingGflops },
    shareOfCeiling: ceilingGflops === undefined ? undefined : gflops / ceilingGflops,
    peer: other,
    ratio:
      other === undefined
        ? undefined
        : {
            tokensPerSecond: figures.tokensPerSecond / other.tokensPerSecond,
            peakBytes: figures.peakBytes / other.peakBytes,
          },
  };
}
