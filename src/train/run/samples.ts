/** Generates texts during training, directly from the weights being trained, without a second copy. */
import { DISPOSE } from "../../base/dispose.ts";
import type { Backend } from "../../engine/backend/backend.ts";
import { Generation } from "../../generation/generation.ts";
import { Scheduler } from "../../generation/scheduler.ts";
import { LlamaRunner } from "../../model/runner.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { ModelStates } from "../model-states.ts";

export interface SampleOptions {
  readonly prompts: readonly string[];
  /** Most tokens per text. */
  readonly tokens: number;
  readonly temperature: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** The generating program, made once. */
export class Sampler implements Disposable {
  readonly #tokenizer: Tokenizer;
  readonly #runner: LlamaRunner;
  readonly #vocabSize: number;

  private constructor(tokenizer: Tokenizer, runner: LlamaRunner) {
    this.#tokenizer = tokenizer;
    this.#runner = runner;
    this.#vocabSize = runner.config.vocabSize;
  }

  static async create(model: ModelStates, backend: Backend, tokenizer: Tokenizer): Promise<Sampler> {
    const limits = { maxSequences: 1, maxTokens: 64, trained: model.states };
    return new Sampler(tokenizer, await LlamaRunner.create(model.config, new Map(), backend, limits));
  }

  /** Generates a continuation of each prompt. */
  async texts({ prompts, tokens, temperature, seed, signal }: SampleOptions): Promise<string[]> {
    const texts: string[] = [];
    for (const text of prompts) texts.push(await this.#text(text, { tokens, temperature, seed, signal }));
    return texts;
  }

  async #text(text: string, options: Omit<SampleOptions, "prompts">): Promise<string> {
    const { tokens, temperature, seed, signal } = options;
    // The weights have changed since the last call, so a new scheduler with an empty cache is needed.
    const scheduler = new Scheduler(this.#runner);
    const prompt = this.#tokenizer.encode(text, { bos: true });
    const { context } = this.#runner.limits;
    const inputs = {
      tokenizer: this.#tokenizer,
      ends: this.#tokenizer.eogIds,
      vocabSize: this.#vocabSize,
      prompt: prompt.slice(0, context - 1),
      options: { maxTokens: tokens, temperature, seed, signal, cachePrompt: false },
    };
    return await new Generation(scheduler, inputs).text();
  }

  dispose(): void {
    this.#runner.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}
