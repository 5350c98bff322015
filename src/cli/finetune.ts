/** `cria finetune`: trains all weights of a model, or an adapter beside them, on conversations and texts. */
import { definedOf } from "../base/defined.ts";
import { RequestError } from "../base/errors.ts";
import { openModel } from "../open/index.ts";
import {
  checkTuneRecipe,
  describeFinetune,
  finetune,
  PUBLISHED,
  type PublishedName,
  type PublishedRecipe,
  type TuneRecipe,
} from "../tune/index.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { resolveModel } from "./model-argument.ts";
import { needOption } from "./needed.ts";
import { progressBar } from "./progress.ts";
import { readTuneRecipe } from "./recipe-file.ts";
import { RunDisplay } from "./run-display.ts";
import { chosenTemplateText } from "./template-file.ts";
import { formatCount, printable } from "./text.ts";
import { printCost } from "./train-dry-run.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const finetuneVerb: VerbAction = async (args, values) => {
  const recipe = await recipeOf(args, values);
  const bar = progressBar(values, "encoding ", formatCount);
  if (values.dryRun === true) return await dryRun(recipe, values, bar.update).finally(bar.stop);
  using interrupt = listenForInterrupt();
  const show = new RunDisplay(values);
  try {
    const result = await finetune(recipe, {
      resume: values.resume,
      stop: interrupt.signal,
      onProgress: bar.update,
      onPrepared: ({ notes }) => {
        bar.stop();
        if (values.quiet !== true && values.json !== true)
          for (const note of notes) process.stderr.write(`${printable(note)}\n`);
      },
      onPlan: (plan, started) => show.plan(plan, started),
      onRecord: (record) => show.record(record),
    });
    show.end(result, `cria finetune ${args.join(" ")} … --resume`);
    return result.ended === "stopped" ? EXIT.interrupted : EXIT.ok;
  } finally {
    bar.stop();
    show.stop();
  }
};

async function dryRun(
  recipe: TuneRecipe,
  values: OptionValues,
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  const { plan, memory, data, notes } = await describeFinetune(recipe, { onProgress });
  const { lengths: _, ...counts } = data;
  const rows = [
    ...notes.map((note) => ["data", note]),
    ["examples", `${formatCount(data.examples.train)}, ${formatCount(data.examples.heldOut)} held out`],
    ["tokens of examples", `${formatCount(data.tokens.all)}, ${formatCount(data.tokens.learnt)} learnt`],
  ];
  return await printCost({ plan, memory }, values, { rows, fields: { data: counts, notes } });
}

const RECIPE_FILE = /\.(?:ya?ml|json|m?js)$/i;

/** From a file, or from the arguments. Options override single fields of both. */
async function recipeOf([first, ...data]: readonly string[], values: OptionValues): Promise<TuneRecipe> {
  if (data.length === 0) {
    if (!RECIPE_FILE.test(first)) {
      throw new RequestError({
        doing: "fine-tune",
        expected: "a model and data, or a recipe",
        found: `only "${first}"`,
        fix: "cria finetune MODEL DATA -o FOLDER",
      });
    }
    return withValues(await readTuneRecipe(first), values);
  }
  const output = needOption(values.output, "fine-tune", "-o FOLDER");
  const model = await resolveModel(first, values);
  const published = values.recipe === undefined ? undefined : settingsOf(values.recipe, model);
  const recipe = { ...published, output, model, data: { ...published?.data, files: [...data] } };
  return withValues(recipe, values);
}

/** Published settings; rows are no longer than the model's context. */
function settingsOf(name: string, model: string): PublishedRecipe["settings"] {
  const { settings }: PublishedRecipe = PUBLISHED[name as PublishedName];
  using opened = openModel(model);
  const length = Math.min(settings.batch?.length ?? opened.config.maxSeqLen, opened.config.maxSeqLen);
  return { ...settings, batch: { ...settings.batch, length } };
}

function withValues(recipe: TuneRecipe, values: OptionValues): TuneRecipe {
  const {
    method,
    template,
    learn,
    long,
    length,
    heldOut,
    rows,
    epochs,
    steps,
    rate,
    seed,
    threads,
    backend,
    memory,
  } = values;
  const { rank, alpha, dropout, targets } = values;
  const changed = <T extends object>(old: T | undefined, fields: object): T | undefined => {
    const given = definedOf(fields);
    return Object.keys(given).length === 0 ? old : ({ ...old, ...given } as T);
  };
  const stop = epochs === undefined && steps === undefined ? {} : { stop: definedOf({ epochs, steps }) };
  const given = template === undefined ? undefined : chosenTemplateText(template);
  const result: unknown = definedOf({
    ...recipe,
    ...definedOf({ method, seed, threads, backend, memory }),
    ...stop,
    data: changed(recipe.data, { template: given, learn, long, heldOut }),
    adapter: changed(recipe.adapter, { rank, alpha, dropout, targets }),
    batch: changed(recipe.batch, { rows, length }),
    optimiser: changed(recipe.optimiser, { learningRate: rate }),
  });
  checkTuneRecipe(result, "fine-tune");
  return result;
}
