/**
 * A recipe: everything that a training run depends on, as one object; in a file it is YAML or JSON with the same names.
 * Whatever may be left out has a default, which stands in the notes.
 */
import * as z from "zod/mini";
import { BORDERS, PACKINGS } from "../../data/index.ts";
import { MATMUL_PRECISIONS } from "../../engine/graph/ops/matmul-precision.ts";
import { checkOptions, integerFrom, numberIn, option, POSITIVE, SEED } from "../../schema/index.ts";
import { GUARD_DEFAULTS } from "../guard.ts";
import { SCHEDULES } from "../schedule.ts";

const size = (most: number) => integerFrom(1, most);
const count = integerFrom(1, 2 ** 31 - 1);
const name = z.string().check(z.minLength(1), z.maxLength(4096));
const share = numberIn({ min: 0, max: 1 });
const beta = numberIn({ min: 0, max: 0.99999 });

/** `from`, or the sizes of a new model. */
const MODEL = z.strictObject({
  from: option(name, "a checkpoint to go on from, of any format that Cria reads"),
  dim: option(size(2 ** 17), "width of the residual stream"),
  layers: option(size(4096), "layers"),
  heads: option(size(4096), "heads of attention"),
  ffnDim: option(
    size(2 ** 20),
    "inner width of the feed-forward network",
    "8/3 dim, rounded up to a multiple of 32",
  ),
  kvHeads: option(size(4096), "heads of keys and values", "as many as heads"),
  tied: option(z.boolean(), "the output projection is the embedding table", true),
  context: option(size(2 ** 25), "positions that the model is made for", "batch.length"),
  ropeTheta: option(numberIn({ min: 1, max: 1e15, above: true }), "base of the rotary frequencies", 10000),
  normEps: option(numberIn({ min: 0, max: 1, above: true }), "ε of the norms", 1e-5),
});

const SOURCE = z.strictObject({
  name,
  weight: option(numberIn(POSITIVE), "share of the rows, relative to the others"),
  epochs: option(numberIn(POSITIVE), "how often all of it is seen"),
});

export const RECIPE = z.strictObject({
  name: option(name, "what the model is called", "the name of the output folder"),
  output: name,
  model: MODEL,
  data: z.strictObject({
    corpus: name,
    sources: option(
      z.array(SOURCE).check(z.minLength(1)),
      "the mixture, by weight or by epochs",
      "as it was packed",
    ),
    packing: option(z.enum(PACKINGS), "rows of a stream, or of whole documents", "stream"),
    borders: option(z.enum(BORDERS), "whether documents of a row see each other", "masked"),
  }),
  batch: z.strictObject({
    rows: count,
    length: size(2 ** 20),
    parts: option(size(2 ** 16), "computes the rows of a step in so many parts, to save memory", 1),
  }),
  optimiser: z.strictObject({
    learningRate: numberIn({ min: 0, max: 1, above: true }),
    schedule: option(z.enum(SCHEDULES), "how the rate changes", "cosine"),
    warmup: option(integerFrom(0, 2 ** 31 - 1), "steps until the full rate", "1 % of the steps"),
    floor: option(share, "share of the rate that is left at the end", 0.1),
    decay: option(share, "wsd: share of the steps over which the rate falls at the end", 0.2),
    beta1: option(beta, "decay of the first moment", 0.9),
    beta2: option(beta, "decay of the second moment", 0.95),
    eps: option(numberIn({ min: 0, max: 1, above: true }), "ε of AdamW", 1e-8),
    weightDecay: option(numberIn({ min: 0, max: 10 }), "λ of matrices; norms and biases do not decay", 0.1),
    clip: option(numberIn(POSITIVE), "greatest norm of the gradient", 1),
  }),
  stop: z.strictObject({
    steps: option(count, "steps in all"),
    tokens: option(numberIn(POSITIVE), "tokens in all"),
    minutes: option(numberIn(POSITIVE), "ends sooner, with a checkpoint, when so much time has passed"),
  }),
  precision: option(z.enum(MATMUL_PRECISIONS), "of matrix products; weights and sums are f32", "f32"),
  memory: option(
    size(2 ** 50),
    "bytes that activations may take; what does not fit is computed again",
    "no limit",
  ),
  evaluate: option(
    z.strictObject({
      every: option(count, "steps", 250),
      tokens: option(count, "held-out tokens of each source", 200_000),
    }),
    "held-out loss",
  ),
  samples: option(
    z.strictObject({
      every: option(count, "steps", 1000),
      prompts: option(z.array(z.string()).check(z.maxLength(16)), "beginnings", "one, empty"),
      tokens: option(size(4096), "of each text", 120),
      temperature: option(numberIn({ min: 0, max: 100 }), "0 takes the most likely token", 0.8),
    }),
    "texts of the model while it learns",
  ),
  checkpoint: option(
    z.strictObject({
      every: option(count, "steps", 500),
      keep: option(size(10_000), "newest ones that stay, beside the best", 2),
    }),
    "what a run can go on from",
  ),
  guard: option(
    z.strictObject({
      deviations: option(numberIn(POSITIVE), "above the mean that make a spike", GUARD_DEFAULTS.deviations),
      patience: option(count, "spikes in a row that mean harm", GUARD_DEFAULTS.patience),
      mostSkipped: option(count, "steps without a number, in a row", GUARD_DEFAULTS.mostSkipped),
      mostRewinds: option(integerFrom(0, 1000), "returns to a checkpoint", GUARD_DEFAULTS.mostRewinds),
    }),
    "when a run helps itself, and when it ends",
  ),
  seed: option(numberIn(SEED), "of the weights, the order of the data and the samples", 1),
  threads: option(size(1024), "threads that compute", "all processors"),
  backend: option(name, "what computes", "the fastest that there is"),
});

/** What a recipe file or `defineRecipe` holds. */
export type Recipe = z.infer<typeof RECIPE>;

/** A recipe with its types: `export default defineRecipe({ … })`. Throws RequestError if it is not sound. */
export function defineRecipe(recipe: Recipe): Recipe {
  checkRecipe(recipe, "use the recipe");
  return recipe;
}

/** @throws RequestError that names what is wrong, and the nearest name for one that there is not. */
export function checkRecipe(recipe: unknown, doing: string): asserts recipe is Recipe {
  checkOptions(RECIPE, recipe, doing);
}
