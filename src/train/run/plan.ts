/** Resolves a recipe: the model, the number of steps, the schedule. Basis of a run and of a dry run. */
import { ConfigError } from "../../base/errors.ts";
import { type ModelConfig, modelConfig, withConfig } from "../../config/config.ts";
import { countParameters } from "../../config/parameters.ts";
import { type Corpus, tokenizerIdentity } from "../../data/index.ts";
import { type OpenedModel, requireTokenizer } from "../../open/open-model.ts";
import type { OptimiserOptions } from "../program/computations.ts";
import type { Schedule } from "../schedule.ts";
import { flopsPerToken } from "./flops.ts";
import type { Recipe } from "./recipe.ts";

export interface RunPlan {
  readonly recipe: Recipe;
  readonly config: ModelConfig;
  readonly parameters: number;
  /** Tokens per step, and per part of a step. */
  readonly stepTokens: number;
  readonly batchTokens: number;
  /** Parts per step. */
  readonly parts: number;
  readonly steps: number;
  readonly schedule: Schedule;
  readonly optimiser: OptimiserOptions;
  /** Floating point operations of a step per token. */
  readonly flopsPerToken: number;
  /** What the report shows as the recipe (default: `recipe`). */
  readonly shown?: object | undefined;
}

const WARMUP_SHARE = 0.01;

function refuse(expected: string, found: string, fix?: string): never {
  const more = fix === undefined ? {} : { fix };
  throw new ConfigError({ doing: "plan the training run", expected, found, ...more });
}

/** @param start the opened checkpoint that the recipe continues from. */
export function planRun(recipe: Recipe, corpus: Corpus, start?: OpenedModel): RunPlan {
  const { batch } = recipe;
  const parts = batch.parts ?? 1;
  if (batch.rows % parts !== 0)
    refuse("batch.rows to be a multiple of batch.parts", `${batch.rows} rows in ${parts} parts`);
  const stepTokens = batch.rows * batch.length;
  const config = start === undefined ? newConfig(recipe, corpus) : continuedConfig(recipe, corpus, start);
  const steps = stepsOf(recipe, stepTokens);
  return {
    recipe,
    config,
    parameters: countParameters(config),
    stepTokens,
    batchTokens: stepTokens / parts,
    parts,
    steps,
    schedule: scheduleOf(recipe, steps),
    optimiser: optimiserOf(recipe),
    flopsPerToken: flopsPerToken(config, batch.length),
  };
}

function stepsOf({ stop }: Recipe, stepTokens: number): number {
  const { steps, tokens } = stop;
  if (steps !== undefined && tokens !== undefined) refuse("stop.steps or stop.tokens", "both");
  if (steps !== undefined) return steps;
  if (tokens === undefined) refuse("stop.steps or stop.tokens", "neither");
  return Math.max(1, Math.round(tokens / stepTokens));
}

export function scheduleOf({ optimiser }: Recipe, steps: number): Schedule {
  const { learningRate, schedule = "cosine", floor = 0.1, decay = 0.2 } = optimiser;
  const warmup = optimiser.warmup ?? Math.min(Math.ceil(WARMUP_SHARE * steps), steps - 1);
  if (warmup >= steps)
    refuse(
      `optimiser.warmup below the ${steps} steps of the run`,
      String(warmup),
      "warm up for less, or train longer",
    );
  return { kind: schedule, learningRate, warmup, floor, decaySteps: Math.round(decay * steps), steps };
}

export function optimiserOf({ optimiser }: Recipe): OptimiserOptions {
  const { beta1 = 0.9, beta2 = 0.95, eps = 1e-8, weightDecay = 0.1, clip = 1, moments } = optimiser;
  return { beta1, beta2, eps, weightDecay, clip, moments };
}

const FFN_MULTIPLE = 32;

function newConfig({ model, batch }: Recipe, corpus: Corpus): ModelConfig {
  const { from, dim, layers, heads, kvHeads, tied = true, ropeTheta, normEps = 1e-5 } = model;
  if (from !== undefined) refuse("a checkpoint that is opened", from);
  if (dim === undefined || layers === undefined || heads === undefined)
    refuse("model.from, or model.dim, model.layers and model.heads", "neither");
  const context = model.context ?? batch.length;
  if (context < batch.length)
    refuse(`model.context of at least batch.length, ${batch.length}`, String(context));
  const { tokenizer } = corpus;
  const fields = {
    architecture: "llama",
    dim,
    ffnDim: model.ffnDim ?? FFN_MULTIPLE * Math.ceil((8 * dim) / 3 / FFN_MULTIPLE),
    nLayers: layers,
    nHeads: heads,
    nKvHeads: kvHeads,
    vocabSize: corpus.vocabSize,
    maxSeqLen: context,
    normEps,
    ropeTheta,
    ropePairing: "halves",
    tied,
    bosId: tokenizer.bosId,
    eosIds: [...tokenizer.eogIds],
  } as const;
  const keys = {
    nHeads: "model.heads",
    nKvHeads: "model.kvHeads",
    nLayers: "model.layers",
    dim: "model.dim",
    ffnDim: "model.ffnDim",
  };
  return modelConfig(fields, { name: "the recipe", keys });
}

/** Keeps the model's configuration, with rotary pairs in the order of training checkpoints. */
function continuedConfig({ model, batch }: Recipe, corpus: Corpus, start: OpenedModel): ModelConfig {
  const { from, ...sizes } = model;
  const [extra] = Object.keys(sizes);
  if (extra !== undefined)
    refuse("model.from alone, because the checkpoint defines the sizes", `model.${extra} as well`);
  const name = `"${from}"`;
  const own = requireTokenizer(start);
  if (tokenizerIdentity(own) !== tokenizerIdentity(corpus.tokenizer)) {
    refuse(
      `a corpus of the vocabulary of ${name} (${own.vocabSize} pieces)`,
      `another vocabulary (${corpus.vocabSize} pieces)`,
      `pack the corpus again with --tokenizer ${from}`,
    );
  }
  if (batch.length > start.config.maxSeqLen)
    refuse(`batch.length of at most ${start.config.maxSeqLen}, the context of ${name}`, String(batch.length));
  return withConfig(start.config, { ropePairing: "halves" }, { name });
}
