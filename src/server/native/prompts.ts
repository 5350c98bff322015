/** Prompts and options of llama.cpp's requests, in the library's terms. */
import type { GenerateOptions } from "../../generation/text-job.ts";
import type { Model } from "../../library/model.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { checkTextLength, encodePrompt, mapGently } from "../prompt-text.ts";
import type { Call } from "../route.ts";
import { generateOptions } from "../run.ts";
import { type CompletionBody, FILTERS, type InfillBody } from "../schemas/native.ts";

type Mixed = string | readonly (string | number)[];

/** The prompts of a request. A list with a number in it is one prompt; other lists are several. */
export function promptsOf({ prompt }: Pick<CompletionBody, "prompt">, model: Model): Promise<number[][]> {
  const isOne = !Array.isArray(prompt) || prompt.some((each) => typeof each === "number");
  const several = (isOne ? [prompt] : prompt) as readonly Mixed[];
  return mapGently(several, (each) => encodeMixed(each, model));
}

export const hasSeveral = ({ prompt }: Pick<CompletionBody, "prompt">): boolean =>
  Array.isArray(prompt) && !prompt.some((each) => typeof each === "number");

/** BOS is added only before text. */
function encodeMixed(prompt: Mixed, model: Model): number[] {
  const parts = typeof prompt === "string" ? [prompt] : prompt;
  return parts.flatMap((part, i) => (typeof part === "number" ? [part] : encodePart(model, part, i === 0)));
}

function encodePart(model: Model, text: string, isFirst: boolean): number[] {
  if (isFirst) return encodePrompt(model, text);
  checkTextLength(model, text.length);
  return model.tokenizer.encode(text);
}

/** llama.cpp's texts that end a repeat. */
const BREAKERS = ["\n", ":", '"', "*"];

export function nativeOptions(
  call: Call<CompletionBody | InfillBody>,
  tokenizer: Tokenizer,
): GenerateOptions {
  const { body } = call;
  const { n_predict: most, t_max_predict_ms: ms, logit_bias: bias, samplers, n_probs: probs, ...rest } = body;
  const { maxSeconds } = call.server;
  const breakers = body.dry_sequence_breakers ?? (body.dry_multiplier ? BREAKERS : undefined);
  return {
    ...generateOptions({ ...call, body: rest }),
    maxTokens: most === undefined || most === null || most === -1 ? undefined : most,
    maxSeconds: typeof ms === "number" && ms > 0 ? Math.min(maxSeconds, ms / 1000) : maxSeconds,
    logprobs: typeof probs === "number" && probs > 0 ? probs : undefined,
    ...(samplers === undefined || samplers === null ? {} : { order: samplers.map((name) => FILTERS[name]) }),
    ...(breakers === undefined
      ? {}
      : { dryBreakers: breakers.map((text) => tokenizer.encode(text)).filter(({ length }) => length > 0) }),
    ...(bias === undefined || bias === null ? {} : { logitBias: biasesOf(bias, tokenizer) }),
  };
}

type Biases = NonNullable<CompletionBody["logit_bias"]>;

/** A text's bias applies to each of its tokens. */
function biasesOf(bias: Biases, tokenizer: Tokenizer): (readonly [number, number])[] {
  const pairs = Array.isArray(bias)
    ? bias
    : Object.entries(bias).map(([key, value]) => [keyOf(key), value] as const);
  return pairs.flatMap(([key, value]) => {
    const amount = value === false ? Number.NEGATIVE_INFINITY : value;
    const tokens = typeof key === "number" ? [key] : tokenizer.encode(key);
    return tokens.map((token) => [token, amount] as const);
  });
}

const keyOf = (key: string): number | string => (/^\d{1,9}$/.test(key) ? Number(key) : key);
