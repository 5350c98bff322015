/** The answer of llama.cpp's /completion. */
import type { GenerationResult, TextLogprob, TokenLogprobs } from "../../generation/text-result.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { finite } from "../openai/logprobs.ts";
import type { CompletionBody, InfillBody } from "../schemas/native.ts";

type Body = CompletionBody | InfillBody;

const STOP_TYPES: Readonly<Record<GenerationResult["finish"]["reason"], string>> = {
  eos: "eos",
  stop: "word",
  complete: "eos",
  length: "limit",
  context: "limit",
  left: "none",
};

function timingsOf({ promptTokens, cachedTokens, tokens, timings, speculation }: GenerationResult) {
  const { promptSeconds, generationSeconds } = timings;
  const computed = promptTokens - cachedTokens;
  const rates = (count: number, seconds: number) => ({
    ms: 1000 * seconds,
    perToken: count === 0 ? 0 : (1000 * seconds) / count,
    perSecond: seconds === 0 ? 0 : count / seconds,
  });
  const [prompt, predicted] = [rates(computed, promptSeconds), rates(tokens.length, generationSeconds)];
  return {
    cache_n: cachedTokens,
    prompt_n: computed,
    prompt_ms: prompt.ms,
    prompt_per_token_ms: prompt.perToken,
    prompt_per_second: prompt.perSecond,
    predicted_n: tokens.length,
    predicted_ms: predicted.ms,
    predicted_per_token_ms: predicted.perToken,
    predicted_per_second: predicted.perSecond,
    ...(speculation === undefined
      ? {}
      : { draft_n: speculation.guessed, draft_n_accepted: speculation.accepted }),
  };
}

/** A token with its log-probability and those of the most likely tokens, in llama.cpp's form. */
export function nativeProbability(entry: TokenLogprobs, tokenizer: Tokenizer) {
  const described = ({ token, text, logprob }: TextLogprob) => ({
    id: token,
    token: text,
    bytes: token < tokenizer.vocabSize ? Array.from(tokenizer.tokenBytes(token)) : [],
    logprob: finite(logprob),
  });
  return { ...described(entry), top_logprobs: entry.top.map(described) };
}

/** Settings that a request gave, as `generation_settings` repeats them. */
function settingsOf(body: Body, seed: number) {
  const given = Object.entries(body).filter(
    ([name, value]) => value !== undefined && value !== null && !REQUEST_ONLY.has(name),
  );
  return { n_predict: -1, ...Object.fromEntries(given), seed };
}
const REQUEST_ONLY = new Set([
  "prompt",
  "model",
  "input_prefix",
  "input_suffix",
  "input_extra",
  "response_fields",
]);

/** One answer; `index` counts the prompts of a request. */
export function nativeAnswer(
  body: Body,
  name: string,
  tokenizer: Tokenizer,
  prompt: readonly number[],
  result: GenerationResult,
  index: number,
) {
  const { finish, tokens, text, promptTokens, cachedTokens, seed, logprobs } = result;
  return {
    index,
    content: text,
    tokens: body.return_tokens === true ? tokens : [],
    id_slot: body.id_slot ?? -1,
    stop: true,
    model: name,
    tokens_predicted: tokens.length,
    tokens_evaluated: promptTokens,
    generation_settings: settingsOf(body, seed),
    prompt: tokenizer.decode(prompt, { skipSpecial: false }),
    has_new_line: text.includes("\n"),
    truncated: finish.reason === "context",
    stop_type: "token" in finish ? "eos" : STOP_TYPES[finish.reason],
    stopping_word: "stop" in finish ? finish.stop : "",
    tokens_cached: cachedTokens,
    timings: timingsOf(result),
    ...(logprobs === undefined
      ? {}
      : { completion_probabilities: logprobs.map((entry) => nativeProbability(entry, tokenizer)) }),
  };
}

/** Only the wanted fields of an answer; `a/b` takes b out of a. */
export function onlyFields(answer: object, fields: readonly string[] | null | undefined): object {
  if (fields === undefined || fields === null || fields.length === 0) return answer;
  return Object.fromEntries(
    fields.flatMap((path) => {
      const keys = path.split("/");
      const value = keys.reduce<unknown>(
        (at, key) =>
          typeof at === "object" && at !== null && Object.hasOwn(at, key)
            ? (at as Record<string, unknown>)[key]
            : undefined,
        answer,
      );
      return value === undefined ? [] : [[keys[keys.length - 1], value] as const];
    }),
  );
}
