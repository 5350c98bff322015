/** A cache with fewer pages than all texts together need: texts wait or give up their places, and lose nothing. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import { referenceBackend } from "../engine/index.ts";
import { pageBytes } from "../model/limits.ts";
import { LlamaRunner } from "../model/runner.ts";
import { Generation } from "./generation.ts";
import { RowsJob } from "./rows-job.ts";
import { Scheduler } from "./scheduler.ts";
import type { GenerateOptions } from "./text-job.ts";

const tokenizer = tinyTokenizer();
const config = tinyConfig({ vocabSize: tokenizer.vocabSize });
const PAGE = 8;
const CONTEXT = 64;
/** One text of the whole context needs 8 pages. */
const PAGES = 10;

let runner: LlamaRunner;
let scheduler: Scheduler;
let failedSteps: number;
beforeEach(async () => {
  runner = await LlamaRunner.create(config, randomParams(config), referenceBackend(), {
    maxSequences: 4,
    maxTokens: 32,
    pageSize: PAGE,
    context: CONTEXT,
    cacheDtype: "F32",
    cacheMemory: PAGES * pageBytes(config, PAGE, "F32"),
  });
  failedSteps = 0;
  const step = runner.step.bind(runner);
  runner.step = (parts, request) =>
    step(parts, request).catch((error) => {
      failedSteps++;
      throw error;
    });
  scheduler = new Scheduler(runner);
});
afterEach(async () => {
  await scheduler.close(new Error("the test is over"));
  runner.dispose();
});

const prompt = (length: number, from: number): number[] =>
  Array.from({ length }, (_, i) => 3 + ((from + 7 * i) % 200));
function generate(tokens: readonly number[], options: GenerateOptions = {}) {
  return new Generation(scheduler, {
    tokenizer,
    ends: [],
    vocabSize: config.vocabSize,
    prompt: tokens,
    options: { seed: 7, temperature: 1, topK: 0, topP: 1, minP: 0, ...options },
  }).result();
}

describe("a cache that is too small for all texts", () => {
  it("gives every text the tokens that it has alone", async () => {
    expect(runner.limits.nPages).toBe(PAGES);
    const prompts = Array.from({ length: 6 }, (_, i) => prompt(4 + 3 * i, 31 * i));
    const together = await Promise.all(prompts.map((each) => generate(each, { maxTokens: 40 })));
    expect(failedSteps).toBeGreaterThan(0);
    for (const [i, { tokens, finish }] of together.entries()) {
      const alone = await generate(prompts[i], { maxTokens: 40, cachePrompt: false });
      expect([tokens, finish]).toEqual([alone.tokens, alone.finish]);
    }
    expect(runner.availablePages).toBe(PAGES);
  });

  it("gives every token once", async () => {
    const read = await Promise.all(
      [1, 2, 3].map(async (i) => {
        const text = new Generation(scheduler, {
          tokenizer,
          ends: [],
          vocabSize: config.vocabSize,
          prompt: prompt(8, i),
          options: { seed: i, maxTokens: 50 },
        });
        const tokens: number[] = [];
        for await (const { token } of text.tokens()) tokens.push(token);
        return [tokens, [...(await text.result()).tokens]];
      }),
    );
    for (const [tokens, whole] of read) expect(tokens).toEqual(whole);
  });

  it("reads long texts beside others, whole", async () => {
    const texts = [1, 2].map((i) => generate(prompt(10, i), { maxTokens: 50 }));
    const looks = [3, 4, 5, 7, 8, 9].map((i) => {
      const job = new RowsJob(prompt(60, i), { logits: true });
      scheduler.submit(job);
      return job.results;
    });
    const scored = generate(prompt(50, 6), { maxTokens: 3, promptLogprobs: 0 });
    for (const rows of await Promise.all(looks))
      expect(rows.flatMap(({ logits }) => logits)).toHaveLength(60);
    expect((await scored).promptLogprobs).toHaveLength(50);
    for (const { tokens } of await Promise.all(texts)) expect(tokens).toHaveLength(50);
  });

  it("must hold one text", async () => {
    const made = LlamaRunner.create(config, randomParams(config), referenceBackend(), {
      context: CONTEXT,
      pageSize: PAGE,
      cacheDtype: "F32",
      cacheMemory: 7 * pageBytes(config, PAGE, "F32"),
    });
    await expect(made).rejects.toThrow("one text of the whole context");
  });
});

describe("a cache with space to spare", () => {
  it("keeps more of earlier texts", async () => {
    const roomy = await LlamaRunner.create(config, randomParams(config), referenceBackend(), {
      maxSequences: 1,
      context: CONTEXT,
      pageSize: PAGE,
      cacheDtype: "F32",
      cacheMemory: 100 * pageBytes(config, PAGE, "F32"),
    });
    scheduler = new Scheduler(roomy);
    const prompts = Array.from({ length: 8 }, (_, i) => prompt(40, 17 * i));
    for (const each of prompts) await generate(each, { maxTokens: 1 });
    for (const each of prompts) expect((await generate(each, { maxTokens: 1 })).cachedTokens).toBe(39);
    await scheduler.close(new Error("the test is over"));
    roomy.dispose();
  });
});
