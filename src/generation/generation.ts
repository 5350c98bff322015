/**
 * One text being generated: what `model.generate` returns. It is read piece by piece with `for await`, token
 * by token with `tokens()`, or all at once with `text()` and `result()`. It starts at once, whether or not
 * anybody reads.
 */
import { RequestError } from "../base/errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { type TopLogprobs, topLogprobs } from "./logprobs.ts";
import {
  createSampler,
  defaultChain,
  llama2cSampler,
  type Sampler,
  type SamplingOptions,
} from "./samplers/index.ts";
import type { Job, Scheduler } from "./scheduler.ts";
import { type Finish, type StopOptions, StopRules } from "./stop.ts";

export interface GenerateOptions extends SamplingOptions, Pick<StopOptions, "stop" | "stopTokens" | "maxTokens"> {
  /** Non-negative integer; without it a fresh one, told in the result. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
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
  /** Tokens dropped by context shifts. */
  readonly droppedTokens: number;
  readonly timings: {
    /** Seconds from the start to the first logits, and from there to the end. */
    readonly promptSeconds: number;
    readonly generationSeconds: number;
    /** Seconds from the start to the first token. */
    readonly firstTokenSeconds: number;
  };
}

interface Chooser {
  readonly seed: number;
  choose(logits: Float32Array): number;
  accept(token: number): void;
}

function createChooser(options: GenerateOptions, tokenizer: Tokenizer, vocabSize: number): Chooser {
  if (options.compat === "llama2.c") {
    const { temperature, topP, seed = 1 } = options;
    const sampler = llama2cSampler({ temperature, topP, seed });
    return { seed, choose: (logits) => sampler.sample(logits), accept() {} };
  }
  const chain = defaultChain({ ...options, eogTokens: tokenizer.eogIds });
  const sampler: Sampler = createSampler(chain, { vocabSize, seed: options.seed });
  return {
    seed: sampler.seed,
    choose: (logits) => sampler.sample(logits).token,
    accept: (token) => sampler.accept(token),
  };
}

export interface GenerationInputs {
  readonly scheduler: Scheduler;
  readonly tokenizer: Tokenizer;
  readonly vocabSize: number;
  readonly prompt: readonly number[];
  readonly options: GenerateOptions;
}

export class Generation implements AsyncIterable<string> {
  readonly #ready: GeneratedToken[] = [];
  readonly #done: Promise<GenerationResult>;
  #wake: (() => void) | undefined;
  #isOver = false;
  #error: { readonly error: unknown } | undefined;
  #isRead = false;

  /** Throws RequestError for bad options and ContextError for a prompt that does not fit. */
  constructor(inputs: GenerationInputs) {
    this.#done = new Promise((resolve, reject) => {
      const job = new TextJob(inputs, {
        token: (token) => {
          this.#ready.push(token);
          this.#wake?.();
        },
        done: (result) => {
          this.#isOver = true;
          resolve(result);
          this.#wake?.();
        },
        failed: (error) => {
          this.#isOver = true;
          this.#error = { error };
          reject(error);
          this.#wake?.();
        },
      });
      submit = () => inputs.scheduler.submit(job);
    });
    this.#done.catch(() => {}); // whoever reads gets the error; nobody has to
    submit();
  }

  /** Tokens as they come. A generation can be read once. */
  async *tokens(): AsyncGenerator<GeneratedToken, void, void> {
    if (this.#isRead) throw new RequestError({ doing: "read a generation", found: "it has been read already" });
    this.#isRead = true;
    while (true) {
      const token = this.#ready.shift();
      if (token !== undefined) yield token;
      else if (this.#error !== undefined) throw this.#error.error;
      else if (this.#isOver) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Pieces of text as they come, never half a character. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, void> {
    for await (const { text } of this.tokens()) if (text !== "") yield text;
  }

  /** Waits for the end. Rejects with the signal's reason if the generation was aborted. */
  result(): Promise<GenerationResult> {
    return this.#done;
  }

  /** Waits for the end and gives the whole text. */
  async text(): Promise<string> {
    return (await this.#done).text;
  }
}
