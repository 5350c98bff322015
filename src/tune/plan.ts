/** The plan of a tuning run: batch, number of steps, and the recipe of the steps in the terms of pretraining. */

import { definedOf } from "../base/defined.ts";
import { ConfigError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { countRows } from "../data/index.ts";
import type { Recipe, RunPlan, TrainedPart } from "../train/index.ts";
import { optimiserOf, scheduleOf } from "../train/run/plan.ts";
import type { Method } from "./choices.ts";
import type { ExampleSet } from "./example-set.ts";
import { flopsOf } from "./flops.ts";
import { DATA_DEFAULTS, EPOCHS, RATES, type TuneRecipe } from "./recipe.ts";

const BATCH = { rows: 8, length: 512, parts: 1 };
/** Share of the steps over which the rate rises. */
const WARMUP = 0.03;
/** Evaluations of a run, unless the recipe says how many steps lie between them. */
const EVALUATIONS = 10;
const SAMPLES = { tokens: 120, temperature: 0 };

export function refuse(expected: string, found: string, fix?: string): never {
  const more = fix === undefined ? {} : { fix };
  throw new ConfigError({ doing: "plan the fine-tuning run", expected, found, ...more });
}

/** The recipe of the steps, in the terms of pretraining. */
function stepsRecipe(
  recipe: TuneRecipe,
  method: Method,
  config: ModelConfig,
  steps: number,
  prompts: string[],
): Recipe {
  const { data, optimiser = {}, evaluate, samples, checkpoint, stop } = recipe;
  const every = Math.max(1, Math.ceil(steps / EVALUATIONS));
  const { name, output, precision, memory, guard, seed, threads, backend } = recipe;
  return {
    ...{ name, output, precision, memory, guard, seed, threads, backend },
    model: { from: recipe.model },
    data: {
      corpus: data.files.join(", "),
      packing: data.packing ?? DATA_DEFAULTS.packing,
      borders: "masked",
    },
    batch: batchOf(recipe, config),
    optimiser: {
      learningRate: RATES[method],
      warmup: Math.min(Math.ceil(WARMUP * steps), steps - 1),
      floor: 0,
      beta2: 0.999,
      weightDecay: 0,
      ...definedOf(optimiser),
    },
    stop: { steps, minutes: stop?.minutes },
    evaluate: { every, ...definedOf(evaluate) },
    samples: { every: steps, prompts, ...SAMPLES, ...definedOf(samples) },
    checkpoint: { every, ...definedOf(checkpoint) },
  };
}

function batchOf({ batch }: TuneRecipe, { maxSeqLen }: ModelConfig): typeof BATCH {
  return { ...BATCH, length: Math.min(BATCH.length, maxSeqLen), ...definedOf(batch) };
}

/** @throws ConfigError if the rows cannot be divided, or do not fit the model. */
export function checkedBatch(recipe: TuneRecipe, config: ModelConfig): typeof BATCH {
  const batch = batchOf(recipe, config);
  const { rows, length, parts } = batch;
  if (rows % parts !== 0)
    refuse("batch.rows to be a multiple of batch.parts", `${rows} rows in ${parts} parts`);
  if (length > config.maxSeqLen)
    refuse(`batch.length of at most ${config.maxSeqLen}, the model's context`, String(length));
  return batch;
}

/** Rows of one pass over the examples. */
function rowsPerEpoch({ data }: TuneRecipe, { sources: [{ train }] }: ExampleSet, block: number): number {
  const packing = data.packing ?? DATA_DEFAULTS.packing;
  const documents = { count: train.count, lengthOf: (document: number) => train.lengthOf(document) };
  return countRows(documents, { block, packing, borders: "masked" });
}

/** Steps of the run. @throws ConfigError if the recipe says it twice. */
export function stepsOf(recipe: TuneRecipe, set: ExampleSet, batch: typeof BATCH): number {
  const { steps, epochs } = recipe.stop ?? {};
  if (steps !== undefined && epochs !== undefined) refuse("stop.steps or stop.epochs", "both");
  const all = (epochs ?? EPOCHS) * rowsPerEpoch(recipe, set, batch.length);
  return steps ?? Math.max(1, Math.ceil(all / batch.rows));
}

export interface Planned {
  readonly method: Method;
  readonly batch: typeof BATCH;
  readonly steps: number;
  readonly config: ModelConfig;
  readonly part: TrainedPart;
  /** Beginnings of the texts that are generated during the run. */
  readonly prompts: string[];
}

export function planTuning(
  recipe: TuneRecipe,
  { method, batch, steps, config, part, prompts }: Planned,
): RunPlan {
  const derived = stepsRecipe(recipe, method, config, steps, prompts);
  const parameters = part.trainables.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const stepTokens = batch.rows * batch.length;
  return {
    recipe: derived,
    shown: recipe,
    config,
    parameters,
    stepTokens,
    batchTokens: stepTokens / batch.parts,
    parts: batch.parts,
    steps,
    schedule: scheduleOf(derived, steps),
    optimiser: optimiserOf(derived),
    flopsPerToken: flopsOf(config, method === "full" ? undefined : parameters, batch.length),
  };
}
