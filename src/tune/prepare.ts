/** Prepares a run: opens the model, encodes the examples, and plans the steps. Basis of a run and of a dry run. */

import { fingerprint, type TrainedLayer } from "../adapt/index.ts";
import { definedOf } from "../base/defined.ts";
import { DISPOSE } from "../base/dispose.ts";
import { type ModelConfig, withConfig } from "../config/config.ts";
import { readConversations } from "../data/index.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { chatPrompt, findTemplateName, jinjaOfBuiltin } from "../generation/chat/index.ts";
import { bindParameters } from "../model/bind.ts";
import { type OpenedModel, openModel, requireTokenizer } from "../open/open-model.ts";
import { Tokenizer } from "../tokenizer/index.ts";
import { type RunPlan, type TrainedPart, wholeModel } from "../train/index.ts";
import type { SamplePrompt } from "../train/run/samples.ts";
import { inFourBits } from "./base.ts";
import type { Method } from "./choices.ts";
import { type ExampleSet, makeExampleSet } from "./example-set.ts";
import { lowRankPart, trainedLayers } from "./low-rank-part.ts";
import { type Extended, extendVocabulary } from "./new-tokens.ts";
import { checkedBatch, planTuning, refuse, stepsOf } from "./plan.ts";
import { ADAPTER_DEFAULTS, DATA_DEFAULTS, type TuneRecipe } from "./recipe.ts";
import { samplePrompts } from "./sample-prompts.ts";
import { type ChosenTemplate, chooseTemplate } from "./template.ts";

export interface PrepareOptions {
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Everything that a run needs before a backend starts. `dispose` closes the model's files. */
export interface Prepared extends Disposable {
  readonly recipe: TuneRecipe;
  readonly method: Method;
  readonly opened: OpenedModel;
  readonly config: ModelConfig;
  readonly set: ExampleSet;
  readonly template: ChosenTemplate;
  /** The template as results store it: Jinja, if there is such a form. */
  readonly storedTemplate: string;
  readonly plan: RunPlan;
  /** The model's weights as they are frozen; empty for the method full. */
  readonly params: ReadonlyMap<string, BoundTensor>;
  /** Fingerprint of the model's weights as they are in its file; undefined for the method full. */
  readonly baseId: string | undefined;
  readonly part: TrainedPart;
  /** Trained layers of an adapter. */
  readonly layers: readonly TrainedLayer[];
  readonly extended: Extended;
  readonly prompt: (text: string) => SamplePrompt;
  /** What the user should know. */
  readonly notes: readonly string[];
}

/** @throws ConfigError for an impossible recipe, and what opening the model and reading the data throw. */
export async function prepare(recipe: TuneRecipe, options: PrepareOptions = {}): Promise<Prepared> {
  const opened = openModel(recipe.model);
  try {
    return await prepareOpened(recipe, opened, options);
  } catch (error) {
    opened.dispose();
    throw error;
  }
}

async function prepareOpened(
  recipe: TuneRecipe,
  opened: OpenedModel,
  options: PrepareOptions,
): Promise<Prepared> {
  const { method = "lora", data, newTokens = [], adapter = {} } = recipe;
  checkMethod(recipe, method);
  const template = chooseTemplate(data.template ?? "auto", opened.chatTemplate);
  const builtin = findTemplateName(template.template);
  const storedTemplate = (builtin && jinjaOfBuiltin(builtin)) ?? template.template;
  const extended = extendVocabulary(requireTokenizer(opened), opened.config, newTokens);
  const tokenizer = new Tokenizer({ ...extended.tokenizer.vocabulary, chatTemplate: storedTemplate });
  const batch = checkedBatch(recipe, opened.config);
  const read = await readConversations(data.files);
  const set = await makeExampleSet(read, {
    tokenizer,
    template: template.template,
    learnt: data.learn ?? DATA_DEFAULTS.learn,
    long: data.long ?? DATA_DEFAULTS.long,
    heldOut: data.heldOut ?? DATA_DEFAULTS.heldOut,
    length: batch.length,
    tokenizerPath: extended.ids.length === 0 ? undefined : "the extended vocabulary",
    ...options,
  });
  const steps = stepsOf(recipe, set, batch);
  const spec = { ...ADAPTER_DEFAULTS, ...definedOf(adapter) };
  const { config, params, baseId, part, layers } = await trainedOf(recipe, method, {
    opened,
    extended,
    spec,
    options,
  });
  const planned = { method, batch, steps, config, part, prompts: samplePrompts(read) };
  const prompt = (text: string): SamplePrompt => {
    const { tokens, stop } = chatPrompt(tokenizer, template.template, [{ role: "user", content: text }]);
    return { tokens, stop };
  };
  return {
    recipe,
    method,
    opened,
    config,
    set,
    template,
    storedTemplate,
    plan: planTuning(recipe, planned),
    params,
    baseId,
    part,
    layers,
    extended,
    prompt,
    notes: notesOf(tokenizer, template, set),
    [DISPOSE]: () => opened.dispose(),
  };
}

function checkMethod({ newTokens = [], adapter, precision }: TuneRecipe, method: Method): void {
  if (method !== "full" && newTokens.length > 0)
    refuse('newTokens only with the method "full"', `the method "${method}"`, "their rows must be trained");
  if (method === "full" && adapter !== undefined)
    refuse("adapter only with the methods lora and qlora", 'the method "full"');
  if (method !== "full" && precision === "bf16")
    refuse("precision f32 with an adapter", "bf16", "frozen weights keep their own type");
}

interface TrainedModel {
  readonly config: ModelConfig;
  readonly params: ReadonlyMap<string, BoundTensor>;
  readonly baseId: string | undefined;
  readonly part: TrainedPart;
  readonly layers: readonly TrainedLayer[];
}

async function trainedOf(
  { precision }: TuneRecipe,
  method: Method,
  of: {
    readonly opened: OpenedModel;
    readonly extended: Extended;
    readonly spec: Parameters<typeof trainedLayers>[1];
    readonly options: PrepareOptions;
  },
): Promise<TrainedModel> {
  const { opened, extended, spec } = of;
  if (method === "full") {
    const config = withConfig(extended.config, { ropePairing: "halves" });
    return { config, params: new Map(), baseId: undefined, part: wholeModel(config, precision), layers: [] };
  }
  const { config } = opened;
  const bound = bindParameters(opened);
  const params = method === "qlora" ? await inFourBits(bound, "Q4_0", of.options.onProgress) : bound;
  const layers = trainedLayers(config, spec);
  const part = lowRankPart(config, params, layers, spec.dropout);
  return { config, params, baseId: fingerprint(bound), part, layers };
}

function notesOf(tokenizer: Tokenizer, { template, name }: ChosenTemplate, { report }: ExampleSet): string[] {
  const { text } = chatPrompt(tokenizer, template, [{ role: "user", content: "" }]);
  const marks = [...new Set(text.match(/<\|[a-z_]+\|>/g) ?? [])].filter(
    (mark) => tokenizer.idOf(mark) === undefined,
  );
  const { dropped, cut, files } = report;
  return [
    ...files.map((file) => `"${file.name}": ${file.layout}, ${file.examples} records`),
    `template: ${name}`,
    ...(dropped.length === 0
      ? []
      : [`${dropped.length} records dropped; the first: ${dropped[0].place}: ${dropped[0].reason}`]),
    ...(cut.length === 0 ? [] : [`${cut.length} examples cut at the end; the first: ${cut[0]}`]),
    ...(marks.length === 0
      ? []
      : [`${marks.join(", ")} are no tokens of the vocabulary and are learnt as text (newTokens adds them)`]),
  ];
}
