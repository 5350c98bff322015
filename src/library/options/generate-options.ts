/** What `Model.generate` and `Model.chat` take. */
import * as z from "zod/mini";
import { TEMPLATE_NAMES } from "../../generation/chat/index.ts";
import { FILTER_ORDER, SAMPLING_DEFAULTS, SAMPLING_RANGES } from "../../generation/samplers/default-chain.ts";
import { COUNT, SEED } from "../../schema/numbers.ts";
import { abortSignal, integerFrom, numberIn, option } from "../../schema/schema.ts";
import type { ChatOptions, PromptOptions } from "../model.ts";

const token = integerFrom(0, 2 ** 31 - 1);

/** A number of a sampler: its range and default are the sampler's own. */
function sampling(name: keyof typeof SAMPLING_RANGES & keyof typeof SAMPLING_DEFAULTS, help: string) {
  return option(numberIn(SAMPLING_RANGES[name]), help, SAMPLING_DEFAULTS[name]);
}

const SAMPLING = {
  temperature: sampling("temperature", "0 takes the most likely token"),
  topK: sampling("topK", "keep the n most likely; 0 keeps all"),
  topP: sampling("topP", "nucleus; 1 keeps all"),
  minP: sampling("minP", "keep what is at least x times the best; 0 keeps all"),
  typical: sampling("typical", "locally typical; 1 keeps all"),
  topNSigma: sampling("topNSigma", "keep what lies within n standard deviations of the best; −1 keeps all"),
  repeatPenalty: sampling("repeatPenalty", "1 is none"),
  repeatLastN: sampling("repeatLastN", "tokens that penalties look back on; −1 all"),
  presencePenalty: sampling("presencePenalty", "0 is none"),
  frequencyPenalty: sampling("frequencyPenalty", "0 is none"),
  dryMultiplier: sampling("dryMultiplier", "strength of the penalty for repeated sequences; 0 is none"),
  dryBase: sampling("dryBase", "by which that penalty grows with each further token"),
  dryAllowedLength: sampling("dryAllowedLength", "tokens that may repeat without it"),
  dryLastN: sampling("dryLastN", "tokens that it looks back on; −1 all"),
  dryBreakers: option(z.array(z.array(token)), "token sequences across which no repeat is seen"),
  xtcProbability: sampling("xtcProbability", "chance to leave out the most likely tokens"),
  xtcThreshold: sampling("xtcThreshold", "how likely these must be"),
  mirostat: sampling("mirostat", "0 off, 1 or 2: steer the surprise of the text"),
  mirostatTau: sampling("mirostatTau", "surprise to steer to"),
  mirostatEta: sampling("mirostatEta", "rate of steering"),
  dynatempRange: sampling("dynatempRange", "half width of the dynamic temperature; 0 is off"),
  dynatempExponent: sampling("dynatempExponent", "exponent of the dynamic temperature"),
  minKeep: sampling("minKeep", "tokens that filters leave at least"),
  logitBias: option(
    z.array(z.tuple([token, z.union([z.number(), z.literal(-Infinity)])])),
    "pairs of token and bias",
  ),
  bannedTokens: option(z.array(token), "tokens that never come"),
  eogTokens: option(z.array(token), "end tokens, for chains that are made by hand"),
  order: option(z.array(z.enum(FILTER_ORDER)).check(z.maxLength(64)), "order of the filters"),
  ignoreEos: option(z.boolean(), "never end before the token limit or the context's end"),
};

const GENERATING = {
  ...SAMPLING,
  seed: option(numberIn(SEED), "same seed, same text", "a fresh one"),
  signal: option(abortSignal, "aborts the generation"),
  maxTokens: option(
    numberIn(COUNT),
    "tokens to generate at most",
    "until the model ends or the context is full",
  ),
  stop: option(
    z.array(z.string().check(z.minLength(1), z.maxLength(4096))).check(z.maxLength(256)),
    "end before this text",
  ),
  stopTokens: option(z.array(token), "tokens that end the text"),
  logprobs: option(integerFrom(0, 1024), "log-probabilities of each token and of the n likeliest"),
  contextShift: option(
    z.union([z.boolean(), z.strictObject({ keep: numberIn(COUNT) })]),
    "when the context is full, forget its older half and go on",
  ),
  cachePrompt: option(z.boolean(), "take known beginnings from the cache, and leave this text there", true),
  cacheSalt: option(z.string().check(z.maxLength(1024)), "only texts of the same salt share the cache"),
  compat: option(z.literal("llama2.c"), "choose tokens as that program does, random numbers included"),
};

export const GENERATE_OPTIONS = z.strictObject({
  ...GENERATING,
  bos: option(z.boolean(), "begin with the BOS token", "as the model was trained"),
  parseSpecial: option(z.boolean(), "turn the text of special tokens into these tokens"),
});

export const CHAT_OPTIONS = z.strictObject({
  ...GENERATING,
  template: option(
    z.string(),
    `a built-in chat template (${TEMPLATE_NAMES.join(", ")}) or Jinja text`,
    "the model's own",
  ),
  tools: option(z.array(z.unknown()), "functions that the model may call, as JSON schemas"),
  variables: option(z.record(z.string(), z.unknown()), "further variables of the template"),
});

/** The schemas and the types that programs see name the same options: else this does not compile. */
type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Mutual<A, B> = Equal<keyof A, keyof B>;
const agree: [
  Mutual<z.infer<typeof GENERATE_OPTIONS>, PromptOptions>,
  Mutual<z.infer<typeof CHAT_OPTIONS>, ChatOptions>,
] = [true, true];
void agree;
