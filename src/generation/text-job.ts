/** One text from logits to characters: sampling, decoding, stop rules and statistics. */

import type { AdapterUse } from "../model/adapters.ts";
import type { StepResult } from "../model/step-arrays.ts";
import type { TokenStream } from "../tokenizer/stream.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Channel } from "./channel.ts";
import type { Guide } from "./grammar/guide.ts";
import type { Advance, Job, TextEnding } from "./job.ts";
import { topLogprobs } from "./logprobs.ts";
import {
  createSampler,
  defaultChain,
  llama2cSampler,
  type Sampler,
  type SamplingOptions,
} from "./samplers/index.ts";
import { forgetHalf, type Shorten } from "./shorten.ts";
import type { DraftRequest } from "./speculation/draft-job.ts";
import type { Speculation } from "./speculation/names.ts";
import { PromptLookup } from "./speculation/prompt-lookup.ts";
import { Speculator } from "./speculation/speculator.ts";
import { type StopOptions, StopRules } from "./stop.ts";
import {
  type GeneratedToken,
  type GenerationFinish,
  type GenerationResult,
  type TokenLogprobs,
  withTexts,
} from "./text-result.ts";

export interface GenerateOptions
  extends SamplingOptions,
    Pick<StopOptions, "stop" | "stopTokens" | "maxTokens"> {
  /** Non-negative integer; default: random, reported in the result. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Texts of one client take turns, so that they leave places to those of others. Default: "". */
  readonly client?: string | undefined;
  /** False: compute the whole prompt, and leave nothing of the text in the cache. Default true. */
  readonly cachePrompt?: boolean | undefined;
  /**
   * Texts share cached prefixes only with texts of the same salt. Give each tenant a salt if response times must not
   * reveal what another tenant has sent. Default: "".
   */
  readonly cacheSalt?: string | undefined;
  /**
   * When the context is full, drop the older half (except BOS and the first `keep` tokens) and continue. A chat drops
   * turns.
   */
  readonly contextShift?: boolean | { readonly keep: number } | undefined;
  /**
   * Most seconds from the request to the end, waiting included; the text then ends like one of `maxTokens`.
   * Default: no limit.
   */
  readonly maxSeconds?: number | undefined;
  /** Report the log-probability of each token and of the n most likely ones (0: of the token only). */
  readonly logprobs?: number | undefined;
  /**
   * Report the log-probability of each token of the prompt, and of the n most likely ones in its place. The prompt is
   * then computed whole, whatever the cache holds.
   */
  readonly promptLogprobs?: number | undefined;
  /**
   * Guess tokens and verify several in one step; the text stays the same. "lookup": what followed the same words before;
   * "draft": what the model's draft model says (its default, if it has one); "off".
   */
  readonly speculate?: Speculation | undefined;
  /** "llama2.c": its generator and its top-p, to reproduce its published texts exactly. */
  readonly compat?: "llama2.c" | undefined;
}

interface Chooser {
  readonly seed: number;
  /** @param allowed a bit per token; others are not chosen. */
  choose(logits: Float32Array, allowed?: Uint32Array): number;
  accept(token: number): void;
  /** A sampler in the same state; undefined for one that is not Cria's. */
  copy(): Sampler | undefined;
}

function createChooser(options: GenerateOptions, ends: readonly number[], vocabSize: number): Chooser {
  if (options.compat === "llama2.c") {
    const { temperature, topP, seed = 1 } = options;
    const sampler = llama2cSampler({ temperature, topP, seed });
    return { seed, choose: (logits) => sampler.sample(logits), accept() {}, copy: () => undefined };
  }
  const chain = defaultChain({ ...options, eogTokens: ends });
  const sampler = createSampler(chain, { vocabSize, seed: options.seed });
  return {
    seed: sampler.seed,
    choose: (logits, allowed) => sampler.sample(logits, allowed).token,
    accept: (token) => sampler.accept(token),
    copy: () => sampler.clone(),
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
  /** The text is independent, like a chat's answer: SentencePiece's space at its start is not part of it. */
  readonly ownText?: boolean | undefined;
  /**
   * Makes the guide that keeps the text inside a grammar.
   * @param dropsSpace the leading space of the first token is not part of the text.
   */
  readonly guide?: ((dropsSpace: boolean) => Guide) | undefined;
  /** Control tokens whose text is part of the text. */
  readonly shown?: ReadonlySet<number> | undefined;
  /** Chooses the tokens to keep when the context is full; overrides `contextShift`. */
  readonly shorten?: Shorten | undefined;
  /** Guesses of a draft model. */
  readonly draft?: ((request: DraftRequest) => Promise<readonly number[]>) | undefined;
  /** Called once with the result, or with the error and the text generated so far. */
  readonly onEnd?: ((end: TextEnd) => void) | undefined;
  /** Adapters of the text, from the runner (default: none). */
  readonly adapters?: readonly AdapterUse[] | undefined;
  /** Kept reachable while the text runs. */
  readonly owner?: object | undefined;
}

/** How a text ended, for callers that keep a record. */
export interface TextEnd {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly result?: GenerationResult;
  readonly error?: unknown;
}

/** The job of a `Generation`: it samples, decodes and stops. */
export class TextJob implements Job {
  readonly prompt: readonly number[];
  readonly signal: AbortSignal | undefined;
  readonly shorten: Shorten | undefined;
  readonly promptRows: "all" | "last";
  readonly shares: boolean;
  readonly space: string;
  readonly client: string | undefined;
  readonly adapters: readonly AdapterUse[] | undefined;
  readonly owner: object | undefined;
  readonly #inputs: TextJobInputs;
  readonly #channel: Channel<GeneratedToken, GenerationResult>;
  readonly #chooser: Chooser;
  readonly #rules: StopRules;
  readonly #stream: TokenStream;
  readonly #guide: Guide | undefined;
  readonly #speculator: Speculator | undefined;
  /** Guesses text that the grammar demands. */
  readonly #demanded: Speculator | undefined;
  /** The one that made the guesses of the step that runs. */
  #guesser: Speculator | undefined;
  /** Tokens guessed for the step that runs. */
  #guesses: readonly number[] = [];
  readonly #tokens: number[] = [];
  readonly #logprobs: TokenLogprobs[] = [];
  readonly #promptLogprobs: (TokenLogprobs | undefined)[] = [undefined];
  readonly #startedAt = performance.now();
  readonly #deadline: number;
  #prefilledAt = 0;
  #firstTokenAt: number | undefined;
  #text = "";
  /** A token not yet emitted because its text is not complete. */
  #held: GeneratedToken | undefined;
  #dropped = 0;
  #cached = 0;
  #finish: GenerationFinish | undefined;

  /** Throws RequestError for options out of range. */
  constructor(inputs: TextJobInputs, channel: Channel<GeneratedToken, GenerationResult>) {
    const { tokenizer, ends, vocabSize, prompt, options } = inputs;
    this.#inputs = inputs;
    this.prompt = prompt;
    this.signal = options.signal;
    this.owner = inputs.owner;
    this.adapters = inputs.adapters;
    const { contextShift = false } = options;
    const keep = contextShift === true ? 0 : contextShift === false ? undefined : contextShift.keep;
    this.shorten =
      inputs.shorten ??
      (keep === undefined ? undefined : forgetHalf(Math.max(keep, prompt[0] === tokenizer.bosId ? 1 : 0)));
    this.#deadline = this.#startedAt + 1000 * (options.maxSeconds ?? Number.POSITIVE_INFINITY);
    this.promptRows = options.promptLogprobs === undefined ? "last" : "all";
    this.shares = options.cachePrompt ?? true;
    this.space = options.cacheSalt ?? "";
    this.client = options.client;
    this.#channel = channel;
    this.#chooser = createChooser(options, ends, vocabSize);
    const { stop, stopTokens, maxTokens, ignoreEos } = options;
    const eogTokens = ignoreEos ? [] : ends;
    this.#rules = new StopRules({ stop, stopTokens, maxTokens, eogTokens });
    const continued = inputs.ownText !== true && prompt.some((id) => !tokenizer.isSpecial(id));
    this.#stream = tokenizer.stream({ continued, shown: inputs.shown });
    this.#guide = inputs.guide?.(this.#stream.dropsSpace);
    this.#speculator = this.#createSpeculator();
    const guide = options.speculate === "off" ? undefined : this.#guide;
    this.#demanded = guide && new Speculator({ accept() {}, guess: (most) => guide.likely(most) });
    for (const token of prompt) this.#accept(token);
  }

  #createSpeculator(): Speculator | undefined {
    const { options, draft, ends, tokenizer } = this.#inputs;
    const { speculate = draft === undefined ? "off" : "draft" } = options;
    if (speculate === "lookup") return new Speculator(new PromptLookup());
    if (speculate === "off" || draft === undefined) return undefined;
    const own: number[] = [];
    return new Speculator({
      accept: (token) => void own.push(token),
      guess: (most) => {
        const sampler = this.#chooser.copy();
        if (sampler === undefined) return [];
        const rest = {
          textLimit: tokenizer.textLimit,
          ends: new Set(ends),
          space: this.space,
          signal: this.signal,
        };
        return draft({ tokens: own, most, sampler, ...rest });
      },
    });
  }

  #accept(token: number): void {
    this.#chooser.accept(token);
    this.#speculator?.accept(token);
    this.#demanded?.accept(token);
  }

  guess(room: number): readonly number[] | Promise<readonly number[]> {
    // The token that ends the text needs no guess.
    const most = Math.min(room, this.#rules.remaining - 1);
    const demanded = (this.#demanded?.guess(most) ?? []) as readonly number[];
    this.#guesser = demanded.length > 0 ? this.#demanded : this.#speculator;
    if (demanded.length > 0) return this.#keepGuesses(demanded);
    const guesses = this.#speculator?.guess(most) ?? [];
    if (!(guesses instanceof Promise)) return this.#keepGuesses(guesses);
    return guesses.then((found) => this.#keepGuesses(found));
  }

  #keepGuesses(guesses: readonly number[]): readonly number[] {
    this.#guesses = guesses;
    return guesses;
  }

  get abandoned(): boolean {
    return this.#channel.abandoned;
  }

  promptChunk({ logits }: StepResult): void {
    this.#scorePrompt(logits);
  }

  /** @param rows logits after each of the prompt's next tokens. */
  #scorePrompt(rows: readonly Float32Array[]): void {
    const { promptLogprobs: count } = this.#inputs.options;
    if (count === undefined) return;
    for (const logits of rows) {
      const token = this.prompt[this.#promptLogprobs.length];
      if (token === undefined) return;
      this.#banPadding(logits);
      this.#promptLogprobs.push(this.#logprobsOf(logits, token, count));
    }
  }

  prefilled(cachedTokens: number): void {
    this.#cached = cachedTokens;
    this.#prefilledAt = performance.now();
  }

  next({ logits: rows }: StepResult, room: number): Advance | undefined {
    this.#scorePrompt(rows);
    // The last rows are those of the latest token and of the guesses after it.
    const guesses = this.#guesses.slice(0, rows.length - 1);
    this.#guesses = [];
    const latest = rows.slice(rows.length - 1 - guesses.length);
    for (const [right, logits] of latest.entries()) {
      const token = this.#take(logits, room + guesses.length - right);
      const isRight = token !== undefined && token === guesses[right];
      if (isRight) continue;
      if (guesses.length > 0) this.#guesser?.verified(guesses.length, right);
      if (token === undefined) return undefined;
      return { tokens: [token], keep: guesses.length === 0 ? undefined : 1 + right };
    }
    return undefined;
  }

  /** Chooses the next token and takes it into the text. @returns undefined if the text has ended. */
  #take(logits: Float32Array, room: number): number | undefined {
    if (this.#rules.exhausted || performance.now() > this.#deadline) {
      this.#finish = { reason: "length" };
      return undefined;
    }
    this.#banPadding(logits);
    const token = this.#chooser.choose(logits, this.#guide?.allowed());
    this.#firstTokenAt ??= performance.now();
    // Even without space for another token, an end token ends the text.
    if (room <= 0 && !this.#rules.ends(token)) return undefined;
    const step = this.#rules.push(token, this.#rules.ends(token) ? "" : this.#stream.push(token));
    if (this.#rules.ends(token)) this.#append(step.text);
    else this.#add(token, step.text, logits);
    this.#accept(token);
    const mayGoOn = step.finish === undefined || step.finish.reason === "length";
    this.#finish = (mayGoOn ? this.#follow(token) : undefined) ?? step.finish;
    return this.#finish === undefined ? token : undefined;
  }

  /** Takes a token into the grammar. @returns the end, if nothing more may follow. */
  #follow(token: number): GenerationFinish | undefined {
    this.#guide?.accept(token);
    return this.#guide?.isComplete === true ? { reason: "complete" } : undefined;
  }

  /** Embeddings are often padded to a round number of rows. Only end tokens may be chosen without a piece. */
  #banPadding(logits: Float32Array): void {
    const { tokenizer, ends } = this.#inputs;
    const kept = ends.filter((id) => id >= tokenizer.textLimit).map((id) => [id, logits[id]] as const);
    logits.fill(Number.NEGATIVE_INFINITY, tokenizer.textLimit);
    for (const [id, logit] of kept) logits[id] = logit;
  }

  shifted(dropped: number): void {
    this.#dropped += dropped;
  }

  ended(reason: TextEnding): void {
    if (reason.kind === "failed") {
      this.#inputs.onEnd?.({ text: this.#text, tokens: this.#tokens, error: reason.error });
      this.#channel.fail(reason.error);
      return;
    }
    const finish = reason.kind === "left" ? ({ reason: "left" } as const) : this.#finish;
    // A stop string ends the text before the decoder's pending bytes; any other ending emits them.
    if (finish === undefined || !("stop" in finish)) this.#append(this.#rules.flush() + this.#stream.end());
    this.#release();
    const result = this.#result(finish ?? { reason: "context" });
    this.#inputs.onEnd?.({ text: result.text, tokens: result.tokens, result });
    this.#channel.close(result);
  }

  /** Adds a token that stays. It is emitted once its text is complete, at the latest with the next token. */
  #add(token: number, text: string, logits: Float32Array): void {
    const { options } = this.#inputs;
    this.#release();
    this.#tokens.push(token);
    this.#held = { token, text: "" };
    if (options.logprobs !== undefined) {
      const logprobs = this.#logprobsOf(logits, token, options.logprobs);
      this.#logprobs.push(logprobs);
      this.#held = { token, text: "", logprobs };
    }
    this.#append(text);
    if (!this.#rules.holds && !this.#stream.holds) this.#release();
  }

  #logprobsOf(logits: Float32Array, token: number, count: number): TokenLogprobs {
    const { tokenizer } = this.#inputs;
    const textOf = (id: number): string =>
      id < tokenizer.vocabSize ? tokenizer.decode([id], { continued: true, skipSpecial: false }) : "";
    return withTexts(topLogprobs(logits, token, count), textOf);
  }

  /** Appends text that the last token completes. */
  #append(text: string): void {
    this.#text += text;
    if (this.#held !== undefined) this.#held = { ...this.#held, text: this.#held.text + text };
  }

  #release(): void {
    if (this.#held !== undefined) this.#channel.push(this.#held);
    this.#held = undefined;
  }

  #result(finish: GenerationFinish): GenerationResult {
    const now = performance.now();
    return {
      text: this.#text,
      tokens: this.#tokens,
      ...(this.#inputs.options.logprobs === undefined ? {} : { logprobs: this.#logprobs }),
      ...(this.promptRows === "last" ? {} : { promptLogprobs: this.#promptLogprobs }),
      ...(this.#speculator === undefined ? {} : { speculation: this.#speculator.counts }),
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
