/** Whole texts over a real runner: batching, aborts, ends, shifts, and user errors. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import { ContextError, RequestError } from "../base/errors.ts";
import { referenceBackend } from "../engine/index.ts";
import { LlamaRunner } from "../model/runner.ts";
import { Generation } from "./generation.ts";
import { Scheduler } from "./scheduler.ts";
import type { GenerateOptions } from "./text-job.ts";

const tokenizer = tinyTokenizer();
const config = tinyConfig({ vocabSize: tokenizer.vocabSize, maxSeqLen: 64 });
const SAMPLED: GenerateOptions = { seed: 7, temperature: 1, topK: 0, topP: 1, minP: 0, ignoreEos: true };

let runner: LlamaRunner;
let scheduler: Scheduler;
beforeEach(async () => {
  runner = await LlamaRunner.create(config, randomParams(config), referenceBackend(), {
    maxSequences: 3,
    maxTokens: 16,
    pageSize: 8,
  });
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
    options: { ...SAMPLED, ...options },
  });
}
const promptOf = (i: number): number[] =>
  Array.from({ length: 1 + 5 * i }, (_, j) => 3 + ((7 * i + 11 * j) % 250));

describe("Generation", () => {
  it("yields the same pieces, tokens and result however it is read", async () => {
    const options = { maxTokens: 12 };
    const result = await generate(promptOf(1), options).result();
    expect(result.finish).toEqual({ reason: "length" });
    expect(result.tokens).toHaveLength(12);
    expect(result.promptTokens).toBe(6);

    let pieces = "";
    for await (const piece of generate(promptOf(1), options)) pieces += piece;
    expect(pieces).toBe(result.text);
    expect(await generate(promptOf(1), options).text()).toBe(result.text);
    const tokens: number[] = [];
    for await (const { token } of generate(promptOf(1), options).tokens()) tokens.push(token);
    expect(tokens).toEqual(result.tokens);
  });

  it("gives each of many texts the same result as alone, although only three fit at once", async () => {
    const alone: string[] = [];
    for (let i = 0; i < 9; i++) alone.push(await generate(promptOf(i), { seed: i, maxTokens: 8 + i }).text());
    const together = Array.from({ length: 9 }, (_, i) =>
      generate(promptOf(i), { seed: i, maxTokens: 8 + i }),
    );
    expect(scheduler.load).toBe(9);
    expect(await Promise.all(together.map((generation) => generation.text()))).toEqual(alone);
    expect(scheduler.load).toBe(0);
  });

  it("reports the log-probability of each token", async () => {
    const generation = generate(promptOf(0), { maxTokens: 3, logprobs: 2 });
    for await (const { token, logprobs } of generation.tokens()) {
      expect(logprobs?.token).toBe(token);
      expect(logprobs?.top).toHaveLength(2);
      expect(logprobs!.logprob).toBeLessThanOrEqual(logprobs!.top[0].logprob);
    }
  });

  it("reports a random seed that reproduces the text", async () => {
    const first = await generate(promptOf(2), { seed: undefined, maxTokens: 10 }).result();
    const again = await generate(promptOf(2), { seed: first.seed, maxTokens: 10 }).result();
    expect(again.tokens).toEqual(first.tokens);
  });

  it("ends at a stop string that spans tokens, and omits it", async () => {
    const whole = await generate(promptOf(1), { maxTokens: 30 }).result();
    const at = Math.floor(whole.text.length / 2);
    const stop = whole.text.slice(at, at + 3);
    const cut = await generate(promptOf(1), { maxTokens: 30, stop: [stop] }).result();
    expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(cut.finish).toEqual({ reason: "stop", stop });
  });

  it("ends at the end token unless it is ignored", async () => {
    const options = { ignoreEos: false, maxTokens: 20, logitBias: [[2, 100]] as const };
    const result = await generate(promptOf(1), options).result();
    expect(result).toMatchObject({ text: "", tokens: [], finish: { reason: "eos", token: 2 } });
  });

  it("stops within one step of an abort, and the others continue", async () => {
    const controller = new AbortController();
    const other = generate(promptOf(1), { maxTokens: 20 });
    const aborted = generate(promptOf(2), { maxTokens: 40, signal: controller.signal });
    let count = 0;
    const read = async (): Promise<void> => {
      for await (const _ of aborted.tokens()) if (++count === 3) controller.abort(new Error("enough"));
    };
    await expect(read()).rejects.toThrow("enough");
    expect(count).toBeLessThanOrEqual(4);
    await expect(aborted.result()).rejects.toThrow("enough");
    expect((await other.result()).tokens).toHaveLength(20);
  });

  it("drops a text that is aborted while it waits", async () => {
    const running = Array.from({ length: 3 }, () => generate(promptOf(1), { maxTokens: 10 }));
    const waiting = generate(promptOf(1), { signal: AbortSignal.abort(new Error("never mind")) });
    await expect(waiting.text()).rejects.toThrow("never mind");
    for (const generation of running) expect((await generation.result()).tokens).toHaveLength(10);
  });

  it("reports a full context, and never truncates silently", async () => {
    const result = await generate(promptOf(1)).result();
    expect(result.finish).toEqual({ reason: "context" });
    expect(result.promptTokens + result.tokens.length).toBe(64);
    expect(() => generate(Array(64).fill(5))).toThrow(ContextError);
  });

  it("continues past the context if a shift is allowed, as if it had only the kept tokens", async () => {
    const keep = 4;
    const shifted = await generate(promptOf(1), {
      contextShift: { keep },
      maxTokens: 80,
      temperature: 0,
    }).result();
    expect(shifted.tokens).toHaveLength(80);
    expect(shifted.droppedTokens).toBeGreaterThan(20);

    const all = [...promptOf(1), ...shifted.tokens];
    const beforeShift = all.slice(0, 64);
    const dropped = Math.floor((64 - keep) / 2);
    const kept = [...beforeShift.slice(0, keep), ...beforeShift.slice(keep + dropped), all[64]];
    const fresh = await generate(kept, { maxTokens: 5, temperature: 0 }).result();
    expect(shifted.tokens.slice(65 - 6, 65 - 6 + 5)).toEqual(fresh.tokens);
  });

  it("accepts a prompt longer than the context only with a shift", async () => {
    const prompt = Array.from({ length: 150 }, (_, i) => 3 + (i % 250));
    expect(() => generate(prompt)).toThrow("shorten it");
    const result = await generate(prompt, { contextShift: true, maxTokens: 3 }).result();
    expect(result.tokens).toHaveLength(3);
    expect(result.droppedTokens).toBeGreaterThan(80);
  });

  it("generates nothing for maxTokens 0", async () => {
    expect(await generate(promptOf(1), { maxTokens: 0 }).result()).toMatchObject({ text: "", tokens: [] });
  });

  it.each([
    ["a negative temperature", { temperature: -1 }],
    ["NaN for top-p", { topP: Number.NaN }],
    ["a fractional token count", { maxTokens: 1.5 }],
    ["an empty stop string", { stop: [""] }],
    ["a token that does not exist", { bannedTokens: [100000] }],
    ["a seed below zero", { seed: -2 }],
  ])("refuses %s before anything runs", (_, options) => {
    expect(() => generate(promptOf(1), options)).toThrow(RequestError);
    expect(scheduler.load).toBe(0);
  });

  it("refuses an empty prompt, and a second reading", async () => {
    expect(() => generate([])).toThrow(RequestError);
    const generation = generate(promptOf(0), { maxTokens: 1 });
    await generation.text();
    generation.tokens();
    expect(() => generation.tokens()).toThrow("read already");
  });

  it("ends all texts when the scheduler closes", async () => {
    const generations = Array.from({ length: 5 }, () => generate(promptOf(1), { maxTokens: 50 }));
    const closing = scheduler.close(new Error("closing time"));
    for (const generation of generations) await expect(generation.text()).rejects.toThrow("closing time");
    await closing;
  });
});
