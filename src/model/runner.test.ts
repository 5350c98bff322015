/** However tokens are grouped into steps and batches, the logits have the same bits. */
import { describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { CriaError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { ModelConfig } from "../config/config.ts";
import { referenceBackend } from "../engine/index.ts";
import type { RunnerOptions } from "./limits.ts";
import { LlamaRunner } from "./runner.ts";

function runnerOf(config: ModelConfig, options: RunnerOptions = {}): Promise<LlamaRunner> {
  return LlamaRunner.create(config, randomParams(config), referenceBackend(), {
    pageSize: 4,
    maxSequences: 1,
    maxTokens: 128,
    ...options,
  });
}

function randomTokens(length: number, vocabSize: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length }, () => random.below(vocabSize));
}

/** Logits of all tokens, with the text split into chunks of these lengths. */
async function inChunks(
  runner: LlamaRunner,
  tokens: number[],
  chunks: readonly number[],
): Promise<Float32Array[]> {
  using sequence = runner.createSequence();
  const rows: Float32Array[] = [];
  let from = 0;
  for (const length of chunks) {
    const part = { sequence, tokens: tokens.slice(from, from + length), rows: "all" as const };
    rows.push(...(await runner.step([part]))[0].logits);
    from += length;
  }
  return rows;
}

const KINDS: readonly (readonly [string, Partial<ModelConfig>])[] = [
  ["grouped heads", {}],
  ["one key head", { nKvHeads: 1 }],
  ["a tied head and halves", { tied: true, ropePairing: "halves" }],
  ["biases", { architecture: "qwen2", biases: { q: true, k: true, v: true, o: false, ffn: false } }],
  ["a sliding window", { architecture: "mistral", slidingWindow: 7 }],
];

describe.each(KINDS)("LlamaRunner with %s", (_, changes) => {
  const config = tinyConfig(changes);
  const tokens = randomTokens(23, config.vocabSize, 3);

  it("gives the same logits for one chunk, several chunks and token by token", async () => {
    using runner = await runnerOf(config);
    const whole = await inChunks(runner, tokens, [23]);
    expect(await inChunks(runner, tokens, [1, 9, 5, 8])).toEqual(whole);
    expect(await inChunks(runner, tokens, Array(23).fill(1))).toEqual(whole);
  });

  it("gives each of eight sequences in a batch the same logits as alone", async () => {
    using runner = await runnerOf(config, { maxSequences: 8, maxTokens: 64 });
    const texts = Array.from({ length: 8 }, (_, i) => randomTokens(5 + 2 * i, config.vocabSize, 10 + i));
    const alone: Float32Array[] = [];
    for (const text of texts) alone.push((await inChunks(runner, text, [text.length])).at(-1)!);

    const sequences = texts.map(() => runner.createSequence());
    const last: Float32Array[] = [];
    for (let from = 0; from < 20; from += 3) {
      const parts = texts.flatMap((text, i) => {
        const chunk = text.slice(from, from + 3);
        return chunk.length === 0
          ? []
          : [{ i, part: { sequence: sequences[i], tokens: chunk, rows: "last" as const } }];
      });
      const results = await runner.step(parts.map(({ part }) => part));
      parts.forEach(({ i }, j) => {
        last[i] = results[j].logits[0];
      });
    }
    expect(last).toEqual(alone);
  });
});

describe.each(["F16", "Q8_0"] as const)("a cache of %s", (cacheDtype) => {
  const config = tinyConfig({ dim: 64, nHeads: 2, nKvHeads: 1, headDim: 32 });
  const text = randomTokens(40, config.vocabSize, 12);

  it("changes logits only by its rounding, and not with the chunks", async () => {
    using exact = await runnerOf(config);
    using rounded = await runnerOf(config, { cacheDtype });
    const expected = await inChunks(exact, text, [40]);
    const found = await inChunks(rounded, text, [40]);
    expect(await inChunks(rounded, text, [7, 1, 32])).toEqual(found);
    const error = found
      .flatMap((row, t) => [...row].map((x, i) => (x - expected[t][i]) ** 2))
      .reduce((a, b) => a + b);
    const power = expected.flatMap((row) => [...row].map((x) => x ** 2)).reduce((a, b) => a + b);
    expect(error / power).toBeGreaterThan(0);
    expect(error / power).toBeLessThan(cacheDtype === "F16" ? 1e-6 : 1e-4);
  });
});

describe("LlamaRunner", () => {
  it("ignores the contents of pages that another sequence released", async () => {
    using runner = await runnerOf(tinyConfig());
    const text = randomTokens(17, 50, 5);
    const first = await inChunks(runner, text, [17]);
    await inChunks(runner, randomTokens(60, 50, 6), [60]);
    expect(await inChunks(runner, text, [17])).toEqual(first);
  });

  it("attends to exactly the window: older tokens make no difference", async () => {
    const config = tinyConfig({ nLayers: 1, slidingWindow: 5, architecture: "mistral" });
    using runner = await runnerOf(config);
    const tail = randomTokens(5, 50, 8);
    const [a] = (await inChunks(runner, [1, 2, 3, 4, ...tail], [9])).slice(-1);
    const [b] = (await inChunks(runner, [9, 8, 7, 6, ...tail], [9])).slice(-1);
    expect(a).toEqual(b);
  });

  it("releases pages that the window has passed, so a long text fits a small pool", async () => {
    const config = tinyConfig({ slidingWindow: 6, architecture: "mistral" });
    using runner = await runnerOf(config);
    using sequence = runner.createSequence();
    using second = runner.createSequence();
    for (let i = 0; i < 90; i++) await runner.step([{ sequence, tokens: [i % 50], rows: "none" }]);
    await runner.step([{ sequence: second, tokens: randomTokens(80, 50, 9), rows: "none" }]);
    expect(sequence.length + second.length).toBe(170); // the pool has 96 slots
  });

  it("does not change a sequence when a step is refused or aborted", async () => {
    using runner = await runnerOf(tinyConfig());
    using sequence = runner.createSequence();
    await runner.step([{ sequence, tokens: [1, 2, 3], rows: "none" }]);
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(runner.step([{ sequence, tokens: [4], rows: "last" }], { signal })).rejects.toThrow("stop");
    await expect(runner.step([{ sequence, tokens: [999], rows: "last" }])).rejects.toThrow(CriaError);
    await expect(runner.step([{ sequence, tokens: Array(94).fill(1), rows: "last" }])).rejects.toThrow(
      "at most 96 tokens",
    );
    await expect(runner.step([{ sequence, tokens: [], rows: "last" }])).rejects.toThrow("at least one token");
    expect(sequence.length).toBe(3);
  });

  it("may be disposed while a step runs: the step ends, and the next one is refused", async () => {
    const runner = await runnerOf(tinyConfig());
    const sequence = runner.createSequence();
    const step = runner.step([{ sequence, tokens: [1, 2], rows: "last" }]);
    runner.dispose();
    expect((await step)[0].logits[0]).toHaveLength(50);
    await expect(runner.step([{ sequence, tokens: [3], rows: "last" }])).rejects.toThrow("a disposed model");
    runner.dispose();
  });

  it("refuses overlapping steps", async () => {
    using runner = await runnerOf(tinyConfig());
    using sequence = runner.createSequence();
    const step = runner.step([{ sequence, tokens: [1], rows: "last" }]);
    await expect(runner.step([{ sequence, tokens: [2], rows: "last" }])).rejects.toThrow(
      "another step is running",
    );
    await step;
  });
});
