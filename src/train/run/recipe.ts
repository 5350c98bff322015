/**
 * A recipe: everything that a training run depends on, as one object; in a file it is YAML or JSON with the same names.
 * Every optional field has a default, which its help text gives.
 */
import * as z from "zod/mini";
import { BORDERS, PACKINGS } from "../../data/index.ts";
import { MATMUL_PRECISIONS } from "../../engine/graph/ops/matmul-precision.ts";
import { checkOptions, integerFrom, numberIn, option, POSITIVE, SEED } from "../../schema/index.ts";
import { GUARD_DEFAULTS } from "../guard.ts";
import { MOMENTS } from "../program/moments.ts";
import { SCHEDULES } from "../schedule.ts";

const size = (most: number) => integerFrom(1, most);
const count = integerFrom(1, 2 ** 31 - 1);
const name = z.string().check(z.minLength(1), z.maxLength(4096));
const share = numberIn({ min: 0, max: 1 });
const beta = numberIn({ min: 0, max: 0.99999 });

/** `from`, or the sizes of a new model. */
const MODEL = z.strictObject({
  from: option(name, "a checkpoint to continue from, in any format that Cria reads"),
  dim: option(size(2 ** 17), "width of the residual stream"),
  layers: option(size(4096), "layers"),
  heads: option(size(4096), "attention heads"),
  ffnDim: option(
    size(2 ** 20),
    "inner width of the feed-forward network",
    "8/3 dim, rounded up to a multiple of 32",
  ),
  kvHeads: option(size(4096), "key and value heads", "as many as heads"),
  tied: option(z.boolean(), "the output projection is the embedding table", true),
  context: option(size(2 ** 25), "context length in tokens", "batch.length"),
  ropeTheta: option(numberIn({ min: 1, max: 1e15, above: true }), "base of the rotary frequencies", 10000),
  normEps: option(numberIn({ min: 0, max: 1, above: true }), "ε of the norms", 1e-5),
});

const SOURCE = z.strictObject({
  name,
  weight: option(numberIn(POSITIVE), "share of the rows, relative to other sources"),
  epochs: option(numberIn(POSITIVE), "number of passes over the source"),
});

export const RECIPE = z.strictObject({
  name: option(name, "name of the model", "the name of the output folder"),
  output: name,
  model: MODEL,
  data: z.strictObject({
    corpus: name,
    sources: option(
      z.array(SOURCE).check(z.minLength(1)),
      "the mixture of sources, by weight or by epochs",
      "as it was packed",
    ),
    packing: option(z.enum(PACKINGS), "rows cut from a stream, or made of whole documents", "stream"),
    borders: option(z.enum(BORDERS), "whether documents in a row attend to each other", "masked"),
  }),
  batch: z.strictObject({
    rows: count,
    length: size(2 ** 20),
    parts: option(
      size(2 ** 16),
      "number of parts in which the rows of a step are computed, to save memory",
      1,
    ),
  }),
  optimiser: z.strictObject({
    learningRate: numberIn({ min: 0, max: 1, above: true }),
    schedule: option(z.enum(SCHEDULES), "shape of the learning rate", "cosine"),
    warmup: option(integerFrom(0, 2 ** 31 - 1), "steps until the full rate", "1 % of the steps"),
    floor: option(share, "share of the rate that remains at the end", 0.1),
    decay: option(share, "wsd: share of the steps over which the rate falls at the end", 0.2),
    beta1: option(beta, "decay of the first moment", 0.9),
    beta2: option(beta, "decay of the second moment", 0.95),
    eps: option(numberIn({ min: 0, max: 1, above: true }), "ε of AdamW", 1e-8),
    weightDecay: option(numberIn({ min: 0, max: 10 }), "λ of matrices; norms and biases do not decay", 0.1),
    clip: option(numberIn(POSITIVE), "largest norm of the gradient", 1),
    moments: option(z.enum(MOMENTS), "storage of the moments: f32, or 8bit in blocks of 256", "f32"),
  }),
  stop: z.strictObject({
    steps: option(count, "total steps"),
    tokens: option(numberIn(POSITIVE), "total tokens"),
    minutes: option(numberIn(POSITIVE), "time limit; the run then ends with a checkpoint"),
  }),
  precision: option(
    z.enum(MATMUL_PRECISIONS),
    "precision of matrix products; weights and sums are f32",
    "f32",
  ),
  memory: option(
    size(2 ** 50),
    "memory limit for activations in bytes; what does not fit is recomputed",
    "no limit",
  ),
  evaluate: option(
    z.strictObject({
      every: option(count, "steps", 250),
      tokens: option(count, "most held-out tokens per source", 200_000),
    }),
    "held-out loss",
  ),
  samples: option(
    z.strictObject({
      every: option(count, "steps", 1000),
      prompts: option(z.array(z.string()).check(z.maxLength(16)), "beginnings", "one, empty"),
      tokens: option(size(4096), "tokens per text", 120),
      temperature: option(numberIn({ min: 0, max: 100 }), "0 takes the most likely token", 0.8),
    }),
    "texts generated during training",
  ),
  checkpoint: option(
    z.strictObject({
      every: option(count, "steps", 500),
      keep: option(size(10_000), "newest checkpoints to keep, besides the best", 2),
    }),
    "states from which a run can resume",
  ),
  guard: option(
    z.strictObject({
      deviations: option(
        numberIn(POSITIVE),
        "deviations above the mean that make a spike",
        GUARD_DEFAULTS.deviations,
      ),
      patience: option(count, "spikes in a row that trigger a rewind", GUARD_DEFAULTS.patience),
      mostSkipped: option(count, "non-finite steps in a row that end the run", GUARD_DEFAULTS.mostSkipped),
      mostRewinds: option(integerFrom(0, 1000), "most rewinds to a checkpoint", GUARD_DEFAULTS.mostRewinds),
    }),
    "when a run rewinds, and when it gives up",
  ),
  seed: option(numberIn(SEED), "seed of the weights, the order of the data and the samples", 1),
  threads: option(size(1024), "number of compute threads", "all processors"),
  backend: option(name, "compute backend", "the fastest available"),
});

/** The contents of a recipe file, or the argument of `defineRecipe`. */
export type Recipe = z.infer<typeof RECIPE>;

/** A recipe with its types: `export default defineRecipe({ … })`. Throws RequestError if it is invalid. */
export function defineRecipe(recipe: Recipe): Recipe {
  checkRecipe(recipe, "use the recipe");
  return recipe;
}

/** @throws RequestError that names the invalid field, and for an unknown name the nearest known one. */
export function checkRecipe(recipe: unknown, doing: string): asserts recipe is Recipe {
  checkOptions(RECIPE, recipe, doing);
}
