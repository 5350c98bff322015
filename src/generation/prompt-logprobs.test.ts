/** Log-probabilities of a prompt's tokens: those of the logits, however the prompt is split, while others generate. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import { referenceBackend } from "../engine/index.ts";
import { LlamaRunner } from "../model/runner.ts";
import { Generation } from "./generation.ts";
import { topLogprobs } from "./logprobs.ts";
import { RowsJob } from "./rows-job.ts";
import { Scheduler } from "./scheduler.ts";
import type { GenerateOptions } from "./text-job.ts";

const tokenizer = tinyTokenizer();
const config = tinyConfig({ vocabSize: tokenizer.vocabSize });
const prompt = Array.from({ length: 40 }, (_, i) => 3 + ((i * 7) % 200));

let runner: LlamaRunner;
let scheduler: Scheduler;
beforeEach(async () => {
  runner = await LlamaRunner.create(config, randomParams(config), referenceBackend(), {
    maxSequences: 4,
    maxTokens: 16,
    pageSize: 8,
  });
  scheduler = new Scheduler(runner);
});
afterEach(async () => {
  await scheduler.close(new Error("the test is over"));
  runner.dispose();
});

function generate(options: GenerateOptions, tokens: readonly number[] = prompt) {
  return new Generation(scheduler, {
    tokenizer,
    ends: [],
    vocabSize: config.vocabSize,
    prompt: tokens,
    options: { temperature: 0, ...options },
  }).result();
}

async function expected(top: number) {
  const job = new RowsJob(prompt, { logits: true });
  scheduler.submit(job);
  const rows = (await job.results).flatMap(({ logits }) => logits);
  return [
    undefined,
    ...rows.slice(0, -1).map((logits, i) => {
      const { token, logprob, top: best } = topLogprobs(logits, prompt[i + 1], top);
      return { token, logprob, top: best.map((each) => expect.objectContaining(each)) };
    }),
  ].map((entry) => (entry === undefined ? undefined : expect.objectContaining(entry)));
}

describe("promptLogprobs", () => {
  it("are those of the logits, and the answer is the usual one", async () => {
    const plain = await generate({ maxTokens: 5 });
    expect(plain).not.toHaveProperty("promptLogprobs");
    const { promptLogprobs, tokens, cachedTokens } = await generate({ maxTokens: 5, promptLogprobs: 2 });
    expect(promptLogprobs).toEqual(await expected(2));
    expect(tokens).toEqual(plain.tokens);
    expect(cachedTokens).toBe(0);
  });

  it("come without an answer, and for a prompt of one token", async () => {
    const { promptLogprobs, tokens, finish } = await generate({ maxTokens: 0, promptLogprobs: 0 });
    expect(promptLogprobs).toEqual(await expected(0));
    expect([tokens, finish]).toEqual([[], { reason: "length" }]);
    expect((await generate({ maxTokens: 1, promptLogprobs: 0 }, [5])).promptLogprobs).toEqual([undefined]);
  });

  it("do not stop others, and do not depend on them", async () => {
    const others = Array.from({ length: 6 }, (_, i) => generate({ maxTokens: 20 }, [5 + i, 9]));
    const scored = await Promise.all([1, 2, 3].map(() => generate({ maxTokens: 2, promptLogprobs: 1 })));
    for (const { promptLogprobs } of scored) expect(promptLogprobs).toEqual(await expected(1));
    for (const [i, other] of (await Promise.all(others)).entries())
      expect(other.tokens).toEqual((await generate({ maxTokens: 20 }, [5 + i, 9])).tokens);
  });

  it("leave the prompt in the cache for the next text", async () => {
    await generate({ maxTokens: 0, promptLogprobs: 0 });
    expect((await generate({ maxTokens: 1 })).cachedTokens).toBe(prompt.length - 1);
  });
});
