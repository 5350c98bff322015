/**
 * Packing does not change training: in a packed batch no token sees another document, and the loss is the mean
 * over documents that are computed separately.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parameterShapes } from "../src/config/parameters.ts";
import { type BatchInputs, batches, type Corpus, openCorpus } from "../src/data/index.ts";
import { evaluate } from "../src/engine/backend/reference/evaluate.ts";
import { trainingGraph } from "../src/model/graphs.ts";
import { packTiny } from "./support/tiny-corpus.ts";
import { randomWeights, tinyConfig } from "./support/tiny-model.ts";
import { tinyTokenizer } from "./support/tiny-tokenizer.ts";

const BLOCK = 24;
const TEXTS = ["the an to", "not", "a tent that thaw", "he", "on that note, then", "tea"];

let folder: string;
let corpus: Corpus;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cria-packed-"));
  const { path } = await packTiny(folder, { text: TEXTS });
  corpus = openCorpus(path);
});
afterAll(() => {
  corpus.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const config = tinyConfig({ vocabSize: tinyTokenizer().vocabSize, maxSeqLen: 64 });
const weights = randomWeights(config);
const params = new Map(
  parameterShapes(config)
    .filter(({ name }) => weights.has(name))
    .map(({ name, shape }) => [
      name,
      { dtype: "F32", shape, bytes: new Uint8Array(weights.get(name)!.buffer) } as const,
    ]),
);

async function run(inputs: BatchInputs) {
  const T = inputs.tokens.length;
  const { graph, loss, logits } = trainingGraph(config, T);
  return evaluate(graph, { loss, logits }, { inputs: { ...inputs }, params, precision: "f64" });
}

/** All documents in one step. */
function packed(packing: "stream" | "documents"): BatchInputs {
  const sources = [{ name: "text", epochs: 1 }];
  const [{ inputs }] = [...batches(corpus, { batch: 5, block: BLOCK, seed: 2, packing, sources })];
  return inputs;
}

describe("a packed batch with masked borders", () => {
  it("has the mean loss over all tokens of its documents computed separately", async () => {
    const { train } = corpus.source("text");
    let sum = 0;
    let targets = 0;
    for (let document = 0; document < train.count; document++) {
      const ids = Int32Array.from(train.tokensOf(document));
      const length = ids.length - 1;
      const alone = {
        tokens: ids.subarray(0, length),
        targets: ids.subarray(1),
        positions: Int32Array.from({ length }, (_, i) => i),
        starts: new Int32Array(length),
        loss_weights: new Float32Array(length).fill(1),
      };
      sum += (await run(alone)).loss[0];
      targets += length;
    }
    // Documents are whole here; a stream cuts some of them, and a later part does not see the earlier one.
    expect((await run(packed("documents"))).loss[0]).toBeCloseTo(sum / targets, 6);
    expect((await run(packed("stream"))).loss[0]).not.toBeCloseTo(sum / targets, 4);
  });

  it.each(["stream", "documents"] as const)("hides other documents from every token: %s", async (packing) => {
    const inputs = packed(packing);
    const before = (await run(inputs)).logits;
    const sequences = new Set(inputs.starts);
    expect(sequences.size).toBeGreaterThan(5);
    for (const changed of sequences) {
      const tokens = inputs.tokens.map((id, i) =>
        inputs.starts[i] === changed ? (id + 1) % config.vocabSize : id,
      );
      const after = (await run({ ...inputs, tokens })).logits;
      for (let t = 0; t < tokens.length; t++) {
        const same = [0, 1, 7, config.vocabSize - 1].every((v) => {
          const at = t * config.vocabSize + v;
          return after[at] === before[at];
        });
        expect(same).toBe(inputs.starts[t] !== changed);
      }
    }
  });
});
