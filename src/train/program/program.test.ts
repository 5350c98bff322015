/** The programs of training on the reference: chunks, kept activations and sums of batches change nothing but memory. */
import { describe, expect, it } from "vitest";
import { randomWeights, tinyConfig } from "../../../test/support/tiny-model.ts";
import type { ModelConfig } from "../../config/config.ts";
import { parameterShapes } from "../../config/parameters.ts";
import type { State } from "../../engine/graph/bindings.ts";
import { grad } from "../../engine/graph/grad.ts";
import { planGraph } from "../../engine/graph/plan.ts";
import { referenceBackend } from "../../engine/index.ts";
import { trainingGraph } from "../../model/graphs.ts";
import { packDocuments } from "../batch.ts";
import { gradientComputation, stepComputation } from "./computations.ts";
import { rowChunks } from "./head-loss.ts";
import { KEEPS } from "./keep.ts";
import { trainables } from "./trained-part.ts";

const optimiser = { beta1: 0.9, beta2: 0.95, eps: 1e-5, weightDecay: 0.1, clip: 1 };
const BATCH = packDocuments([
  [1, 7, 3, 7, 9, 2],
  [1, 4, 4, 8],
  [5, 6],
]);
const TOKENS = BATCH.tokens.length;

/** States of the reference with these weights. */
function statesOf(config: ModelConfig): Map<string, State> {
  const backend = referenceBackend();
  return new Map(
    [...randomWeights(config, 3)].map(([name, values]) => {
      const { shape } = trainables(config).find((parameter) => parameter.name === name)!;
      const state = backend.createState(shape, "F32");
      state.bytes().set(new Uint8Array(values.buffer));
      return [name, state];
    }),
  );
}

async function plainGradients(config: ModelConfig): Promise<Record<string, Float32Array>> {
  const { graph, loss } = trainingGraph(config, TOKENS);
  const shapes = parameterShapes(config).filter(({ optional }) => optional !== true);
  const nodes = shapes.map(({ name, shape }) => graph.param(name, shape, "F32"));
  const gradients = grad(loss, nodes);
  const weights = randomWeights(config, 3);
  const params = new Map(
    shapes.map(({ name, shape }) => [
      name,
      { dtype: "F32", shape, bytes: new Uint8Array(weights.get(name)!.buffer) } as const,
    ]),
  );
  const outputs = { loss, ...Object.fromEntries(gradients.map((node, i) => [shapes[i].name, node])) };
  using program = await referenceBackend().compile({ graph, outputs }, { params, states: new Map() });
  const results = await program.run({ ...BATCH }, {});
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, values.slice()]));
}

describe.each([
  ["a tied head", { tied: true }],
  ["a separate head", {}],
  [
    "biases",
    {
      architecture: "qwen2",
      ropePairing: "halves",
      biases: { q: true, k: true, v: true, o: false, ffn: false },
    },
  ] as const,
])("gradients of a model with %s", (_, changes) => {
  const config = tinyConfig(changes);

  it.each(KEEPS)("are those of the plain graph, keeping %s", async (keep) => {
    const expected = await plainGradients(config);
    const computation = gradientComputation(config, { tokens: TOKENS, keep, optimiser, headRows: 4 });
    using program = await referenceBackend().compile(computation, {
      params: new Map(),
      states: statesOf(config),
    });
    const found = await program.run({ ...BATCH }, {});
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, values] of Object.entries(expected)) {
      values.forEach((value, i) => {
        expect(Math.abs(found[name][i] - value), `${name} ${i}`).toBeLessThan(1e-6);
      });
    }
  });
});

describe("rowChunks", () => {
  it("covers all rows once, within the limits", () => {
    for (const [T, V] of [
      [1, 10],
      [512, 100],
      [513, 100],
      [4096, 32000],
      [2048, 128256],
    ]) {
      const chunks = rowChunks(T, V);
      expect(chunks.reduce((sum, { rows }) => sum + rows, 0)).toBe(T);
      chunks.forEach(({ from, rows }, i) => {
        expect(from).toBe(i === 0 ? 0 : chunks[i - 1].from + chunks[i - 1].rows);
        expect(rows).toBeGreaterThan(0);
        expect(4 * rows * V).toBeLessThanOrEqual(64 << 20);
      });
    }
  });
});

describe("a step", () => {
  it.each(KEEPS)("holds no zeros in place of gradients, keeping %s", (keep) => {
    const plan = planGraph(stepComputation(tinyConfig({ tied: true }), { tokens: 40, keep, optimiser }));
    expect(plan.leaves.filter(({ leaf }) => leaf?.kind === "fill")).toEqual([]);
  });
});

describe("activation checkpointing", () => {
  it("takes less memory the less is kept", () => {
    const config = tinyConfig({ nLayers: 12, dim: 64, ffnDim: 192, nHeads: 4, nKvHeads: 4, headDim: 16 });
    const [all, linear, layers] = KEEPS.map(
      (keep) => planGraph(stepComputation(config, { tokens: 512, keep, optimiser })).arenaByteLength,
    );
    expect(linear).toBeLessThan(0.85 * all);
    expect(layers).toBeLessThan(0.4 * all);
  });
});
