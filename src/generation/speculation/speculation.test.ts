/** Guessed tokens change the number of steps, never the text: greedy and sampled, right and wrong, alone and in company. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../../test/support/tiny-model.ts";
import { tinyTokenizer } from "../../../test/support/tiny-tokenizer.ts";
import { Random } from "../../base/random.ts";
import { referenceBackend } from "../../engine/index.ts";
import { LlamaRunner } from "../../model/runner.ts";
import { Generation } from "../generation.ts";
import { Scheduler } from "../scheduler.ts";
import type { GenerateOptions, TextJobInputs } from "../text-job.ts";
import { DraftJob, type DraftRequest, PromptLookup, Speculator } from "./index.ts";

const tokenizer = tinyTokenizer();
const config = tinyConfig({ vocabSize: tokenizer.vocabSize, maxSeqLen: 128 });

let runner: LlamaRunner;
let scheduler: Scheduler;
let steps: number;
beforeEach(async () => {
  runner = await LlamaRunner.create(config, randomParams(config), referenceBackend(), {
    maxSequences: 4,
    pageSize: 8,
  });
  scheduler = new Scheduler(runner);
  steps = 0;
  const step = runner.step.bind(runner);
  runner.step = (parts, request) => {
    steps++;
    return step(parts, request);
  };
});
afterEach(async () => {
  await scheduler.close(new Error("the test is over"));
  runner.dispose();
});

const prompt = Array.from({ length: 12 }, (_, i) => 5 + (i % 3));
function generate(options: GenerateOptions, rest: Partial<TextJobInputs> = {}) {
  return new Generation(scheduler, {
    tokenizer,
    ends: [],
    vocabSize: config.vocabSize,
    prompt,
    options: { seed: 3, maxTokens: 60, ...options },
    ...rest,
  }).result();
}

const GREEDY: GenerateOptions = { temperature: 0 };
const SAMPLED: GenerateOptions = { temperature: 0.3, topK: 3, topP: 1, minP: 0 };
const PENALISED: GenerateOptions = { temperature: 0.5, topK: 8, repeatPenalty: 1.3, frequencyPenalty: 0.2 };
const MIROSTAT: GenerateOptions = { temperature: 0.7, mirostat: 2 };

/** Guesses the true continuation with some errors. */
function oracle(truth: readonly number[], errors: number) {
  const random = new Random(1);
  const all = [...prompt, ...truth];
  return ({ tokens, most }: DraftRequest): Promise<readonly number[]> => {
    const next = all.slice(tokens.length, tokens.length + most);
    return Promise.resolve(next.map((token) => (random.uniform() < errors ? (token + 1) % 200 : token)));
  };
}

describe.each([
  ["greedy", GREEDY],
  ["sampled", SAMPLED],
  ["penalised", PENALISED],
  ["mirostat", MIROSTAT],
])("a text that is %s", (_, options) => {
  it("is the same with guesses from itself", async () => {
    const plain = await generate(options);
    const { tokens, text, speculation } = await generate({ ...options, speculate: "lookup" });
    expect([tokens, text]).toEqual([plain.tokens, plain.text]);
    expect(plain).not.toHaveProperty("speculation");
    expect(speculation?.accepted).toBeLessThanOrEqual(speculation?.guessed ?? -1);
  });

  it.each([0, 0.3, 1])("is the same with guesses of which a share of %d is wrong", async (errors) => {
    const plain = await generate({ ...options, logprobs: 1 });
    const plainSteps = steps;
    const found = await generate({ ...options, logprobs: 1 }, { draft: oracle(plain.tokens, errors) });
    expect(found.tokens).toEqual(plain.tokens);
    expect(found.logprobs).toEqual(plain.logprobs);
    if (errors === 0) {
      expect(found.speculation).toEqual({
        guessed: found.speculation?.accepted,
        accepted: expect.any(Number),
      });
      expect(steps - plainSteps).toBeLessThan(plainSteps / 4);
    }
  });
});

describe("guesses", () => {
  it("stop with the text: at its length, at its end token, at a stop text, at the end of the context", async () => {
    const { tokens, text } = await generate(GREEDY);
    const draft = oracle(tokens, 0);
    for (const maxTokens of [1, 2, 5]) {
      const found = await generate({ ...GREEDY, maxTokens }, { draft });
      expect([found.tokens, found.finish]).toEqual([tokens.slice(0, maxTokens), { reason: "length" }]);
    }
    const end = tokens[7];
    const ended = await generate(GREEDY, { draft, ends: [end] });
    expect(ended.tokens).toEqual(tokens.slice(0, tokens.indexOf(end)));
    const stop = text.slice(5, 8);
    expect((await generate({ ...GREEDY, stop: [stop] }, { draft })).text).toBe(
      text.slice(0, text.indexOf(stop)),
    );
    const whole = await generate({ ...GREEDY, maxTokens: undefined });
    const full = await generate({ ...GREEDY, maxTokens: undefined }, { draft: oracle(whole.tokens, 0.2) });
    expect([full.tokens, full.finish]).toEqual([whole.tokens, { reason: "context" }]);
  });

  it("of several texts in company stay apart", async () => {
    const options = [1, 2, 3, 4, 5, 6].map((seed) => ({ ...SAMPLED, seed }));
    const plain: (readonly number[])[] = [];
    for (const each of options) plain.push((await generate(each)).tokens);
    const together = await Promise.all(
      options.map((each, i) =>
        generate({ ...each, speculate: i % 2 === 0 ? "lookup" : "draft" }, { draft: oracle(plain[i], 0.3) }),
      ),
    );
    expect(together.map(({ tokens }) => tokens)).toEqual(plain);
  });

  it("that are always wrong soon become rare", async () => {
    const plain = await generate({ ...GREEDY, maxTokens: 100 });
    const { speculation, tokens } = await generate(
      { ...GREEDY, maxTokens: 100 },
      { draft: oracle(plain.tokens, 1) },
    );
    expect(tokens).toEqual(plain.tokens);
    expect(speculation?.accepted).toBe(0);
    expect(speculation?.guessed).toBeLessThan(20);
  });

  it("that fail end the text with their error", async () => {
    const failing = generate(GREEDY, { draft: () => Promise.reject(new Error("no draft")) });
    await expect(failing).rejects.toThrow("no draft");
  });
});

describe("a draft model", () => {
  /** The request as Model makes it. */
  const draftWith = (own: Scheduler) => (request: DraftRequest) => {
    const job = new DraftJob(request);
    own.submit(job);
    return job.guesses;
  };

  it("that is the model itself is right wherever it is sure", async () => {
    const own = new Scheduler(
      await LlamaRunner.create(config, randomParams(config), referenceBackend(), {
        maxSequences: 4,
        pageSize: 8,
      }),
    );
    const certain = { temperature: 0.02, topK: 3 };
    const plain = await generate(certain);
    const { tokens, speculation } = await generate(certain, { draft: draftWith(own) });
    expect(tokens).toEqual(plain.tokens);
    expect(speculation?.guessed).toBeGreaterThan(0);
    expect(speculation?.accepted).toBe(speculation?.guessed);
    await own.close(new Error("the test is over"));
  });

  it("that differs gives the same text", async () => {
    const own = new Scheduler(
      await LlamaRunner.create(config, randomParams(config, 2), referenceBackend(), {
        maxSequences: 4,
        pageSize: 8,
      }),
    );
    const certain = { temperature: 0.02, topK: 3 };
    const plain = await generate(certain);
    expect((await generate(certain, { draft: draftWith(own) })).tokens).toEqual(plain.tokens);
    await own.close(new Error("the test is over"));
  });
});

describe("PromptLookup", () => {
  const lookup = (tokens: readonly number[]): PromptLookup => {
    const found = new PromptLookup();
    for (const token of tokens) found.accept(token);
    return found;
  };

  it("continues as the text did after its last tokens", () => {
    expect(lookup([1, 2, 3, 4, 5, 1, 2]).guess(3)).toEqual([3, 4, 5]);
    expect(lookup([1, 2, 3, 4, 5, 1, 2]).guess(9)).toEqual([3, 4, 5, 1, 2]);
    expect(lookup([1, 2, 3]).guess(3)).toEqual([]);
    expect(lookup([1]).guess(3)).toEqual([]);
  });

  it("prefers the longest occurrence, then the latest", () => {
    expect(lookup([9, 1, 2, 7, 8, 1, 2, 5, 9, 1, 2]).guess(1)).toEqual([7]);
    expect(lookup([1, 2, 7, 3, 1, 2, 5, 4, 1, 2]).guess(1)).toEqual([5]);
  });
});

describe("Speculator", () => {
  const source = { accept() {}, guess: (most: number) => Array(most).fill(1) };

  it("guesses more while guesses are right, and pauses when they are wrong", () => {
    const speculator = new Speculator(source);
    const length = (): number => (speculator.guess(100) as number[]).length;
    expect(length()).toBe(4);
    speculator.verified(4, 4);
    expect(length()).toBe(8);
    speculator.verified(8, 5);
    expect(length()).toBe(6);
    speculator.verified(6, 6);
    speculator.verified(12, 12);
    expect(length()).toBe(16);
    speculator.verified(16, 1);
    expect(length()).toBe(2);
    speculator.verified(2, 0);
    expect(length()).toBe(0);
    for (let i = 0; i < 4; i++) speculator.accept(1);
    expect(length()).toBe(1);
    expect(speculator.counts).toEqual({ guessed: 48, accepted: 28 });
  });
});
