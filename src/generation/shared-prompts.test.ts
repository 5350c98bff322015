/** Cached prefixes are not computed again, and give the same bits as computing everything. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import { referenceBackend } from "../engine/index.ts";
import { LlamaRunner } from "../model/runner.ts";
import { Generation } from "./generation.ts";
import type { Advance, Job } from "./job.ts";
import { RowsJob } from "./rows-job.ts";
import { Scheduler } from "./scheduler.ts";
import type { GenerateOptions } from "./text-job.ts";

const tokenizer = tinyTokenizer();
const config = tinyConfig({ vocabSize: tokenizer.vocabSize });
const PAGE = 8;

let runner: LlamaRunner;
let scheduler: Scheduler;
/** Tokens of each step. */
let steps: number[];
let onStep: () => void;

beforeEach(async () => {
  runner = await LlamaRunner.create(config, randomParams(config), referenceBackend(), {
    maxSequences: 8,
    maxTokens: 24,
    pageSize: PAGE,
  });
  steps = [];
  onStep = () => {};
  const step = runner.step.bind(runner);
  runner.step = (parts, request) => {
    steps.push(parts.reduce((sum, { tokens }) => sum + tokens.length, 0));
    onStep();
    return step(parts, request);
  };
  scheduler = new Scheduler(runner);
});
afterEach(async () => {
  await scheduler.close(new Error("the test is over"));
  runner.dispose();
});

function generate(prompt: readonly number[], options: GenerateOptions = {}): Generation {
  return new Generation(scheduler, {
    tokenizer,
    ends: tokenizer.eogIds,
    vocabSize: config.vocabSize,
    prompt,
    options: {
      seed: 7,
      temperature: 1,
      topK: 0,
      topP: 1,
      minP: 0,
      ignoreEos: true,
      maxTokens: 6,
      ...options,
    },
  });
}
const range = (count: number, from = 3): number[] =>
  Array.from({ length: count }, (_, i) => from + (i % 200));
const computed = (): number => steps.reduce((sum, tokens) => sum + tokens, 0);

describe("a cached prompt", () => {
  it("costs one token, and the answer is the same", async () => {
    const first = await generate(range(40)).result();
    const before = computed();
    const second = await generate(range(40)).result();
    expect(second.tokens).toEqual(first.tokens);
    expect(first.cachedTokens).toBe(0);
    expect(second.cachedTokens).toBe(39);
    expect(computed() - before).toBe(1 + 5);
  });

  it("may be a conversation's next turn: earlier turns come from the cache", async () => {
    const first = await generate(range(20)).result();
    const next = [...range(20), ...first.tokens, ...range(5, 90)];
    const second = await generate(next).result();
    // The last token of an answer has been chosen, but not computed.
    expect(second.cachedTokens).toBe(20 + first.tokens.length - 1);
    const alone = await generate(next, { cachePrompt: false }).result();
    expect(alone.cachedTokens).toBe(0);
    expect(second.tokens).toEqual(alone.tokens);
  });

  it("is computed once for eight texts that arrive together", async () => {
    const prompts = Array.from({ length: 8 }, (_, i) => [...range(42), 210 + i, 220 + i]);
    const results = await Promise.all(prompts.map((prompt) => generate(prompt, { maxTokens: 1 }).result()));
    expect(computed()).toBeLessThanOrEqual(44 + 7 * 2);
    for (const [i, prompt] of prompts.entries()) {
      const alone = await generate(prompt, { maxTokens: 1, cachePrompt: false }).result();
      expect(results[i].tokens).toEqual(alone.tokens);
    }
  });

  it("is computed once for several answers to the same prompt", async () => {
    const answers = await Promise.all([1, 2, 3, 4].map((seed) => generate(range(30), { seed }).result()));
    expect(computed()).toBe(30 + 3 + 4 * 5);
    for (const [i, { tokens }] of answers.entries())
      expect(tokens).toEqual(
        (await generate(range(30), { seed: i + 1, cachePrompt: false }).result()).tokens,
      );
  });

  it("is not seen by texts of another salt", async () => {
    await generate(range(30), { cacheSalt: "a" }).result();
    expect((await generate(range(30), { cacheSalt: "b" }).result()).cachedTokens).toBe(0);
    expect((await generate(range(30)).result()).cachedTokens).toBe(0);
    expect((await generate(range(30), { cacheSalt: "a" }).result()).cachedTokens).toBe(29);
  });

  it("holds nothing after an abort half-way, and others reuse the computed part", async () => {
    const controller = new AbortController();
    const aborted = generate(range(60), { signal: controller.signal });
    onStep = () => {
      if (steps.length === 2) controller.abort(new Error("enough"));
    };
    await expect(aborted.result()).rejects.toThrow("enough");
    const second = await generate(range(60)).result();
    expect(second.cachedTokens).toBe(24);
    expect(second.tokens).toEqual((await generate(range(60), { cachePrompt: false }).result()).tokens);
  });

  it("stays correct if the pool is too small for the whole conversation", async () => {
    for (let i = 0; i < 60; i++) {
      const prompt = range(70, 3 + (i % 7) * 11);
      const { tokens } = await generate(prompt, { maxTokens: 2 }).result();
      if (i % 10 === 9)
        expect(tokens).toEqual(
          (await generate(prompt, { maxTokens: 2, cachePrompt: false }).result()).tokens,
        );
    }
  });

  it("survives a context shift, which goes back into shared pages", async () => {
    const options = { maxTokens: 60, contextShift: { keep: 4 } };
    const first = await generate(range(70), options).result();
    expect(first.droppedTokens).toBeGreaterThan(0);
    const second = await generate(range(70), options).result();
    expect(second.tokens).toEqual(first.tokens);
    expect((await generate(range(70), { ...options, cachePrompt: false }).result()).tokens).toEqual(
      first.tokens,
    );
  });
});

describe("a long prompt", () => {
  it("does not block an answer that came after it: single tokens go first in every step", async () => {
    const long = generate(range(80), { maxTokens: 1 });
    await new Promise<void>((resolve) => {
      onStep = () => steps.length === 1 && resolve();
    });
    let before = 0;
    onStep = () => {
      before++;
    };
    const short = generate([7, 8], { maxTokens: 2, cachePrompt: false });
    const first = await Promise.race([short.result().then(() => "short"), long.result().then(() => "long")]);
    expect(first).toBe("short");
    expect(before).toBeLessThanOrEqual(4);
  });
});

/** Guesses the true continuation, except every third token, and counts the accepted guesses. */
class Guessing implements Job {
  readonly prompt: readonly number[];
  readonly written: number[] = [];
  readonly done: Promise<void>;
  steps = 0;
  readonly #truth: readonly number[];
  #guesses: number[] = [];
  #end: (() => void) | undefined;

  constructor(prompt: readonly number[], truth: readonly number[]) {
    this.prompt = prompt;
    this.#truth = truth;
    this.done = new Promise((resolve) => {
      this.#end = resolve;
    });
  }
  prefilled(): void {}
  shifted(): void {}
  next({ logits }: Parameters<Job["next"]>[0]): Advance | undefined {
    this.steps++;
    const best = logits.map((row) => row.indexOf(Math.max(...row)));
    const right = this.#guesses.findIndex((guess, i) => guess !== best[i]);
    const accepted = right < 0 ? this.#guesses.length : right;
    this.written.push(...best.slice(0, accepted + 1));
    const at = this.written.length;
    if (at >= this.#truth.length) return undefined;
    const keep = this.steps === 1 ? undefined : accepted + 1;
    this.#guesses = this.#truth.slice(at, at + 4).map((token, i) => (i === 2 ? (token + 1) % 9 : token));
    return { tokens: [this.written[at - 1], ...this.#guesses], keep };
  }
  ended(): void {
    this.#end?.();
  }
}

describe("a job that guesses", () => {
  it("gets the rows of all its guesses, keeps the right ones, and writes what greedy decoding writes", async () => {
    const { tokens } = await generate(range(10), { temperature: 0, maxTokens: 30 }).result();
    const job = new Guessing(range(10), tokens);
    scheduler.submit(job);
    await job.done;
    expect(job.written.slice(0, 30)).toEqual(tokens);
    expect(job.steps).toBeLessThan(15);
  });
});

describe("a job that reads every token", () => {
  it("gets logits in chunks while other texts continue, and takes nothing from the cache", async () => {
    const tokens = range(60);
    await generate(tokens, { maxTokens: 1 }).result();
    const running = generate(range(5, 40), { maxTokens: 20 });
    const job = new RowsJob(tokens, { logits: true, hidden: true, taps: ["blk.1.ffn_down", "output"] });
    scheduler.submit(job);
    const results = await job.results;
    const rows = results.flatMap(({ logits }) => logits);
    expect(rows).toHaveLength(60);
    expect(results.length).toBeGreaterThan(2);
    expect(results.flatMap(({ hidden }) => hidden)).toHaveLength(60);
    const taps = results.flatMap((result) => result.taps.get("blk.1.ffn_down") ?? []);
    expect(taps).toHaveLength(60);
    expect(taps[0]).toHaveLength(config.ffnDim);
    // The head's input is the hidden state.
    expect(results.flatMap((result) => result.taps.get("output") ?? [])).toEqual(
      results.flatMap(({ hidden }) => hidden),
    );
    expect((await running.result()).tokens).toHaveLength(20);
    using sequence = runner.createSequence();
    const [whole] = await runner.step([{ sequence, tokens: tokens.slice(0, 24), rows: "all" }]);
    expect(rows.slice(0, 24)).toEqual([...whole.logits]);
  });
});
