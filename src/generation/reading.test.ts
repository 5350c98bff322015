/** How a text is read: each token once, and leaving early ends the text. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import { referenceBackend } from "../engine/index.ts";
import { LlamaRunner } from "../model/runner.ts";
import { Generation } from "./generation.ts";
import { RowsJob } from "./rows-job.ts";
import { Scheduler } from "./scheduler.ts";
import type { GenerateOptions } from "./text-job.ts";
import type { GeneratedToken } from "./text-result.ts";

const tokenizer = tinyTokenizer();
const config = tinyConfig({ vocabSize: tokenizer.vocabSize, maxSeqLen: 64 });
const END = tokenizer.eogIds[0];

let runner: LlamaRunner;
let scheduler: Scheduler;
beforeEach(async () => {
  const sizes = { maxSequences: 2, maxTokens: 16, pageSize: 8 };
  runner = await LlamaRunner.create(config, randomParams(config), referenceBackend(), sizes);
  scheduler = new Scheduler(runner);
});
afterEach(async () => {
  await scheduler.close(new Error("the test is over"));
  runner.dispose();
});

function generate(options: GenerateOptions = {}, prompt: readonly number[] = [1, 5, 6]): Generation {
  return new Generation(scheduler, {
    tokenizer,
    ends: tokenizer.eogIds,
    vocabSize: config.vocabSize,
    prompt,
    options: { seed: 7, temperature: 1, topK: 0, topP: 1, minP: 0, ...options },
  });
}

async function all(generation: Generation): Promise<GeneratedToken[]> {
  const tokens: GeneratedToken[] = [];
  for await (const token of generation.tokens()) tokens.push(token);
  return tokens;
}

/** Makes the model generate exactly these tokens: a mask excludes all others at each step. */
function script(tokens: readonly number[]): void {
  const step = runner.step.bind(runner);
  let at = 0;
  runner.step = async (parts, request) => {
    const results = await step(parts, request);
    for (const { logits } of results) {
      for (const row of logits) row.fill(-1e9).fill(10, tokens[at], tokens[at] + 1);
      if (logits.length > 0) at++;
    }
    return results;
  };
}

describe("the tokens of a text", () => {
  const letter = tokenizer.encode("a", { bos: false }).at(-1)!;
  it.each([
    ["text that a stop string held back until the end token", [letter, letter, END], { stop: ["aaa"] }],
    ["text that a stop string held back until maxTokens", [letter, letter], { stop: ["aaa"], maxTokens: 2 }],
    ["a character that never became whole", [letter, tokenizer.idOf("<0xE2>")!, END], {}],
    [
      "a character that maxTokens cut",
      [tokenizer.idOf("<0xE2>")!, tokenizer.idOf("<0x82>")!],
      { maxTokens: 2 },
    ],
  ])("come once each, with %s", async (_, tokens, options) => {
    script(tokens);
    const generation = generate({ ...options, logprobs: 1 });
    const read = await all(generation);
    const result = await generation.result();
    expect(read.map(({ token }) => token)).toEqual(result.tokens);
    expect(read.map(({ text }) => text).join("")).toBe(result.text);
    expect(result.text).toBe(tokenizer.decode(result.tokens, { continued: true }));
    expect(result.logprobs).toEqual(read.map(({ logprobs }) => logprobs));
  });

  it("have a log-probability and the text of every candidate", async () => {
    const { tokens, logprobs } = await generate({ maxTokens: 4, logprobs: 3, ignoreEos: true }).result();
    expect(logprobs?.map(({ token }) => token)).toEqual(tokens);
    for (const { top } of logprobs ?? [])
      for (const { token, text } of top)
        expect(text).toBe(tokenizer.decode([token], { continued: true, skipSpecial: false }));
  });
});

describe("the context", () => {
  const prompt = Array.from({ length: 60 }, (_, i) => 3 + i);
  it("holds prompt and answer together", async () => {
    script([5, 6, 7, 8, 9, 10]);
    const { tokens, finish } = await generate({}, prompt).result();
    expect([tokens, finish]).toEqual([[5, 6, 7, 8], { reason: "context" }]);
  });
  it("is not the reason of a text that ends exactly at the limit", async () => {
    script([5, 6, 7, 8, END]);
    const { tokens, finish } = await generate({}, prompt).result();
    expect([tokens, finish]).toEqual([[5, 6, 7, 8], { reason: "eos", token: END }]);
  });
});

describe("leaving a text", () => {
  const long = { maxTokens: 50, ignoreEos: true };
  it.each([
    ["over pieces", (generation: Generation): AsyncIterable<unknown> => generation],
    ["over tokens", (generation: Generation): AsyncIterable<unknown> => generation.tokens()],
  ])("by break in a loop %s ends it and frees its place", async (_, read) => {
    const generation = generate(long);
    let count = 0;
    for await (const _ of read(generation)) if (++count === 3) break;
    const { tokens, finish } = await generation.result();
    expect(finish).toEqual({ reason: "left" });
    expect(tokens.length).toBeLessThan(6);
    expect(scheduler.load).toBe(0);
  });

  it("before reading anything ends it, too", async () => {
    const generation = generate(long);
    await generation[Symbol.asyncIterator]().return?.();
    expect((await generation.result()).finish).toEqual({ reason: "left" });
  });

  it("does not wait for the token that is being computed", async () => {
    const generation = generate(long);
    const reader = generation.tokens();
    const next = reader.next();
    await reader.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("continues if something waits for the result", async () => {
    const generation = generate(long);
    const result = generation.result();
    for await (const _ of generation) break;
    expect((await result).tokens).toHaveLength(50);
  });
});

describe("a text that is only read", () => {
  it("takes the place of a text, which later continues unchanged", async () => {
    const options = (seed: number): GenerateOptions => ({
      seed,
      maxTokens: 40,
      ignoreEos: true,
      cachePrompt: false,
    });
    const alone = [await generate(options(1)).result(), await generate(options(2)).result()];
    const texts = [generate(options(1)), generate(options(2))];
    const waiting = generate(options(1));
    for await (const _ of texts[1].tokens()) break; // both run
    const kept = texts.map((text) => text.result());
    const look = async (): Promise<Float32Array[]> => {
      const tokens = Array.from({ length: 60 }, (_, i) => 3 + i);
      const job = new RowsJob(tokens, { logits: true });
      scheduler.submit(job);
      return (await job.results).flatMap(({ logits }) => logits);
    };
    const looked = await look();
    expect(looked).toHaveLength(60);
    expect(scheduler.load).toBeGreaterThan(1);
    const results = await Promise.all(kept);
    expect(results[0].tokens).toEqual(alone[0].tokens);
    expect((await waiting.result()).tokens).toEqual(alone[0].tokens);
    // Its rows are its own: no step of the texts has overwritten them.
    expect(looked).toEqual(await look());
  });
});
