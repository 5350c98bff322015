/** One text from logits to characters: sampling, decoding, stop rules and the account of all of it. */

import type { StepResult } from "../model/runner.ts";
import type { Tokenizer, TokenStream } from "../tokenizer/index.ts";
import type { Channel } from "./channel.ts";
import { type TopLogprobs, topLogprobs } from "./logprobs.ts";
import { createSampler, defaultChain, llama2cSampler, type SamplingOptions } from "./samplers/index.ts";
import type { Advance, Job } from "./scheduler.ts";
import { type Finish, type StopOptions, StopRules } from "./stop.ts";

export interface GenerateOptions
  extends SamplingOptions,
    Pick<StopOptions, "stop" | "stopTokens" | "maxTokens"> {
  /** Non-negative integer; without it a fresh one, told in the result. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** False: compute the whole prompt, and leave nothing of the text for later ones. Default true. */
  readonly cachePrompt?: boolean | undefined;
  /**
   * Texts share computed beginnings only with texts of the same salt. Give each tenant a salt where nobody may learn,
   * by the time an answer takes, what another has sent. Default: "".
   */
  readonly cacheSalt?: string | undefined;
  /** When the context is full, forget the older half (but the first `keep` tokens) and go on. */
  readonly contextShift?: boolean | { readonly keep: number } | undefined;
  /** Report the log-probability of each token and of the n most likely ones (0: of the token only). */
  readonly logprobs?: number | undefined;
  /** "llama2.c": its generator and its top-p, so that its published texts come out letter for letter. */
  readonly compat?: "llama2.c" | undefined;
}

/** One generated token. `text` is "" while a character is incomplete or a stop string may be beginning. */
export interface GeneratedToken {
  readonly token: number;
  readonly text: string;
  readonly logprobs?: TopLogprobs;
}

export interface GenerationResult {
  readonly text: string;
  /** Without the token that ended the text. */
  readonly tokens: readonly number[];
  /** "context": no room was left in the context, and no shift was allowed. */
  readonly finish: Finish | { readonly reason: "context" };
  readonly seed: number;
  readonly promptTokens: number;
  /** Tokens of the prompt that were taken from the cache, not computed. */
  readonly cachedTokens: number;
  /** Tokens dropped by context shifts. */
  readonly droppedTokens: number;
  readonly timings: GenerationTimings;
}

export interface GenerationTimings {
  /** From the start to the logits of the whole prompt, in seconds. */
  readonly promptSeconds: number;
  /** From there to the end. */
  readonly generationSeconds: number;
  /** From the start to the first token. */
  readonly firstTokenSeconds: number;
}

interface Chooser {
  readonly seed: number;
  choose(logits: Float32Array): number;
  accept(token: number): void;
}

function createChooser(options: GenerateOptions, ends: readonly number[], vocabSize: number): Chooser {
  if (options.compat === "llama2.c") {
    const { temperature, topP, seed = 1 } = options;
    const sampler = llama2cSampler({ temperature, topP, seed });
    return { seed, choose: (logits) => sampler.sample(logits), accept() {} };
  }
  const chain = defaultChain({ ...options, eogTokens: ends });
  const sampler = createSampler(chain, { vocabSize, seed: options.seed });
  return {
    seed: sampler.seed,
    choose: (logits) => sampler.sample(logits).token,
    accept: (token) => sampler.accept(token),
  };
}

const seconds = (from: number, to: number): number => (to - from) / 1000;

export interface TextJobInputs {
  readonly tokenizer: Tokenizer;
  /** Ids that end a text. */
  readonly ends: readonly number[];
  readonly vocabSize: number;
  readonly prompt: readonly number[];
  readonly options: GenerateOptions;
}

/** The job behind a `Generation`: it samples, decodes and stops. */
export class TextJob implements Job {
  readonly prompt: readonly number[];
  readonly signal: AbortSignal | undefined;
  readonly contextShift: { readonly keep: number } | undefined;
  readonly shares: boolean;
  readonly space: string;
  readonly #channel: Channel<GeneratedToken, GenerationResult>;
  readonly #chooser: Chooser;
  readonly #rules: StopRules;
  readonly #stream: TokenStream;
  readonly #logprobs: number | undefined;
  readonly #pieceCount: number;
  readonly #textLimit: number;
  readonly #ends: readonly number[];
  readonly #tokens: number[] = [];
  readonly #startedAt = performance.now();
  #prefilledAt = 0;
  #firstTokenAt: number | undefined;
  #text = "";
  #dropped = 0;
  #cached = 0;
  #finish: Finish | undefined;

  /** Throws RequestError for options out of range. */
  constructor(inputs: TextJobInputs, channel: Channel<GeneratedToken, GenerationResult>) {
    const { tokenizer, ends, vocabSize, prompt, options } = inputs;
    this.prompt = prompt;
    this.signal = options.signal;
    const { contextShift = false } = options;
    this.contextShift = contextShift === true ? { keep: 0 } : contextShift || undefined;
    this.shares = options.cachePrompt ?? true;
    this.space = options.cacheSalt ?? "";
    this.#channel = channel;
    this.#chooser = createChooser(options, ends, vocabSize);
    const { stop, stopTokens, maxTokens, ignoreEos } = options;
    const eogTokens = ignoreEos ? [] : ends;
    this.#rules = new StopRules({ stop, stopTokens, maxTokens, eogTokens });
    this.#stream = tokenizer.stream({ continued: prompt.some((id) => !tokenizer.isSpecial(id)) });
    this.#logprobs = options.logprobs;
    this.#pieceCount = tokenizer.vocabSize;
    this.#textLimit = tokenizer.textLimit;
    this.#ends = ends;
    for (const token of prompt) this.#chooser.accept(token);
  }

  prefilled(cachedTokens: number): void {
    this.#cached = cachedTokens;
    this.#prefilledAt = performance.now();
  }

  next({ logits: rows }: StepResult): Advance | undefined {
    const logits = rows[rows.length - 1];
    if (this.#rules.exhausted) {
      this.#finish = { reason: "length" };
      return undefined;
    }
    this.#banPadding(logits);
    const token = this.#chooser.choose(logits);
    this.#firstTokenAt ??= performance.now();
    const step = this.#rules.push(token, token < this.#pieceCount ? this.#stream.push(token) : "");
    const isText = step.finish === undefined || step.finish.reason === "length" || "stop" in step.finish;
    if (isText) this.#tokens.push(token);
    const logprobs =
      this.#logprobs === undefined ? {} : { logprobs: topLogprobs(logits, token, this.#logprobs) };
    this.#emit(token, step.text, logprobs);
    this.#chooser.accept(token);
    this.#finish = step.finish;
    return step.finish === undefined ? { tokens: [token] } : undefined;
  }

  /** Embeddings are often padded to a round number of rows: what has no piece is never chosen, unless it is an end. */
  #banPadding(logits: Float32Array): void {
    const ends = this.#ends.filter((id) => id >= this.#textLimit).map((id) => [id, logits[id]] as const);
    logits.fill(Number.NEGATIVE_INFINITY, this.#textLimit);
    for (const [id, logit] of ends) logits[id] = logit;
  }

  shifted(dropped: number): void {
    this.#dropped += dropped;
  }

  ended(reason: Parameters<Job["ended"]>[0]): void {
    if (reason.kind === "failed") {
      this.#channel.fail(reason.error);
      return;
    }
    const finish = this.#finish ?? { reason: "context" };
    // A stop string ends the text before what the decoder still holds; anything else lets it out.
    const rest = "stop" in finish ? "" : this.#rules.flush() + this.#stream.end();
    const last = this.#tokens.at(-1);
    if (rest !== "" && last !== undefined) this.#emit(last, rest, {});
    this.#channel.close(this.#result(finish));
  }

  #emit(token: number, text: string, logprobs: Pick<GeneratedToken, "logprobs">): void {
    this.#text += text;
    this.#channel.push({ token, text, ...logprobs });
  }

  #result(finish: GenerationResult["finish"]): GenerationResult {
    const now = performance.now();
    return {
      text: this.#text,
      tokens: this.#tokens,
      finish,
      seed: this.#chooser.seed,
      promptTokens: this.prompt.length,
      cachedTokens: this.#cached,
      droppedTokens: this.#dropped,
      timings: {
        promptSeconds: seconds(this.#startedAt, this.#prefilledAt),
        generationSeconds: seconds(this.#prefilledAt, now),
        firstTokenSeconds: seconds(this.#startedAt, this.#firstTokenAt ?? now),
      },
    };
  }
}
