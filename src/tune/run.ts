/** Entry point of fine-tuning: runs a recipe. Opens the files that it names, and closes them. */
import { platform } from "#platform";
import { initialiseAdapter } from "../adapt/index.ts";
import { floatWeights } from "../convert/index.ts";
import { chooseBackend } from "../engine/backend/select.ts";
import {
  ModelStates,
  type RunMemory,
  type RunPlan,
  type RunResult,
  type TrainOptions,
} from "../train/index.ts";
import { modelKeeper, type RunKeeper } from "../train/run/keeper.ts";
import { memoryOfRun } from "../train/run/memory.ts";
import { resumedState, writeRecipe } from "../train/run/resume.ts";
import { RunFiles } from "../train/run/run-files.ts";
import { runTrainer } from "../train/run/train.ts";
import type { SetReport } from "./example-set.ts";
import { adapterKeeper } from "./keepers.ts";
import { fillWithMean } from "./new-tokens.ts";
import { type Prepared, type PrepareOptions, prepare } from "./prepare.ts";
import { ADAPTER_DEFAULTS, checkTuneRecipe, type TuneRecipe } from "./recipe.ts";
import { writeSamples } from "./samples-file.ts";

export interface FinetuneOptions extends TrainOptions, PrepareOptions {
  /** Called once, when the examples are encoded and the run is planned. */
  readonly onPrepared?: ((prepared: Prepared) => void) | undefined;
}

/** Files may have been moved: the examples are identified by their content, the model by a fingerprint of its weights. */
const placeless = (recipe: TuneRecipe): TuneRecipe => ({
  ...recipe,
  model: "",
  data: { ...recipe.data, files: [""] },
});

/**
 * Fine-tunes as the recipe says; see docs/tuning.md.
 * @throws RequestError, ConfigError for an impossible recipe; FormatError for data of no known layout; FileError for files
 *   that are missing or cannot be written. The last checkpoint always remains.
 */
export async function finetune(recipe: TuneRecipe, options: FinetuneOptions = {}): Promise<RunResult> {
  checkTuneRecipe(recipe, "use the recipe");
  const files = new RunFiles(recipe.output);
  const state = resumedState(files, options.resume ?? false, { recipe, placeless });
  using prepared = await prepare(recipe, options);
  options.onPrepared?.(prepared);
  const { plan, part, set } = prepared;
  const {
    backend,
    result: model,
    passedOver,
  } = await chooseBackend(platform, { name: recipe.backend, threads: recipe.threads }, (of) =>
    ModelStates.create(of, plan.config, {
      tokens: plan.batchTokens,
      batches: plan.parts,
      optimiser: plan.optimiser,
      trained: part,
      seed: recipe.seed,
      precision: recipe.precision,
      activationBytes: recipe.memory,
    }),
  );
  try {
    const keeper = keeperOf(prepared);
    if (state === undefined) {
      beginWeights(prepared, model);
      writeRecipe(recipe, files);
    } else keeper.read(files.checkpoint(state.step), model);
    await options.onPlan?.(plan, { backend, model, files, passedOver, resumedAt: state?.step });
    const sampling = { prompt: prepared.prompt, atEnds: true };
    const parts = { plan, corpus: set, backend, model, files, keeper, sampling, state };
    const result = await runTrainer(parts, options);
    writeSamples(files);
    return result;
  } finally {
    model.dispose();
    backend.dispose();
  }
}

/**
 * Describes a run without starting it.
 * @throws what `finetune` throws before its first step.
 */
export async function describeFinetune(
  recipe: TuneRecipe,
  options: PrepareOptions = {},
): Promise<{
  readonly plan: RunPlan;
  readonly memory: RunMemory;
  readonly data: SetReport;
  readonly notes: readonly string[];
}> {
  checkTuneRecipe(recipe, "use the recipe");
  using prepared = await prepare(recipe, options);
  const { plan, part, set, notes } = prepared;
  return { plan, memory: memoryOfRun(plan, part), data: set.report, notes };
}

function keeperOf({
  recipe,
  method,
  config,
  layers,
  baseId,
  set,
  opened,
  storedTemplate,
}: Prepared): RunKeeper {
  const name = recipe.name ?? platform.baseName(recipe.output);
  if (method === "full") {
    const { license } = opened.checkpoint.card;
    return modelKeeper({
      tokenizer: set.tokenizer,
      tokenizerPath: set.tokenizerPath,
      chatTemplate: storedTemplate,
      card: { name, ...(license === undefined ? {} : { license }) },
    });
  }
  const { alpha, dropout, rsLora } = { ...ADAPTER_DEFAULTS, ...recipe.adapter };
  const info = { name, base: recipe.model, baseId, template: storedTemplate };
  return adapterKeeper(config, layers, { ...info, alpha, dropout, rsLora });
}

/** The weights before the first step: an adapter that changes nothing, or the model's own. */
function beginWeights(
  { recipe, method, opened, config, layers, extended }: Prepared,
  model: ModelStates,
): void {
  const weights = model.weights();
  if (method !== "full") {
    initialiseAdapter(layers, weights, recipe.seed ?? 1);
    return;
  }
  for (const [name, values] of floatWeights(opened, config.ropePairing)) weights.get(name)?.set(values);
  const known = requireRows(opened);
  for (const name of ["token_embd.weight", "output.weight"]) {
    const matrix = weights.get(name);
    if (matrix !== undefined) fillWithMean(matrix, config.dim, known, extended.ids);
  }
}

/** Rows of the embedding that the model was trained with. */
function requireRows({ config, tokenizer }: Prepared["opened"]): number {
  return Math.min(config.vocabSize, tokenizer?.textLimit ?? config.vocabSize);
}
