/** Options of `Model.generate` and `Model.chat`. */
import * as z from "zod/mini";
import { TEMPLATE_NAMES } from "../../generation/chat/builtin.ts";
import { GRAMMAR_LIMITS } from "../../generation/grammar/limits.ts";
import { FILTER_ORDER, SAMPLING_DEFAULTS, SAMPLING_RANGES } from "../../generation/samplers/default-chain.ts";
import { SPECULATIONS } from "../../generation/speculation/names.ts";
import { COUNT, FINITE, NOT_NEGATIVE, SEED } from "../../schema/numbers.ts";
import { abortSignal, integerFrom, numberIn, option } from "../../schema/schema.ts";
import type { ChatOptions, PromptOptions } from "../model.ts";
import type { ModelAdapter } from "../model-adapters.ts";

const token = integerFrom(0, 2 ** 31 - 1);
const source = z.string().check(z.maxLength(GRAMMAR_LIMITS.sourceLength));

/** A numeric sampling option; range and default come from the sampler. */
function sampling(name: keyof typeof SAMPLING_RANGES & keyof typeof SAMPLING_DEFAULTS, help: string) {
  return option(numberIn(SAMPLING_RANGES[name]), help, SAMPLING_DEFAULTS[name]);
}

const SAMPLING = {
  temperature: sampling("temperature", "0 takes the most likely token"),
  topK: sampling("topK", "keep the n most likely; 0 keeps all"),
  topP: sampling("topP", "nucleus; 1 keeps all"),
  minP: sampling("minP", "keep tokens at least x times as likely as the best; 0 keeps all"),
  typical: sampling("typical", "locally typical sampling; 1 keeps all"),
  topNSigma: sampling("topNSigma", "keep tokens within n standard deviations of the best; −1 keeps all"),
  repeatPenalty: sampling("repeatPenalty", "1 is off"),
  repeatLastN: sampling("repeatLastN", "window of the penalties in tokens; −1 is all"),
  presencePenalty: sampling("presencePenalty", "0 is off"),
  frequencyPenalty: sampling("frequencyPenalty", "0 is off"),
  dryMultiplier: sampling("dryMultiplier", "strength of the penalty for repeated sequences; 0 is off"),
  dryBase: sampling("dryBase", "growth of that penalty per further token"),
  dryAllowedLength: sampling("dryAllowedLength", "longest repeat without that penalty, in tokens"),
  dryLastN: sampling("dryLastN", "window of that penalty in tokens; −1 is all"),
  dryBreakers: option(z.array(z.array(token)), "token sequences that end a repeat"),
  xtcProbability: sampling("xtcProbability", "probability of dropping the most likely tokens"),
  xtcThreshold: sampling("xtcThreshold", "least probability of a token that may be dropped"),
  mirostat: sampling("mirostat", "version 1 or 2 steers the surprise of the text; 0 is off"),
  mirostatTau: sampling("mirostatTau", "target surprise"),
  mirostatEta: sampling("mirostatEta", "learning rate of the steering"),
  dynatempRange: sampling("dynatempRange", "half-width of the dynamic temperature range; 0 is off"),
  dynatempExponent: sampling("dynatempExponent", "exponent of the dynamic temperature"),
  minKeep: sampling("minKeep", "least number of tokens that filters keep"),
  logitBias: option(
    z.array(z.tuple([token, z.union([z.number(), z.literal(-Infinity)])])),
    "pairs of token and bias",
  ),
  bannedTokens: option(z.array(token), "tokens that are never chosen"),
  eogTokens: option(z.array(token), "end tokens, for hand-written chains"),
  order: option(z.array(z.enum(FILTER_ORDER)).check(z.maxLength(64)), "order of the filters"),
  ignoreEos: option(z.boolean(), "end only at the token limit or the end of the context"),
};

/** `Model` checks that it has loaded them. */
const loaded = z.custom<ModelAdapter>(
  (value) => typeof value === "object" && value !== null && "layerCount" in value,
);
const adapterSelection = z.union([
  loaded,
  z.strictObject({ adapter: loaded, scale: z.optional(numberIn(FINITE)) }),
]);

const GENERATING = {
  ...SAMPLING,
  seed: option(numberIn(SEED), "the same seed gives the same text", "a random one"),
  signal: option(abortSignal, "aborts the generation"),
  maxTokens: option(
    numberIn(COUNT),
    "maximum number of tokens to generate",
    "until the model ends or the context is full",
  ),
  maxSeconds: option(numberIn(NOT_NEGATIVE), "maximum number of seconds until the end", "no limit"),
  stop: option(
    z.array(z.string().check(z.minLength(1), z.maxLength(4096))).check(z.maxLength(256)),
    "end before this text",
  ),
  stopTokens: option(z.array(token), "tokens that end the text"),
  logprobs: option(integerFrom(0, 1024), "log-probabilities of each token and of the n most likely"),
  promptLogprobs: option(
    integerFrom(0, 1024),
    "log-probabilities of each token of the prompt and of the n most likely in its place",
  ),
  contextShift: option(
    z.union([z.boolean(), z.strictObject({ keep: numberIn(COUNT) })]),
    "when the context is full, drop its older half and continue",
  ),
  adapters: option(
    z.array(adapterSelection).check(z.maxLength(64)),
    "adapters of this text, from loadAdapter",
    "those with which the model was loaded",
  ),
  client: option(z.string().check(z.maxLength(1024)), "texts of one client leave places to those of others"),
  cachePrompt: option(z.boolean(), "reuse cached prefixes, and leave this text in the cache", true),
  cacheSalt: option(z.string().check(z.maxLength(1024)), "only texts with the same salt share the cache"),
  schema: option(
    z.custom<NonNullable<unknown>>(
      (value) => typeof value === "object" || typeof value === "boolean" || typeof value === "function",
    ),
    "the text is JSON that is valid for this JSON Schema (2020-12) or schema object",
  ),
  json: option(z.boolean(), "the text is a JSON object"),
  regex: option(source, "the text matches this regular expression completely"),
  grammar: option(source, "the text is one of this grammar, in GBNF"),
  choices: option(z.array(z.string()).check(z.maxLength(65536)), "the text is one of these"),
  speculate: option(
    z.enum(SPECULATIONS),
    "guess tokens, from the text itself or by the draft model, and verify several at once; the text stays the same",
    "draft if the model has a draft model",
  ),
  compat: option(
    z.literal("llama2.c"),
    "choose tokens exactly as llama2.c does, including its random numbers",
  ),
};

export const GENERATE_OPTIONS = z.strictObject({
  ...GENERATING,
  bos: option(z.boolean(), "begin with the BOS token", "as in the model's training"),
  parseSpecial: option(z.boolean(), "parse the text of special tokens as those tokens"),
});

export const CHAT_OPTIONS = z.strictObject({
  ...GENERATING,
  template: option(
    z.string(),
    `a built-in chat template (${TEMPLATE_NAMES.join(", ")}) or Jinja text`,
    "the model's own",
  ),
  tools: option(z.array(z.unknown()), "functions that the model may call, as JSON schemas"),
  toolChoice: option(
    z.union([z.enum(["auto", "none", "required"]), z.strictObject({ name: z.string() })]),
    "whether the model must call a function, and which",
    "auto",
  ),
  parallelToolCalls: option(z.boolean(), "several calls in one answer", true),
  variables: option(z.record(z.string(), z.unknown()), "further variables of the template"),
});

/** Schemas and public types must name the same options, or this does not compile. */
type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Mutual<A, B> = Equal<keyof A, keyof B>;
const agree: [
  Mutual<z.infer<typeof GENERATE_OPTIONS>, PromptOptions>,
  Mutual<z.infer<typeof CHAT_OPTIONS>, ChatOptions>,
] = [true, true];
void agree;
