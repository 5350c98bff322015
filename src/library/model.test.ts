/** Functions of a loaded model besides generation, through the public API. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { Random } from "../base/random.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { add } from "../engine/graph/ops/elementwise.ts";
import { matmul } from "../engine/graph/ops/matmul.ts";
import { type Adaptation, eachLinear, linear } from "../model/weights.ts";
import { load } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-model-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const config = tinyConfig({ vocabSize: 64 });
const path = join(folder, "model.gguf");
writeTinyGguf(path, config);

const backends = (await availableBackends()).map(({ name }) => name);
const greedy = { temperature: 0, ignoreEos: true, maxTokens: 8 };

describe("embed", () => {
  it("returns vectors of length 1 that distinguish texts and do not depend on the batch", async () => {
    await using model = await load(path);
    const [a, again, b] = await Promise.all([model.embed("abab"), model.embed("abab"), model.embed("bbbb")]);
    expect(a).toHaveLength(config.dim);
    expect(again).toEqual(a);
    expect(b).not.toEqual(a);
    expect(Math.hypot(...a)).toBeCloseTo(1, 5);
    const last = await model.embed("abab", { pooling: "last", normalise: false });
    const first = await model.embed("abab", { pooling: "first", normalise: false });
    expect(last).not.toEqual(first);
  });
});

describe("logits", () => {
  it("stops no other text, and works for a text as long as the context", async () => {
    await using model = await load(path, { context: 48, parallel: 2 });
    const prompt = Array.from({ length: 48 }, (_, i) => 3 + (i % 50));
    const running = model.generate([5, 6, 7], { ...greedy, maxTokens: 30 });
    const rows = await model.logits(prompt);
    expect(rows).toHaveLength(48);
    expect((await running.result()).tokens).toHaveLength(30);
  });
});

/** W x + B A x for one layer: an adapter of low rank. */
function lowRank(scale: number): Adaptation {
  const random = new Random(4);
  const rank = 2;
  const matrix = (rows: number, columns: number): BoundTensor => {
    const values = Float32Array.from({ length: rows * columns }, () => scale * random.normal());
    return { dtype: "F32", shape: [rows, columns], bytes: new Uint8Array(values.buffer) };
  };
  const dim = config.nHeads * config.headDim;
  const params = new Map([
    ["adapter.a", matrix(rank, config.dim)],
    ["adapter.b", matrix(dim, rank)],
  ]);
  return {
    params,
    wrap: (graph, weights) => ({
      ...weights,
      linears: eachLinear((x, name) => {
        const plain = linear(weights, x, name);
        if (name !== "blk.1.attn_q") return plain;
        const a = graph.param("adapter.a", [rank, config.dim], "F32");
        const b = graph.param("adapter.b", [dim, rank], "F32");
        return add(plain, matmul(matmul(x, a, "NT"), b, "NT"));
      }),
    }),
  };
}

describe.each(backends)("a second bind of weights on %s", (backend) => {
  it("changes the text, and changes nothing if it adds zeros", async () => {
    const texts = [];
    for (const adapt of [undefined, lowRank(0), lowRank(2)]) {
      await using model = await load(path, { backend, threads: 2, adapt });
      texts.push((await model.generate([5, 6, 7], greedy).result()).tokens);
    }
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).not.toEqual(texts[0]);
  });
});

describe.each(backends)("several models in one process on %s", (backend) => {
  it("share the processors: texts that run at once equal those that run alone", async () => {
    await using a = await load(path, { backend, threads: 1 });
    await using b = await load(path, { backend, threads: 3 });
    const alone = (await a.generate([5, 6, 7], greedy).result()).tokens;
    const both = await Promise.all(
      [a, b, a, b].map((model) => model.generate([5, 6, 7], { ...greedy, cachePrompt: false }).result()),
    );
    for (const { tokens } of both) expect(tokens).toEqual(alone);
  });

  it("do not disturb each other's machine code", async () => {
    const a = await load(path, { backend, threads: 2 });
    const b = await load(path, { backend, threads: 2 });
    const alone = (await a.generate([5, 6], greedy).result()).tokens;
    await a.dispose();
    expect((await b.generate([5, 6], greedy).result()).tokens).toEqual(alone);
    await b.dispose();
  });
});
