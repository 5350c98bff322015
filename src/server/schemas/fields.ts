/** Fields that several requests share. A field that is null counts as absent, as in OpenAI's API. */
import * as z from "zod/mini";
import { GENERATE_OPTIONS } from "../../library/options/generate-options.ts";
import { COUNT } from "../../schema/numbers.ts";
import { integerFrom, numberIn } from "../../schema/schema.ts";

/** An optional field, with a description for the OpenAPI document. */
export function field<Schema extends z.ZodMiniType>(
  schema: Schema,
  description?: string,
): z.ZodMiniOptional<z.ZodMiniNullable<Schema>> {
  const optional = z.optional(z.nullable(schema));
  if (description !== undefined) z.globalRegistry.add(optional, { description });
  return optional;
}

/** A required field with a description. */
export function required<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** Most UTF-16 units of one text: turning it into tokens takes up to a second. */
export const MAX_TEXT = 2 ** 20;
export const text = z.string().check(z.maxLength(MAX_TEXT));
export const tokenId = integerFrom(0, 2 ** 31 - 1);
export const tokenIds = z.array(tokenId);

export const MODEL = {
  model: field(z.string().check(z.maxLength(256)), "name of a model; default: the first"),
};

/** The library's own option under another name. */
const own = GENERATE_OPTIONS.shape;
type Own = keyof typeof own;

/** Names of sampling fields that requests share with llama.cpp, and the library's options. */
export const SAMPLING_NAMES = {
  temperature: "temperature",
  top_k: "topK",
  top_p: "topP",
  min_p: "minP",
  typical_p: "typical",
  top_n_sigma: "topNSigma",
  repeat_penalty: "repeatPenalty",
  repeat_last_n: "repeatLastN",
  presence_penalty: "presencePenalty",
  frequency_penalty: "frequencyPenalty",
  dry_multiplier: "dryMultiplier",
  dry_base: "dryBase",
  dry_allowed_length: "dryAllowedLength",
  dry_penalty_last_n: "dryLastN",
  xtc_probability: "xtcProbability",
  xtc_threshold: "xtcThreshold",
  mirostat: "mirostat",
  mirostat_tau: "mirostatTau",
  mirostat_eta: "mirostatEta",
  dynatemp_range: "dynatempRange",
  dynatemp_exponent: "dynatempExponent",
  min_keep: "minKeep",
  ignore_eos: "ignoreEos",
  cache_prompt: "cachePrompt",
} as const satisfies Readonly<Record<string, Own>>;

type SamplingName = keyof typeof SAMPLING_NAMES;
type Inner<Key extends Own> = (typeof own)[Key] extends z.ZodMiniOptional<infer Schema> ? Schema : never;
type SamplingShape = {
  [Name in SamplingName]: z.ZodMiniOptional<
    z.ZodMiniNullable<Inner<(typeof SAMPLING_NAMES)[Name]> & z.ZodMiniType>
  >;
};

/** The sampling fields: ranges are those of the library. */
export const SAMPLING = Object.fromEntries(
  Object.entries(SAMPLING_NAMES).map(([name, option]) => [name, field(own[option]._zod.def.innerType)]),
) as unknown as SamplingShape;

const stopText = z.string().check(z.minLength(1), z.maxLength(4096));
export const stop = z.union([stopText, z.array(stopText).check(z.maxLength(256))]);
export const count = numberIn(COUNT);
/** Answers to one prompt. */
export const answers = integerFrom(1, 128);
/** Token ids, as JSON's keys, and the biases added to their logits. */
export const logitBias = z.record(z.string().check(z.regex(/^\d{1,9}$/)), numberIn({ min: -100, max: 100 }));
export const seed = z.int();
/** Any JSON value; other code interprets it. */
export const anything = z.unknown();
