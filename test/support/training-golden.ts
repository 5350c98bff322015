/** The small training runs that are compared with PyTorch's: weights by a formula, batches by a seed. */

import { Random } from "../../src/base/random.ts";
import type { ModelConfig } from "../../src/config/config.ts";
import { modelConfig } from "../../src/config/config.ts";
import { type Batch, packDocuments } from "../../src/train/batch.ts";

export const GOLDEN_STEPS = 20;
/** AdamW's numbers; decay, clipping and ε are large enough to have a visible effect. */
export const GOLDEN_OPTIMISER = {
  learningRate: 3e-3,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-5,
  weightDecay: 0.1,
  clip: 1,
} as const;

/** Grouped heads with a tied head, and one that has neither; both odd in size. */
export const GOLDEN_CONFIGS: Readonly<Record<string, ModelConfig>> = {
  tied: golden({
    dim: 24,
    ffnDim: 40,
    nLayers: 2,
    nHeads: 4,
    nKvHeads: 2,
    headDim: 6,
    vocabSize: 41,
    tied: true,
  }),
  plain: golden({
    dim: 20,
    ffnDim: 36,
    nLayers: 3,
    nHeads: 2,
    nKvHeads: 2,
    headDim: 10,
    vocabSize: 33,
    tied: false,
  }),
};

type Sizes = Pick<
  ModelConfig,
  "dim" | "ffnDim" | "nLayers" | "nHeads" | "nKvHeads" | "headDim" | "vocabSize" | "tied"
>;

function golden(sizes: Sizes): ModelConfig {
  const fixed = {
    architecture: "llama",
    maxSeqLen: 64,
    normEps: 1e-5,
    ropeTheta: 10000,
    ropePairing: "halves",
  } as const;
  return modelConfig({ ...fixed, ...sizes }, { name: "a model of the golden runs" });
}

/** Three documents of changing length in each batch, 40 predictions together. */
export function goldenBatches({ vocabSize }: ModelConfig): Batch[] {
  const random = new Random(11);
  return Array.from({ length: GOLDEN_STEPS }, () => {
    const first = 2 + random.below(20);
    const second = 2 + random.below(15);
    const lengths = [first, second, 43 - first - second];
    return packDocuments(lengths.map((length) => Array.from({ length }, () => random.below(vocabSize))));
  });
}

/** The job for PyTorch. */
export function goldenJob(config: ModelConfig): unknown {
  const batches = goldenBatches(config).map(({ tokens, targets, positions, starts }) =>
    Object.fromEntries(
      Object.entries({ tokens, targets, positions, starts }).map(([name, values]) => [name, [...values]]),
    ),
  );
  return { mode: "steps", config, optimiser: GOLDEN_OPTIMISER, batches };
}

/** PyTorch's results. */
export interface GoldenRun {
  readonly torch: string;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  /** Gradients of the first step by parameter: f32, base64. */
  readonly gradients: Readonly<Record<string, string>>;
}
