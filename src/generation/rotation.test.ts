/** Scaling that depends on the length in use (dynamic, longrope) uses the text's own length, not the context's. */
import { describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import type { RopeScaling } from "../config/config.ts";
import { referenceBackend } from "../engine/index.ts";
import { LlamaRunner } from "../model/runner.ts";
import { Generation } from "./generation.ts";
import { Scheduler } from "./scheduler.ts";
import type { GenerateOptions } from "./text-job.ts";

const tokenizer = tinyTokenizer();
const BORDER = 32;
const KINDS: readonly RopeScaling[] = [
  { kind: "dynamic", factor: 4, originalMaxSeqLen: BORDER },
  {
    kind: "longrope",
    shortFactors: [1, 1.1, 1.2],
    longFactors: [1.5, 2, 4],
    originalMaxSeqLen: BORDER,
  },
];

async function texts(ropeScaling: RopeScaling, context: number) {
  const config = tinyConfig({ vocabSize: tokenizer.vocabSize, maxSeqLen: 96, ropeScaling });
  const options = { context, pageSize: 8, maxSequences: 2 };
  const runner = await LlamaRunner.create(config, randomParams(config), referenceBackend(), options);
  const scheduler = new Scheduler(runner);
  const generate = (prompt: readonly number[], more: GenerateOptions) =>
    new Generation(scheduler, {
      tokenizer,
      ends: [],
      vocabSize: config.vocabSize,
      prompt,
      options: { temperature: 0, ...more },
    }).result();
  return { generate, close: () => scheduler.close(new Error("the test is over")) };
}
const prompt = [1, 7, 90, 33, 120, 8, 64, 200, 15, 77];

describe.each(KINDS)("$kind scaling", (scaling) => {
  it("leaves a short text unchanged, whatever the context", async () => {
    const wide = await texts(scaling, 96);
    const narrow = await texts(scaling, BORDER);
    const [a, b] = await Promise.all(
      [wide, narrow].map(({ generate }) => generate(prompt, { maxTokens: 20, logprobs: 0 })),
    );
    expect(a.logprobs).toEqual(b.logprobs);
    await Promise.all([wide.close(), narrow.close()]);
  });

  it("computes a text again when it becomes long, next to one that stays short", async () => {
    const { generate, close } = await texts(scaling, 96);
    const [long, short] = await Promise.all([
      generate(prompt, { maxTokens: 50, logprobs: 0 }),
      generate(prompt.slice(1), { maxTokens: 12, logprobs: 0 }),
    ]);
    const border = BORDER + 1 - prompt.length; // the first token that sees a long text
    const begun = [...prompt, ...long.tokens.slice(0, border)];
    const fresh = await generate(begun, { maxTokens: 50 - border, logprobs: 0, cachePrompt: false });
    expect(fresh.logprobs).toEqual(long.logprobs?.slice(border));
    const alone = await generate(prompt.slice(1), { maxTokens: 12, logprobs: 0, cachePrompt: false });
    expect(alone.logprobs).toEqual(short.logprobs);
    await close();
  });
});
