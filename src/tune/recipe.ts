/**
 * The recipe of a fine-tuning run: everything that it depends on, as one object; in a file it is YAML or JSON with the same
 * names. Fields that pretraining has too mean the same.
 */
import * as z from "zod/mini";
import { PACKINGS } from "../data/index.ts";
import { checkOptions, integerFrom, numberIn, option, POSITIVE } from "../schema/index.ts";
import { RECIPE } from "../train/run/recipe.ts";
import { LEARNT, LONG, METHODS, type Method } from "./choices.ts";

const name = z.string().check(z.minLength(1), z.maxLength(4096));
const names = z.array(name).check(z.minLength(1), z.maxLength(256));
const { batch, precision, memory, evaluate, samples, checkpoint, guard, seed, threads, backend } =
  RECIPE.shape;

export const ADAPTER_DEFAULTS = { rank: 16, alpha: 32, dropout: 0, rsLora: false, targets: ["all"] } as const;
export const DATA_DEFAULTS = { learn: "answers", long: "cut", heldOut: 0.05, packing: "documents" } as const;
export const EPOCHS = 3;
/** By method: what published recipes use. */
export const RATES: Readonly<Record<Method, number>> = { lora: 2e-4, qlora: 2e-4, full: 2e-5 };

const DATA = z.strictObject({
  files: names,
  template: option(name, "a built-in chat template, Jinja text, or auto: the model's own", "auto"),
  learn: option(
    z.enum(LEARNT),
    "what is learnt: all answers, the last one, or every token",
    DATA_DEFAULTS.learn,
  ),
  long: option(z.enum(LONG), "examples longer than a row lose their end, or are dropped", DATA_DEFAULTS.long),
  heldOut: option(
    numberIn({ min: 0, max: 0.9 }),
    "share of the examples held out for evaluation, by a hash of their text",
    DATA_DEFAULTS.heldOut,
  ),
  packing: option(
    z.enum(PACKINGS),
    "several whole examples in a row, or a single one",
    DATA_DEFAULTS.packing,
  ),
});

const ADAPTER = z.strictObject({
  rank: option(integerFrom(1, 1024), "rank of the change of each layer", ADAPTER_DEFAULTS.rank),
  alpha: option(numberIn(POSITIVE), "the change is scaled by alpha / rank", ADAPTER_DEFAULTS.alpha),
  dropout: option(
    numberIn({ min: 0, max: 0.9 }),
    "probability with which an element of a layer's input is dropped",
    ADAPTER_DEFAULTS.dropout,
  ),
  rsLora: option(z.boolean(), "scale by alpha / √rank", ADAPTER_DEFAULTS.rsLora),
  targets: option(names, "layers: all, attention, feed-forward, names or patterns", "all"),
});

export const TUNE_RECIPE = z.strictObject({
  name: option(name, "name of the result", "the name of the output folder"),
  output: name,
  model: name,
  method: option(z.enum(METHODS), "lora, qlora (over four bits), or full", "lora"),
  data: DATA,
  adapter: option(ADAPTER, "size of a low-rank adapter, and where it goes"),
  newTokens: option(
    z.array(name).check(z.maxLength(1024)),
    "special tokens to add to the vocabulary, with mean rows (method full)",
  ),
  batch: option(z.partial(batch), "rows, length and parts of a step", "8 rows of 512 tokens"),
  optimiser: option(z.partial(RECIPE.shape.optimiser), "as in pretraining", "AdamW, cosine, no decay"),
  stop: option(
    z.strictObject({
      epochs: option(numberIn(POSITIVE), "passes over the examples", EPOCHS),
      steps: option(integerFrom(1, 2 ** 31 - 1), "total steps"),
      minutes: option(numberIn(POSITIVE), "time limit; the run then ends with a checkpoint"),
    }),
    "length of the run",
  ),
  ...{ precision, memory, evaluate, samples, checkpoint, guard, seed, threads, backend },
});

/** The contents of a recipe file, or the argument of `defineTuneRecipe`. */
export type TuneRecipe = z.infer<typeof TUNE_RECIPE>;

/** A recipe with its types. Throws RequestError if it is invalid. */
export function defineTuneRecipe(recipe: TuneRecipe): TuneRecipe {
  checkTuneRecipe(recipe, "use the recipe");
  return recipe;
}

/** @throws RequestError that names the invalid field, and for an unknown name the nearest known one. */
export function checkTuneRecipe(recipe: unknown, doing: string): asserts recipe is TuneRecipe {
  checkOptions(TUNE_RECIPE, recipe, doing);
}
