/**
 * The same weights and batches as in PyTorch: every gradient of the first step, and the loss and norm of 20 steps of
 * AdamW, on every backend of this machine. The numbers come from make-training.ts.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { formulaWeights } from "../../src/measure/training.ts";
import { ModelStates } from "../../src/train/model-states.ts";
import { gradientComputation } from "../../src/train/program/computations.ts";
import { availableBackends } from "../support/backends.ts";
import { normalisedError } from "../support/random-blocks.ts";
import {
  GOLDEN_CONFIGS,
  GOLDEN_OPTIMISER,
  type GoldenRun,
  goldenBatches,
} from "../support/training-golden.ts";

const GOLDEN = JSON.parse(readFileSync(resolve(import.meta.dirname, "training.json"), "utf8")) as Record<
  string,
  GoldenRun
>;
const TOKENS = 40;

function floatsOf(base64: string): Float32Array {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  return new Float32Array(bytes.buffer);
}

describe.each(await availableBackends())("training on $name", ({ start }) => {
  describe.each(Object.entries(GOLDEN_CONFIGS))("the model %s", (name, config) => {
    const golden = GOLDEN[name];

    const create = async (backend: Awaited<ReturnType<typeof start>>): Promise<ModelStates> => {
      const states = await ModelStates.create(backend, config, {
        tokens: TOKENS,
        optimiser: GOLDEN_OPTIMISER,
      });
      const weights = states.weights();
      for (const [parameter, values] of formulaWeights(config)) weights.get(parameter)?.set(values);
      return states;
    };

    it("has PyTorch's gradients", async () => {
      using backend = await start(2);
      using states = await create(backend);
      const computation = gradientComputation(config, {
        tokens: TOKENS,
        keep: "all",
        optimiser: GOLDEN_OPTIMISER,
      });
      using program = await backend.compile(computation, { params: new Map(), states: states.states });
      const found = await program.run({ ...goldenBatches(config)[0] }, {});
      for (const [parameter, expected] of Object.entries(golden.gradients))
        expect(normalisedError(found[parameter], floatsOf(expected)), parameter).toBeLessThan(1e-8);
    });

    it("has PyTorch's losses and norms over 20 steps of AdamW", async () => {
      using backend = await start(2);
      using states = await create(backend);
      const { learningRate } = GOLDEN_OPTIMISER;
      for (const [i, batch] of goldenBatches(config).entries()) {
        const { loss, norm } = await states.step([batch], { step: i + 1, learningRate });
        expect(Math.abs(loss / golden.losses[i] - 1), `loss of step ${i + 1}`).toBeLessThan(1e-5);
        expect(Math.abs(norm / golden.norms[i] - 1), `norm of step ${i + 1}`).toBeLessThan(1e-4);
      }
    });
  });
});
