/**
 * The check before measuring training: gradients of a small model against the reference's, losses against the peer's.
 * The speed of wrong results would be meaningless.
 */
import { DeviceError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type ModelConfig, modelConfig } from "../config/config.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import { nmse } from "../measure/figures.ts";
import { formulaWeights, type TrainingCheck, type TrainingShape } from "../measure/training.ts";
import { initialiseWeights, trainables } from "../train/index.ts";
import { BenchChild } from "./bench-engines.ts";
import type { TrainingMeans } from "./bench-train-child.ts";

/** Limits per precision for the deviation of gradients and losses from f32; wrong kernels deviate by 1. */
const LIMITS: Readonly<Record<MatmulPrecision, { readonly gradientNmse: number; readonly loss: number }>> = {
  f32: { gradientNmse: 1e-8, loss: 1e-5 },
  bf16: { gradientNmse: 1e-3, loss: 5e-3 },
};

/** Another engine that trains the same small model. */
export interface LossPeer {
  /** Losses of five steps from weights given by a formula. */
  losses(sizes: TrainingShape, documents: readonly (readonly number[])[]): Promise<readonly number[]>;
}

type WeightsByName = ReadonlyMap<string, Float32Array>;

function smallModel() {
  const fields = {
    dim: 96,
    ffnDim: 160,
    nLayers: 2,
    nHeads: 4,
    nKvHeads: 2,
    vocabSize: 259,
    maxSeqLen: 128,
  } as const;
  const fixed = { architecture: "llama", normEps: 1e-5, ropePairing: "halves", tied: true } as const;
  const config = modelConfig({ ...fields, ...fixed }, { name: "a small model" });
  const random = new Random(9);
  const documents = [70, 2, 55].map((length) => Array.from({ length }, () => random.below(config.vocabSize)));
  const tokens = documents.reduce((sum, { length }) => sum + length - 1, 0);
  return { sizes: { config, rows: 1, length: tokens }, documents };
}

/** Random weights, as at the start of training. With formula weights, small gradients suffer too much from rounding. */
function drawnWeights(config: ModelConfig): WeightsByName {
  const weights = new Map(
    trainables(config).map(({ name, shape }) => [
      name,
      new Float32Array(shape.reduce((product, dim) => product * dim, 1)),
    ]),
  );
  initialiseWeights(config, weights, 1);
  return weights;
}

/**
 * Compares gradients with the reference backend's in f32, and losses with the peer's, from the same formula weights.
 * @throws DeviceError if they deviate too much.
 */
export async function checkTraining(
  request: TrainingMeans,
  peer: LossPeer | undefined,
): Promise<TrainingCheck> {
  const { sizes, documents } = smallModel();
  const { config } = sizes;
  const steps = async (of: TrainingMeans, weights: WeightsByName) => {
    await using child = new BenchChild("a small model");
    return await child.call("smallSteps", sizes, weights, documents, of);
  };
  const drawn = drawnWeights(config);
  const own = await steps(request, drawn);
  const reference = await steps({ ...request, backend: "reference", precision: "f32" }, drawn);
  const errors = [...reference.moments].map(([name, expected]) =>
    nmse([own.moments.get(name) as Float32Array], [expected]),
  );
  const gradientNmse = Math.max(...errors);
  const limits = LIMITS[request.precision];
  refuseBeyond("gradients like the reference's, with a normalised error", limits.gradientNmse, gradientNmse);
  if (peer === undefined) return { gradientNmse, peerLoss: undefined };
  const { losses } = await steps(request, formulaWeights(config));
  const others = await peer.losses(sizes, documents);
  const peerLoss = Math.max(...others.map((loss, i) => Math.abs(losses[i] / loss - 1)));
  refuseBeyond("losses like PyTorch's, with a relative difference", limits.loss, peerLoss);
  return { gradientNmse, peerLoss };
}

function refuseBeyond(what: string, limit: number, found: number): void {
  if (found <= limit) return;
  throw new DeviceError({
    doing: "measure training",
    expected: `${what} of at most ${limit}`,
    found: found.toPrecision(3),
    fix: "this is a bug in Cria; its speed would be meaningless",
  });
}
