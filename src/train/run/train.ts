/** Entry point of training: trains a model from a recipe. Opens the files that the recipe names, and closes them. */

import { platform } from "#platform";
import { DISPOSE } from "../../base/dispose.ts";
import { floatWeights } from "../../convert/index.ts";
import { type Corpus, openCorpus } from "../../data/index.ts";
import type { Backend } from "../../engine/backend/backend.ts";
import { chooseBackend } from "../../engine/backend/select.ts";
import { type OpenedModel, openModel } from "../../open/open-model.ts";
import { initialiseWeights } from "../initial-weights.ts";
import { ModelStates } from "../model-states.ts";
import { Report } from "../report/index.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { modelKeeper } from "./keeper.ts";
import { memoryOfRun, type RunMemory } from "./memory.ts";
import type { RunRecord } from "./metrics.ts";
import { planRun, type RunPlan } from "./plan.ts";
import { checkRecipe, type Recipe } from "./recipe.ts";
import { resumedState, writeRecipe } from "./resume.ts";
import { RunFiles } from "./run-files.ts";
import { type RunResult, Trainer, type TrainerParts } from "./trainer.ts";

export interface TrainOptions {
  /** Resume from the newest checkpoint of the output folder. Without it a folder with checkpoints is an error. */
  readonly resume?: boolean | undefined;
  /** Ends the run after its current step, with a checkpoint. */
  readonly stop?: AbortSignal | undefined;
  /** Called once, before the first step, and awaited. */
  readonly onPlan?: ((plan: RunPlan, started: Started) => void | Promise<void>) | undefined;
  readonly onRecord?: ((record: RunRecord, all: readonly RunRecord[]) => void) | undefined;
}

/** The resources of a started run. */
export interface Started {
  readonly backend: Backend;
  readonly model: ModelStates;
  readonly files: RunFiles;
  /** Why faster backends were passed over. */
  readonly passedOver: readonly string[];
  readonly resumedAt: number | undefined;
}

/**
 * Trains as the recipe says; see docs/training.md.
 * @throws RequestError, ConfigError for an impossible recipe; FileError for a corpus or an output that is missing or
 *   cannot be written. The last checkpoint always remains.
 */
export async function train(recipe: Recipe, options: TrainOptions = {}): Promise<RunResult> {
  checkRecipe(recipe, "use the recipe");
  const files = new RunFiles(recipe.output);
  const state = resumedState(files, options.resume ?? false, { recipe, placeless });
  using corpus = openCorpus(recipe.data.corpus);
  using start = openStart(recipe, corpus);
  const { plan } = start;
  const started = await chooseBackend(
    platform,
    { name: recipe.backend, threads: recipe.threads },
    (backend) =>
      ModelStates.create(backend, plan.config, {
        tokens: plan.batchTokens,
        batches: plan.parts,
        optimiser: plan.optimiser,
        precision: recipe.precision,
        seed: recipe.seed,
        activationBytes: recipe.memory,
      }),
  );
  const { backend, result: model, passedOver } = started;
  try {
    if (state === undefined) beginWeights(model, recipe, start.model);
    else readCheckpoint(files.checkpoint(state.step), model);
    if (state === undefined) writeRecipe(recipe, files);
    await options.onPlan?.(plan, { backend, model, files, passedOver, resumedAt: state?.step });
    const keeper = modelKeeper({
      tokenizer: corpus.tokenizer,
      tokenizerPath: corpus.tokenizerPath,
      card: { name: recipe.name ?? platform.baseName(files.folder) },
    });
    return await runTrainer({ plan, corpus, backend, model, files, keeper, state }, options);
  } finally {
    model.dispose();
    backend.dispose();
  }
}

/** Runs a prepared trainer to its end, and keeps its report up to date. */
export async function runTrainer(
  parts: TrainerParts,
  { stop, onRecord }: Pick<TrainOptions, "stop" | "onRecord">,
): Promise<RunResult> {
  const report = new Report(parts.files.report, parts.plan);
  const trainer: Trainer = new Trainer({
    ...parts,
    stop,
    onRecord(record) {
      report.update(record, trainer.records);
      onRecord?.(record, trainer.records);
    },
  });
  try {
    const result = await trainer.run();
    report.write(trainer.records);
    return result;
  } finally {
    trainer.dispose();
  }
}

/**
 * Describes a run without starting it: the plan and its memory.
 * @throws what `train` throws before its first step.
 */
export function describeRun(recipe: Recipe): { readonly plan: RunPlan; readonly memory: RunMemory } {
  checkRecipe(recipe, "use the recipe");
  using corpus = openCorpus(recipe.data.corpus);
  using start = openStart(recipe, corpus);
  return { plan: start.plan, memory: memoryOfRun(start.plan) };
}

interface Start extends Disposable {
  readonly plan: RunPlan;
  readonly model: OpenedModel | undefined;
}

function openStart(recipe: Recipe, corpus: Corpus): Start {
  const { from } = recipe.model;
  const model = from === undefined ? undefined : openModel(from);
  try {
    return { plan: planRun(recipe, corpus, model), model, [DISPOSE]: () => model?.dispose() };
  } catch (error) {
    model?.dispose();
    throw error;
  }
}

/** Files may have been moved: the corpus is identified by its content. */
const placeless = (recipe: Recipe): Recipe => ({ ...recipe, data: { ...recipe.data, corpus: "" } });

/** New weights, or those of the checkpoint that the recipe continues from. */
function beginWeights(model: ModelStates, { seed = 1 }: Recipe, start: OpenedModel | undefined): void {
  const weights = model.weights();
  if (start === undefined) {
    initialiseWeights(model.config, weights, seed);
    return;
  }
  for (const [name, values] of floatWeights(start, model.config.ropePairing)) weights.get(name)?.set(values);
}
