/** Properties of training that must hold on every backend, checked on all backends of this machine. */
import { describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { Random } from "../base/random.ts";
import { modelConfig } from "../config/config.ts";
import type { Backend } from "../engine/backend/backend.ts";
import { type Batch, packDocuments } from "./batch.ts";
import { initialiseWeights } from "./initial-weights.ts";
import { ModelStates } from "./model-states.ts";

const OPTIMISER = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, clip: 1 };

function configOf(dim: number, vocabSize: number, tied = true) {
  const sizes = { dim, ffnDim: 2 * dim, vocabSize, nLayers: 2, nHeads: 4, nKvHeads: 2, tied };
  const fixed = { architecture: "llama", normEps: 1e-5, ropePairing: "halves", maxSeqLen: 64 } as const;
  return modelConfig({ ...fixed, ...sizes }, { name: "small" });
}

function randomDocuments(count: number, length: number, vocabSize: number, seed = 1): number[][] {
  const random = new Random(seed);
  const tokens = () => Array.from({ length: length - 1 }, () => 16 + random.below(vocabSize - 16));
  // The first token identifies the document.
  return Array.from({ length: count }, (_, i) => [i, ...tokens()]);
}

interface NewModel {
  /** Rows of a batch. */
  readonly tokens: number;
  readonly dim?: number;
  readonly vocabSize?: number;
  readonly batches?: number;
  readonly tied?: boolean;
}

async function newModel(
  backend: Backend,
  { tokens, dim = 32, vocabSize = 64, batches = 1, tied = true }: NewModel,
): Promise<ModelStates> {
  const config = configOf(dim, vocabSize, tied);
  const model = await ModelStates.create(backend, config, { tokens, optimiser: OPTIMISER, batches });
  initialiseWeights(config, model.weights(), 3);
  return model;
}

/** Losses of some steps over the same batch. */
async function losses(model: ModelStates, batch: readonly Batch[], steps: number, learningRate = 1e-3) {
  const all: number[] = [];
  for (let step = 1; step <= steps; step++) all.push((await model.step(batch, { step, learningRate })).loss);
  return all;
}

const bitsOf = (model: ModelStates): string[] =>
  [...model.weights().values()].map((values) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64"),
  );

describe.each(await availableBackends())("a model in training on $name", ({ name, start }) => {
  it.each([true, false])("begins with a loss of ln V, tied: %s", async (tied) => {
    using backend = await start(2);
    const vocabSize = 4096;
    const [dim, length] = name === "reference" ? [64, 8] : [288, 64];
    using model = await newModel(backend, { dim, vocabSize, tokens: 2 * length, tied });
    const batch = packDocuments(randomDocuments(2, length + 1, vocabSize));
    const [loss] = await losses(model, [batch], 1);
    expect(Math.abs(loss - Math.log(vocabSize))).toBeLessThan(0.1);
  });

  it("memorises ten documents", async () => {
    using backend = await start(2);
    using model = await newModel(backend, { tokens: 110 });
    const batch = packDocuments(randomDocuments(10, 12, 64));
    const found = await losses(model, [batch], name === "reference" ? 120 : 200, 5e-3);
    expect(found[0]).toBeGreaterThan(3);
    expect(found.at(-1)).toBeLessThan(0.05);
  });

  it("takes the same step from four parts of two documents as from eight at once", async () => {
    using backend = await start(2);
    using whole = await newModel(backend, { tokens: 160 });
    using parted = await newModel(backend, { tokens: 40, batches: 4 });
    const documents = randomDocuments(8, 21, 64);
    const parts = [0, 2, 4, 6].map((from) => {
      const part = packDocuments(documents.slice(from, from + 2));
      return { ...part, loss_weights: part.loss_weights.map((weight) => weight / 4) };
    });
    const expected = await losses(whole, [packDocuments(documents)], 3);
    (await losses(parted, parts, 3)).forEach((loss, step) => {
      expect(Math.abs(loss / expected[step] - 1), `step ${step + 1}`).toBeLessThan(1e-6);
    });
  });

  it("gives a document the same gradient whatever is next to it in the batch", async () => {
    using backend = await start(2);
    const [document, ...others] = randomDocuments(3, 30, 64, 5);
    const changed = others.map((tokens) => tokens.map((token) => (token + 7) % 64));
    const weightsAfter = async (beside: readonly number[][]): Promise<string[]> => {
      using model = await newModel(backend, { tokens: 87 });
      const batch = packDocuments([beside[0], document, beside[1]]);
      // Only the document counts: the rest has no weight in the loss.
      const own = batch.loss_weights.map((weight, i) => (i >= 29 && i < 58 ? weight : 0));
      await losses(model, [{ ...batch, loss_weights: own }], 2);
      return bitsOf(model);
    };
    expect(await weightsAfter(changed)).toEqual(await weightsAfter(others));
  });

  it("computes the same bits with one thread and with three", async () => {
    const trained = async (threads: number): Promise<string[]> => {
      using backend = await start(threads);
      using model = await newModel(backend, { tokens: 300, dim: 64, vocabSize: 300 });
      await losses(model, [packDocuments(randomDocuments(6, 51, 300))], 3);
      return bitsOf(model);
    };
    expect(await trained(3)).toEqual(await trained(1));
  });
});
