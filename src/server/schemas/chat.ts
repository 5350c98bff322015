/** The body of /v1/chat/completions. */
import * as z from "zod/mini";
import { integerFrom } from "../../schema/schema.ts";
import {
  answers,
  anything,
  count,
  field,
  logitBias,
  MODEL,
  required,
  SAMPLING,
  seed,
  stop,
  text,
} from "./fields.ts";
import { STRUCTURE, TOOLS } from "./structure.ts";

const part = z.looseObject({ type: text, text: z.optional(text) });
const toolCall = z.strictObject({
  id: field(text),
  index: field(count),
  type: field(z.literal("function")),
  function: z.strictObject({ name: text, arguments: text }),
});

const message = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  content: field(z.union([text, z.array(part)])),
  name: field(text),
  tool_calls: field(z.array(toolCall)),
  tool_call_id: field(text),
  refusal: field(text),
  reasoning_content: field(text),
});
export type RequestMessage = z.output<typeof message>;

export const STREAMING = {
  stream: field(z.boolean(), "send the answer piece by piece as server-sent events"),
  stream_options: field(
    z.strictObject({ include_usage: field(z.boolean()), include_obfuscation: field(z.literal(false)) }),
    "include_usage: end with a chunk that has the counts of tokens",
  ),
};

/** Fields that clients send and whose only supported value changes nothing. */
export const INERT = {
  user: field(text, "the end user: requests of one user wait for each other, not those of others"),
  safety_identifier: field(text, "like user"),
  store: field(z.literal(false), "nothing is stored"),
  service_tier: field(z.enum(["auto", "default"])),
  metadata: field(z.strictObject({})),
};

/** Fields of every generation. */
export const GENERATION = {
  ...MODEL,
  ...SAMPLING,
  ...STREAMING,
  ...INERT,
  n: field(answers, "number of answers"),
  stop: field(stop, "the answer ends before any of these texts"),
  seed: field(seed, "the same seed and the same request give the same answer"),
  logit_bias: field(logitBias, "added to the logits of tokens"),
  max_tokens: field(count, "most tokens of an answer"),
};

export const CHAT = z.strictObject({
  ...GENERATION,
  ...STRUCTURE,
  ...TOOLS,
  messages: required(z.array(message).check(z.minLength(1)), "the conversation"),
  max_completion_tokens: field(count, "most tokens of an answer"),
  logprobs: field(z.boolean(), "report the log-probability of each token"),
  top_logprobs: field(integerFrom(0, 20), "report the most likely tokens too; needs logprobs"),
  modalities: field(z.tuple([z.literal("text")])),
  prompt_cache_key: field(text, "prompts are always cached"),
  chat_template_kwargs: field(z.record(text, anything), "further variables of the chat template"),
});
export type ChatBody = z.output<typeof CHAT>;
