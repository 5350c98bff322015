/**
 * On one backend the logits of a text are bit-identical for any number of threads, any chunks of its input, and any
 * other texts in the batch. Tested with several kinds of packed weights and odd shapes.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../src/base/random.ts";
import { parameterShapes } from "../src/config/parameters.ts";
import type { Backend, BoundTensor } from "../src/engine/index.ts";
import { LlamaRunner } from "../src/model/runner.ts";
import { encode } from "../src/quant/index.ts";
import { availableBackends } from "./support/backends.ts";
import { randomWeights, tinyConfig } from "./support/tiny-model.ts";

const config = tinyConfig({
  dim: 96,
  ffnDim: 160,
  nHeads: 6,
  nKvHeads: 2,
  headDim: 16,
  vocabSize: 77,
  maxSeqLen: 640,
});
const KINDS = ["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const;

function paramsOf(dtype: (typeof KINDS)[number]): Map<string, BoundTensor> {
  const weights = randomWeights(config, 4);
  return new Map(
    parameterShapes(config).flatMap(({ name, shape, optional }): [string, BoundTensor][] => {
      if (optional) return [];
      const type = shape.length === 1 ? "F32" : dtype;
      const bytes = encode(type, weights.get(name)!, shape.at(-1)!);
      return [[name, { dtype: type, shape, bytes }]];
    }),
  );
}

function textOf(seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: 3 + ((seed * 7) % 40) }, () => random.below(config.vocabSize));
}

/** Last logits of one long text, whose attention several threads may split, fed in chunks of `chunk` tokens. */
async function longText(
  backend: Backend,
  params: Map<string, BoundTensor>,
  chunk: number,
): Promise<Float32Array> {
  const random = new Random(9);
  const text = Array.from({ length: 530 }, () => random.below(config.vocabSize));
  using runner = await LlamaRunner.create(config, params, backend, { maxTokens: 600 });
  const sequence = runner.createSequence();
  // Its last token comes alone, unless the whole text comes at once.
  const end = chunk < text.length ? text.length - 1 : text.length;
  let last: Float32Array = new Float32Array();
  for (let from = 0; from < text.length; ) {
    const tokens = text.slice(from, from < end ? Math.min(end, from + chunk) : text.length);
    const [{ logits }] = await runner.step([{ sequence, tokens, rows: "last" }]);
    last = logits[0];
    from += tokens.length;
  }
  return last;
}

/** Last logits of each of `count` texts, fed together in chunks of `chunk` tokens. */
async function together(
  backend: Backend,
  params: Map<string, BoundTensor>,
  count: number,
  chunk: number,
): Promise<Float32Array[]> {
  using runner = await LlamaRunner.create(config, params, backend, {
    maxSequences: count,
    maxTokens: 1024,
    context: 128,
    pageSize: 16,
  });
  const texts = Array.from({ length: count }, (_, seed) => textOf(seed));
  const sequences = texts.map(() => runner.createSequence());
  const last: Float32Array[] = [];
  for (let from = 0; from < 64; from += chunk) {
    const parts = texts.flatMap((text, i) => {
      const tokens = text.slice(from, from + chunk);
      return tokens.length === 0
        ? []
        : [{ i, part: { sequence: sequences[i], tokens, rows: "last" as const } }];
    });
    if (parts.length === 0) break;
    const rows = await runner.step(parts.map(({ part }) => part));
    parts.forEach(({ i }, j) => {
      last[i] = rows[j].logits[0];
    });
  }
  return last;
}

describe.each(await availableBackends())("$name", ({ start }) => {
  let backends: Backend[];
  beforeAll(async () => {
    backends = await Promise.all([1, 2, 3, 4].map((threads) => start(threads)));
  });
  afterAll(() => {
    for (const backend of backends) backend.dispose();
  });

  it.each(KINDS)("gives the same bits for any threads, chunks and batch: %s", async (dtype) => {
    const params = paramsOf(dtype);
    const expected = await together(backends[0], params, 32, 64);
    for (const backend of backends.slice(1))
      expect(await together(backend, params, 7, 64)).toEqual(expected.slice(0, 7));
    for (const [count, chunk] of [
      [1, 64],
      [2, 1],
      [7, 5],
      [32, 9],
    ]) {
      expect(await together(backends[1], params, count, chunk), `${count} texts`).toEqual(
        expected.slice(0, count),
      );
    }
  });

  it("gives a long text the same bits for any threads and chunks", async () => {
    const params = paramsOf("F32");
    const expected = await longText(backends[0], params, 600);
    for (const [backend, chunk] of [
      [0, 100],
      [1, 529],
      [2, 64],
      [3, 300],
    ])
      expect(await longText(backends[backend], params, chunk), `chunks of ${chunk}`).toEqual(expected);
  });
});
