/** Training with bf16 matrix products: on the reference and on processors with AVX512-BF16; refused elsewhere. */
import { describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { RequestError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { Backend } from "../engine/backend/backend.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import { isOp } from "../engine/graph/ops/table.ts";
import { packDocuments } from "./batch.ts";
import { initialiseWeights } from "./initial-weights.ts";
import { ModelStates } from "./model-states.ts";
import { evaluationComputation, stepComputation } from "./program/computations.ts";

const config = tinyConfig({ dim: 48, ffnDim: 64, nHeads: 4, nKvHeads: 2, headDim: 12, vocabSize: 50 });
const optimiser = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, clip: 1 };
const LENGTH = 16;
const ROWS = 3;
const options = { tokens: ROWS * LENGTH, optimiser };

/** Rows of a language in which the next token mostly follows from the last. */
function rows(random: Random): number[][] {
  return Array.from({ length: ROWS }, () => {
    const row = [random.below(config.vocabSize)];
    while (row.length <= LENGTH)
      row.push(
        random.below(8) === 0 ? random.below(config.vocabSize) : (7 * row.at(-1)! + 3) % config.vocabSize,
      );
    return row;
  });
}

async function losses(backend: Backend, precision: MatmulPrecision): Promise<number[]> {
  using model = await ModelStates.create(backend, config, { ...options, precision });
  initialiseWeights(config, model.weights(), 1);
  const random = new Random(4);
  const found: number[] = [];
  for (let step = 1; step <= 30; step++)
    found.push((await model.step([packDocuments(rows(random))], { step, learningRate: 3e-3 })).loss);
  const evaluated = await model.losses(packDocuments(rows(random)));
  found.push(evaluated.reduce((sum, loss) => sum + loss, 0) / evaluated.length);
  return found;
}

const backends = await availableBackends();

describe("bf16 products in training", () => {
  it("are those of linear layers and of the head, forward and backward, and no others", () => {
    const computations = [
      stepComputation(config, { ...options, keep: "all", precision: "bf16" }),
      evaluationComputation(config, { ...options, precision: "bf16" }),
    ];
    for (const { graph } of computations) {
      const products = graph.nodes.filter((node) => isOp(node, "matmul"));
      const precisions = products.map((node) => (isOp(node, "matmul") ? node.attributes.precision : ""));
      expect(products.length).toBeGreaterThan(7 * config.nLayers);
      expect(new Set(precisions)).toEqual(new Set(["bf16"]));
    }
  });

  it.each(backends)("follow the f32 loss curve on $name, or are refused", async ({ name, start }) => {
    using backend = await start(2);
    if (!backend.precisions.includes("bf16")) {
      console.info(`training in bf16: not run on ${name}, which lacks it`);
      await expect(losses(backend, "bf16")).rejects.toThrow(RequestError);
      return;
    }
    const [f32, bf16] = [await losses(backend, "f32"), await losses(backend, "bf16")];
    expect(f32[29]).toBeLessThan(0.9 * f32[0]);
    f32.forEach((loss, step) => {
      expect(Math.abs(bf16[step] / loss - 1), `step ${step + 1}`).toBeLessThan(0.005);
    });
    expect(bf16).not.toEqual(f32);
    using alone = await start(1);
    expect(await losses(alone, "bf16")).toEqual(bf16);
  });
});
