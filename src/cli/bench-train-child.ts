/** The training part of the benchmark's child process: a model with random weights, and steps over one batch. */
import { chooseBackend } from "../engine/backend/select.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import {
  BENCH_OPTIMISER,
  benchBatch,
  type TrainingRun,
  type TrainingShape,
  trainingShape,
} from "../measure/training.ts";
import { platform } from "../platform/node.ts";
import { type Batch, initialiseWeights, ModelStates, packDocuments } from "../train/index.ts";

export interface TrainingRequest {
  readonly shape: string;
  readonly length: number | undefined;
  readonly backend: string | undefined;
  readonly threads: number;
  readonly precision: MatmulPrecision;
}

/** Backend, threads and precision of a training model. */
export type TrainingMeans = Pick<TrainingRequest, "backend" | "threads" | "precision">;

let model: ModelStates | undefined;
let batch: Batch | undefined;
let step = 0;

async function start(sizes: TrainingShape, { backend, threads, precision }: TrainingMeans) {
  const { config, rows, length } = sizes;
  const options = { tokens: rows * length, optimiser: BENCH_OPTIMISER, precision };
  return chooseBackend(platform, { name: backend, threads }, (of) => ModelStates.create(of, config, options));
}

export const trainingMethods = {
  async loadTraining(request: TrainingRequest): Promise<{ name: string; description: string }> {
    const sizes = trainingShape(request.shape, request.length);
    const { backend, result } = await start(sizes, request);
    model = result;
    batch = benchBatch(sizes);
    initialiseWeights(sizes.config, model.weights(), 1);
    return { name: backend.name, description: `${backend.name}: ${backend.description}` };
  },

  /** The first call warms up: code is compiled and pages are touched. */
  async trainSteps(count: number): Promise<TrainingRun> {
    if (model === undefined || batch === undefined) throw new Error("nothing is loaded");
    const run = { seconds: [] as number[], losses: [] as number[] };
    for (let i = 0; i < count; i++) {
      const from = performance.now();
      const { loss } = await model.step([batch], {
        step: ++step,
        learningRate: BENCH_OPTIMISER.learningRate,
      });
      run.seconds.push((performance.now() - from) / 1000);
      run.losses.push(loss);
    }
    return run;
  },

  /** Losses and weights after a few steps of a small model that starts from given weights. */
  async smallSteps(
    sizes: TrainingShape,
    weights: ReadonlyMap<string, Float32Array>,
    documents: readonly (readonly number[])[],
    request: TrainingMeans,
  ): Promise<{ losses: number[]; moments: Map<string, Float32Array> }> {
    const { backend, result } = await start(sizes, request);
    try {
      const own = result.weights();
      for (const [name, values] of weights) own.get(name)?.set(values);
      const losses: number[] = [];
      const moments = new Map<string, Float32Array>();
      for (let i = 0; i < 5; i++) {
        const { learningRate } = BENCH_OPTIMISER;
        losses.push((await result.step([packDocuments(documents)], { step: i + 1, learningRate })).loss);
        // After the first step the moments are the scaled gradient.
        if (i === 0) for (const [name, values] of firstMoments(result)) moments.set(name, values);
      }
      return { losses, moments };
    } finally {
      result.dispose();
      backend.dispose();
    }
  },
};

/** Copies of the first moments, by parameter. */
function firstMoments(model: ModelStates): Map<string, Float32Array> {
  const own = [...model.moments()].filter(([name]) => name.startsWith("first."));
  return new Map(
    own.map(([name, state]) => [name.slice("first.".length), new Float32Array(state.bytes().slice().buffer)]),
  );
}
