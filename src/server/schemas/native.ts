/** The bodies of llama.cpp's own routes. */
import * as z from "zod/mini";
import { integerFrom, numberIn } from "../../schema/schema.ts";
import { CHAT } from "./chat.ts";
import { MAX_PROMPTS } from "./completions.ts";
import { count, field, MODEL, required, SAMPLING, seed, stop, text, tokenId, tokenIds } from "./fields.ts";
import { STRUCTURE } from "./structure.ts";

/** llama.cpp's names of filters, for `samplers`. */
export const FILTERS = {
  penalties: "penalties",
  dry: "dry",
  top_n_sigma: "top-n-sigma",
  top_k: "top-k",
  typ_p: "typical",
  top_p: "top-p",
  min_p: "min-p",
  xtc: "xtc",
  temperature: "temperature",
} as const;

/** Ids and texts in turn are one prompt. */
const mixed = z.array(z.union([text, tokenId])).check(z.minLength(1));
const prompt = z.union([
  text,
  mixed,
  z.array(z.union([text, mixed])).check(z.minLength(1), z.maxLength(MAX_PROMPTS)),
]);

const bias = z.number().check(z.gte(-1e9), z.lte(1e9));
const biases = z.union([
  z.array(z.tuple([z.union([tokenId, text]), z.union([bias, z.literal(false)])])),
  z.record(text, bias),
]);

const GENERATION = {
  ...MODEL,
  ...SAMPLING,
  stream: field(z.boolean(), "send the answer piece by piece as server-sent events"),
  n_predict: field(
    integerFrom(-1, 2 ** 31 - 1),
    "most tokens of the answer; −1: until the end of the context",
  ),
  t_max_predict_ms: field(count, "most milliseconds"),
  n_keep: field(z.literal(0), "the context is never shifted"),
  n_indent: field(z.literal(0)),
  n_probs: field(integerFrom(0, 100), "report the log-probability of each token and of the n most likely"),
  post_sampling_probs: field(z.literal(false)),
  seed: field(seed, "the same seed and the same request give the same answer; −1 draws one"),
  stop: field(stop, "the answer ends before any of these texts"),
  samplers: field(z.array(z.enum(Object.keys(FILTERS) as (keyof typeof FILTERS)[])), "order of the filters"),
  dry_sequence_breakers: field(z.array(text), "texts that end a repeat"),
  logit_bias: field(biases, "pairs of a token and what is added to its logit; false forbids it"),
  id_slot: field(z.int(), "places share their caches, so any is as good as another"),
  return_tokens: field(z.boolean(), "report the ids of the answer's tokens"),
  response_fields: field(z.array(text), "only these fields; a/b takes b out of a"),
  timings_per_token: field(z.literal(false)),
  return_progress: field(z.literal(false)),
  lora: field(
    z
      .array(z.strictObject({ id: count, scale: field(numberIn({ min: -1000, max: 1000 })) }))
      .check(z.maxLength(32)),
    "adapters of /lora-adapters and the factors of their changes",
  ),
  image_data: field(z.array(z.never())),
  grammar: STRUCTURE.grammar,
  json_schema: STRUCTURE.json_schema,
};

export const COMPLETION = z.strictObject({
  ...GENERATION,
  prompt: required(prompt, "a text, ids, both, or several"),
});
export type CompletionBody = z.output<typeof COMPLETION>;

export const INFILL = z.strictObject({
  ...GENERATION,
  input_prefix: required(text, "the text before"),
  input_suffix: required(text, "the text after"),
  input_extra: field(z.array(z.strictObject({ filename: text, text })), "files that the model sees first"),
  prompt: field(text, "the beginning of the text in the middle"),
});
export type InfillBody = z.output<typeof INFILL>;

export const TOKENIZE = z.strictObject({
  ...MODEL,
  content: required(text, "the text"),
  add_special: field(z.boolean(), "begin with BOS if the model was trained with it"),
  parse_special: field(
    z.boolean(),
    "parse the text of special tokens as those tokens; default: it stays text",
  ),
  with_pieces: field(z.boolean(), "report the pieces too"),
});

export const DETOKENIZE = z.strictObject({ ...MODEL, tokens: required(tokenIds, "the ids") });

export const APPLY_TEMPLATE = z.strictObject({
  ...MODEL,
  messages: CHAT.shape.messages,
  chat_template_kwargs: CHAT.shape.chat_template_kwargs,
  add_generation_prompt: field(z.boolean(), "end with the beginning of the answer; default: true"),
});

export const SLOT_ACTION = z.strictObject({
  ...MODEL,
  filename: field(text.check(z.minLength(1), z.maxLength(256)), "a name for the saved cache; not a path"),
});
export type SlotActionBody = z.output<typeof SLOT_ACTION>;
