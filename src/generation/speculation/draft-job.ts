/**
 * Guesses of a smaller model: it continues the text with a copy of the text's sampler, that is with the same random
 * numbers, so that both models choose the same token wherever they agree. It stops where it is unsure.
 */
import type { StepResult } from "../../model/step-arrays.ts";
import type { Advance, Job, TextEnding } from "../job.ts";
import type { Sampler } from "../samplers/index.ts";

/** Least probability of a token that is worth verifying; as llama.cpp's p_min. */
const LEAST_PROBABILITY = 0.75;

export interface DraftRequest {
  /** The text so far. */
  readonly tokens: readonly number[];
  /** Most guesses. */
  readonly most: number;
  /** A copy of the text's sampler, which the job uses up. */
  readonly sampler: Sampler;
  /** Ids from here on are padding. */
  readonly textLimit: number;
  readonly ends: ReadonlySet<number>;
  readonly space: string;
  readonly signal: AbortSignal | undefined;
}

export class DraftJob implements Job {
  readonly prompt: readonly number[];
  readonly space: string;
  readonly signal: AbortSignal | undefined;
  /** The guesses; none if the draft failed. */
  readonly guesses: Promise<readonly number[]>;
  readonly #request: DraftRequest;
  readonly #guesses: number[] = [];
  /** Logits in the vocabulary of the text's model, whose padding may differ. */
  readonly #logits: Float32Array;
  #settle: (() => void) | undefined;

  constructor(request: DraftRequest) {
    this.prompt = request.tokens;
    this.space = request.space;
    this.signal = request.signal;
    this.#request = request;
    this.#logits = new Float32Array(request.sampler.vocabSize);
    this.guesses = new Promise((resolve) => {
      this.#settle = () => resolve(this.#guesses);
    });
  }

  prefilled(): void {}
  shifted(): void {}

  next({ logits: rows }: StepResult, room: number): Advance | undefined {
    const { sampler, most, textLimit, ends } = this.#request;
    const logits = this.#logits.fill(Number.NEGATIVE_INFINITY);
    logits.set(rows[rows.length - 1].subarray(0, Math.min(textLimit, logits.length)));
    const { token, probability } = sampler.sample(logits);
    if (probability < LEAST_PROBABILITY || ends.has(token)) return undefined;
    this.#guesses.push(token);
    sampler.accept(token);
    return this.#guesses.length < most && room > 0 ? { tokens: [token] } : undefined;
  }

  ended(_reason: TextEnding): void {
    this.#settle?.();
  }
}
