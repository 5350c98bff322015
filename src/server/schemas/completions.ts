/** The body of /v1/completions. */
import * as z from "zod/mini";
import { integerFrom } from "../../schema/schema.ts";
import { GENERATION } from "./chat.ts";
import { answers, field, text, tokenIds } from "./fields.ts";
import { STRUCTURE } from "./structure.ts";

/** Most prompts of one request. */
export const MAX_PROMPTS = 256;

const prompts = z.union([
  text,
  z.array(text).check(z.minLength(1), z.maxLength(MAX_PROMPTS)),
  tokenIds.check(z.minLength(1)),
  z.array(tokenIds.check(z.minLength(1))).check(z.minLength(1), z.maxLength(MAX_PROMPTS)),
]);

export const COMPLETIONS = z.strictObject({
  ...GENERATION,
  ...STRUCTURE,
  prompt: field(prompts, "a text, token ids, or several of either; default: an empty text"),
  suffix: field(text, "the text after the completion; for models trained to write text in the middle"),
  echo: field(z.boolean(), "begin the answer with the prompt; with logprobs, report those of the prompt too"),
  logprobs: field(integerFrom(0, 100), "report the log-probability of each token and of the n most likely"),
  best_of: field(answers, "generate so many answers and return the n most likely per token"),
});
export type CompletionsBody = z.output<typeof COMPLETIONS>;
