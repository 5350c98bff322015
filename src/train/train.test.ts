/** The whole model learns: gradients of a two-layer model against finite differences, AdamW, ten documents. */
import { describe, expect, it } from "vitest";
import { randomWeights, tinyConfig } from "../../test/support/tiny-model.ts";
import { RequestError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import { evaluate } from "../engine/backend/reference/evaluate.ts";
import { addBias } from "../engine/graph/ops/elementwise.ts";
import { gatherRows } from "../engine/graph/ops/gather-rows.ts";
import { matmul } from "../engine/graph/ops/matmul.ts";
import { type Graph, grad, type Node, referenceBackend } from "../engine/index.ts";
import { trainingGraph } from "../model/graphs.ts";
import { LlamaRunner } from "../model/runner.ts";
import { eachLinear, type Weights } from "../model/weights.ts";
import { AdamW, clipGradients } from "./adamw.ts";
import { packDocuments } from "./batch.ts";
import { trainOnDocuments } from "./reference-loop.ts";

/** Weights as inputs of the graph, so that they can be f64 and perturbed. */
function inputWeights(graph: Graph, config: ModelConfig): Weights & { nodes: Map<string, Node> } {
  const nodes = new Map(
    parameterShapes(config)
      .filter(({ optional }) => !optional)
      .map(({ name, shape }) => [name, graph.input(name, shape, "F32")]),
  );
  const get = (name: string): Node => nodes.get(name)!;
  return {
    nodes,
    linears: eachLinear((x, name) => {
      const product = matmul(x, get(`${name}.weight`), "NT");
      return nodes.has(`${name}.bias`) ? addBias(product, get(`${name}.bias`)) : product;
    }),
    vector: get,
    embedding: (tokens) => gatherRows(get("token_embd.weight"), tokens),
    head: (x) => matmul(x, get(config.tied ? "token_embd.weight" : "output.weight"), "NT"),
  };
}

const DOCUMENTS = [
  [1, 7, 3, 7, 9, 2],
  [1, 4, 4, 8],
  [5, 6],
];

describe.each([
  ["Llama 2 with a tied head", { tied: true }],
  ["Mistral with a window of 3", { architecture: "mistral", slidingWindow: 3 } as const],
  [
    "Qwen2 with biases",
    {
      architecture: "qwen2",
      ropePairing: "halves",
      biases: { q: true, k: true, v: true, o: false, ffn: false },
    } as const,
  ],
])("gradient of the loss of a two-layer %s", (_, changes) => {
  const config = tinyConfig({
    dim: 8,
    ffnDim: 12,
    nHeads: 2,
    nKvHeads: 1,
    headDim: 4,
    vocabSize: 11,
    ...changes,
  });

  it("equals finite differences in f64 for every parameter", async () => {
    const batch = packDocuments(DOCUMENTS, config.slidingWindow ?? undefined);
    let bound: ReturnType<typeof inputWeights> | undefined;
    const { graph, loss } = trainingGraph(config, batch.tokens.length, (g) => {
      bound = inputWeights(g, config);
      return bound;
    });
    const names = [...bound!.nodes.keys()];
    const gradients = grad(loss, [...bound!.nodes.values()]);
    const weights = [...randomWeights(config, 3)].map(([name, values]) => [
      name,
      Float64Array.from(values, (w) => 3 * w),
    ]);
    const inputs = {
      ...batch,
      ...Object.fromEntries(weights),
      loss_weights: Float64Array.from(batch.loss_weights),
    };
    const outputs = Object.fromEntries(gradients.map((node, i) => [names[i], node]));
    const found = await evaluate(graph, outputs, { inputs, precision: "f64" });

    const random = new Random(5);
    for (const name of names) {
      const direction = Float64Array.from({ length: found[name].length }, () => random.normal());
      const moved = async (h: number): Promise<number> => {
        const values = Float64Array.from(inputs[name] as Float64Array, (w, i) => w + h * direction[i]);
        return (await evaluate(graph, { loss }, { inputs: { ...inputs, [name]: values }, precision: "f64" }))
          .loss[0];
      };
      const h = 2e-5; // the five-point rule: its error falls with h⁴
      const near = (await moved(h)) - (await moved(-h));
      const far = (await moved(2 * h)) - (await moved(-2 * h));
      const expected = (8 * near - far) / (12 * h);
      const along = Float64Array.from(found[name]).reduce((sum, g, i) => sum + g * direction[i], 0);
      expect(Math.abs(along - expected), name).toBeLessThan(1e-8 * (1 + Math.abs(expected)));
    }
  });
});

describe("the training graph", () => {
  it("gives the logits of the inference graph: one definition", async () => {
    const config = tinyConfig();
    const weights = randomWeights(config);
    const params = new Map(
      parameterShapes(config)
        .filter(({ name }) => weights.has(name))
        .map(({ name, shape }) => [
          name,
          { dtype: "F32", shape, bytes: new Uint8Array(weights.get(name)!.buffer) } as const,
        ]),
    );
    const batch = packDocuments([[...DOCUMENTS[0], 0]]);
    const { graph, logits } = trainingGraph(config, 6);
    const { targets, loss_weights, ...inputs } = batch;
    const trained = (await evaluate(graph, { logits }, { inputs, params })).logits;
    using runner = await LlamaRunner.create(config, params, referenceBackend());
    using sequence = runner.createSequence();
    const [{ logits: rows }] = await runner.step([{ sequence, tokens: DOCUMENTS[0], rows: "all" }]);
    expect(trained).toEqual(Float32Array.from(rows.flatMap((row) => [...row])));
    expect(targets).toHaveLength(loss_weights.length);
  });
});

describe("AdamW", () => {
  it("follows the formula for ten steps", () => {
    const random = new Random(1);
    const values = Float32Array.of(1, -2, 0.5);
    const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-5, weightDecay: 0.1 };
    const expected = Float64Array.from(values);
    const gradients = Array.from({ length: 10 }, () => Float64Array.from(values, () => random.normal()));
    const optimiser = new AdamW();
    gradients.forEach((gradient, step) => {
      optimiser.update(new Map([["w", { values, gradient, decays: true }]]), options);
      expected.forEach((w, i) => {
        const [m, v] = [0.9, 0.95].map((beta, power) =>
          gradients
            .slice(0, step + 1)
            .reduce((sum, g, s) => sum + (1 - beta) * beta ** (step - s) * g[i] ** (power + 1), 0),
        );
        const [mHat, vHat] = [m / (1 - 0.9 ** (step + 1)), v / (1 - 0.95 ** (step + 1))];
        expected[i] = w - 0.01 * (mHat / (Math.sqrt(vHat) + 1e-5) + 0.1 * w);
      });
    });
    expect(optimiser.steps).toBe(10);
    for (const [i, w] of expected.entries()) expect(values[i]).toBeCloseTo(w, 6);
  });

  it("decays only what decays", () => {
    const values = Float32Array.of(1);
    new AdamW().update(new Map([["w", { values, gradient: [0], decays: false }]]), { learningRate: 1 });
    expect(values[0]).toBe(1);
  });
});

describe("clipGradients", () => {
  it("scales to the limit and returns the norm", () => {
    const [a, b] = [Float32Array.of(3), Float32Array.of(4)];
    expect(clipGradients([a, b], 1)).toBeCloseTo(5, 6);
    expect(Math.hypot(a[0], b[0])).toBeCloseTo(1, 6);
    expect(clipGradients([a, b], 2)).toBeCloseTo(1, 6);
    expect(a[0]).toBeCloseTo(0.6, 6);
  });
});

describe("packDocuments", () => {
  it("makes one prediction per token but the last, of each document", () => {
    const batch = packDocuments([
      [5, 6, 7],
      [8, 9],
    ]);
    expect([...batch.tokens]).toEqual([5, 6, 8]);
    expect([...batch.targets]).toEqual([6, 7, 9]);
    expect([...batch.positions]).toEqual([0, 1, 0]);
    expect([...batch.starts]).toEqual([0, 0, 2]);
    expect([...batch.loss_weights]).toEqual([1 / 3, 1 / 3, 1 / 3].map(Math.fround));
  });

  it("refuses documents without a prediction", () => {
    expect(() => packDocuments([[1, 2], [3]])).toThrow(RequestError);
    expect(() => packDocuments([])).toThrow(RequestError);
  });
});

describe("trainOnDocuments", () => {
  it("overfits ten short documents, which the model then reproduces", async () => {
    const config = tinyConfig({ dim: 32, ffnDim: 64, nHeads: 4, nKvHeads: 2, headDim: 8 });
    const random = new Random(42);
    const documents = Array.from({ length: 10 }, (_, i) => [
      i + 1,
      ...Array.from({ length: 7 }, () => 11 + random.below(39)),
    ]);
    const weights = randomWeights(config, 9);
    const options = { steps: 120, learningRate: 1e-2, weightDecay: 0 };
    const losses = await trainOnDocuments({ config, weights }, documents, referenceBackend(), options);
    expect(Math.abs(losses[0] - Math.log(50))).toBeLessThan(0.4);
    expect(losses.at(-1)).toBeLessThan(0.02);

    const shapes = new Map(parameterShapes(config).map(({ name, shape }) => [name, shape]));
    const params = new Map(
      [...weights].map(([name, values]) => [
        name,
        { dtype: "F32" as const, shape: shapes.get(name)!, bytes: new Uint8Array(values.buffer) },
      ]),
    );
    using runner = await LlamaRunner.create(config, params, referenceBackend(), { maxSequences: 10 });
    for (const document of documents) {
      using sequence = runner.createSequence();
      const recited = [document[0]];
      while (recited.length < document.length) {
        const [
          {
            logits: [row],
          },
        ] = await runner.step([{ sequence, tokens: recited.slice(-1), rows: "last" }]);
        recited.push(row.indexOf(Math.max(...row)));
      }
      expect(recited).toEqual(document);
    }
  });
});
