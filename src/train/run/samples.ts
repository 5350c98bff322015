/** Generates texts during training, directly from the weights being trained, without a second copy. */
import { DISPOSE } from "../../base/dispose.ts";
import type { Backend } from "../../engine/backend/backend.ts";
import type { Graph } from "../../engine/graph/graph.ts";
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

/** A prompt as the model gets it. */
export interface SamplePrompt {
  readonly tokens: readonly number[];
  /** Texts at which the answer ends, besides end tokens. */
  readonly stop: readonly string[];
}

export interface SamplingForm {
  /** Default: the prompt's tokens after BOS. */
  readonly prompt?: ((text: string) => SamplePrompt) | undefined;
  /** Texts also before the first step and after the last. */
  readonly atEnds?: boolean | undefined;
}

/** The generating program, made once. */
export class Sampler implements Disposable {
  readonly #tokenizer: Tokenizer;
  readonly #runner: LlamaRunner;
  readonly #vocabSize: number;
  readonly #promptOf: (text: string) => SamplePrompt;

  private constructor(tokenizer: Tokenizer, runner: LlamaRunner, { prompt }: SamplingForm) {
    this.#tokenizer = tokenizer;
    this.#runner = runner;
    this.#vocabSize = runner.config.vocabSize;
    this.#promptOf = prompt ?? ((text) => ({ tokens: tokenizer.encode(text, { bos: true }), stop: [] }));
  }

  static async create(
    model: ModelStates,
    backend: Backend,
    tokenizer: Tokenizer,
    form: SamplingForm = {},
  ): Promise<Sampler> {
    const { params, bind } = model.part;
    const adapt = { wrap: (graph: Graph) => bind(graph, "evaluation"), params: new Map() };
    const limits = { maxSequences: 1, maxTokens: 64, trained: model.states, adapt };
    return new Sampler(tokenizer, await LlamaRunner.create(model.config, params, backend, limits), form);
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
    const { tokens: prompt, stop } = this.#promptOf(text);
    const { context } = this.#runner.limits;
    const inputs = {
      tokenizer: this.#tokenizer,
      ends: this.#tokenizer.eogIds,
      vocabSize: this.#vocabSize,
      prompt: prompt.slice(0, context - 1),
      options: { maxTokens: tokens, temperature, seed, signal, cachePrompt: false, stop },
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
