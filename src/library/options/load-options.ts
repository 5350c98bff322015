/** Options of `load`. */
import * as z from "zod/mini";
import { BACKEND_NAMES } from "../../engine/backend/names.ts";
import { MATMUL_PRECISIONS } from "../../engine/graph/ops/matmul-precision.ts";
import type { HubSettings } from "../../hub/settings.ts";
import type { Terms } from "../../hub/terms.ts";
import { CACHE_DTYPES, DEFAULTS } from "../../model/defaults.ts";
import type { Adaptation } from "../../model/weights.ts";
import { FINITE, POSITIVE } from "../../schema/numbers.ts";
import { abortSignal, callback, integerFrom, numberIn, option } from "../../schema/schema.ts";
import type { LoadOptions } from "../load.ts";

export const MAX_CONTEXT = 2 ** 25;

export const LOAD_OPTIONS = z.strictObject({
  tokenizer: option(z.string(), "a tokenizer file to use instead of the one found"),
  context: option(
    integerFrom(2, MAX_CONTEXT),
    "tokens of prompt and answer together",
    `the model's, at most ${DEFAULTS.context}`,
  ),
  parallel: option(
    integerFrom(1, 1024),
    "sequences generated at the same time; further ones wait",
    DEFAULTS.parallel,
  ),
  threads: option(integerFrom(1, 1024), "number of compute threads", "one per processor"),
  backend: option(z.enum(BACKEND_NAMES), "compute backend; see cria doctor", "the best that works"),
  cacheType: option(z.enum(CACHE_DTYPES), "storage type of the KV cache", "F16; F32 where the weights are"),
  precision: option(
    z.enum(MATMUL_PRECISIONS),
    "precision of products with float weights",
    "bf16 for BF16 weights where the processor has it, else f32",
  ),
  cacheMemory: option(
    integerFrom(1, Number.MAX_SAFE_INTEGER),
    "bytes of the KV cache; texts wait when it is full",
    "enough for all texts at their longest",
  ),
  maxGap: option(
    numberIn(POSITIVE),
    "most milliseconds between tokens of a text while prompts of others are computed",
    "no limit",
  ),
  draft: option(z.string(), "a smaller model with the same vocabulary, which guesses tokens for this one"),
  mmap: option(
    z.boolean(),
    "map the file into memory; false reads it, for files that may be truncated",
    true,
  ),
  early: option(
    z.boolean(),
    "return when a reference's header is here; texts start while layers arrive",
    false,
  ),
  adapters: option(
    z
      .array(z.union([z.string(), z.strictObject({ path: z.string(), scale: z.optional(numberIn(FINITE)) })]))
      .check(z.maxLength(64)),
    "adapters of texts that choose no others",
  ),
  adapt: option(
    z.custom<Adaptation>((value) => typeof value === "object" && value !== null && "wrap" in value),
    "binds the weights a second time, for other changes of layers",
  ),
  onProgress: option(
    callback<NonNullable<LoadOptions["onProgress"]>>(),
    "called while a reference is fetched and weights are prepared",
  ),
  acceptLicence: option(
    z.union([z.boolean(), callback<(terms: Terms) => boolean | Promise<boolean>>()]),
    "accept the licence of a model that is used for the first time",
  ),
  onPlan: option(callback<NonNullable<LoadOptions["onPlan"]>>(), "called before a reference is fetched"),
  hub: option(
    z.custom<Partial<HubSettings>>((value) => typeof value === "object" && value !== null),
    "overrides of the environment: endpoint, token, folders of the store",
  ),
  signal: option(abortSignal, "aborts loading"),
});

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const agree: Equal<keyof z.infer<typeof LOAD_OPTIONS>, keyof LoadOptions> = true;
void agree;
