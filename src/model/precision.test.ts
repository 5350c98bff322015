/** Products in bf16: by request, or because weights are in bf16; on every backend that has them. */
import { describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import type { DType } from "../base/dtypes.ts";
import type { Backend, BoundTensor } from "../engine/index.ts";
import { encode } from "../quant/index.ts";
import { precisionsOf } from "./precision.ts";
import { LlamaRunner } from "./runner.ts";

/** Widths of whole groups of columns, except the feed-forward part's. */
const CONFIG = tinyConfig({ dim: 64, ffnDim: 80, nHeads: 4, nKvHeads: 2, headDim: 16, vocabSize: 64 });
const TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];

/** The model with matrices of this type. */
function paramsOf(dtype: DType): Map<string, BoundTensor> {
  return new Map(
    [...randomParams(CONFIG)].map(([name, tensor]): [string, BoundTensor] => {
      if (tensor.shape.length < 2) return [name, tensor];
      const values = new Float32Array(tensor.bytes.buffer as ArrayBuffer);
      return [name, { dtype, shape: tensor.shape, bytes: encode(dtype, values, tensor.shape[1]) }];
    }),
  );
}

type Precision = "f32" | "bf16" | undefined;

/** Logits of the text, computed in steps of these lengths. */
async function logits(backend: Backend, dtype: DType, precision: Precision, steps = [TOKENS.length]) {
  using runner = await LlamaRunner.create(CONFIG, paramsOf(dtype), backend, {
    maxSequences: 1,
    cacheDtype: "F32",
    precision,
  });
  using sequence = runner.createSequence();
  const all: number[] = [];
  let from = 0;
  for (const length of steps) {
    const tokens = TOKENS.slice(from, from + length);
    const [result] = await runner.step([{ sequence, tokens, rows: "all" }]);
    all.push(...result.logits.flatMap((row) => [...row]));
    from += length;
  }
  return all;
}

function distance(actual: readonly number[], expected: readonly number[]): number {
  const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);
  return squares(actual.map((value, i) => value - expected[i])) / squares(expected);
}

const backends = await availableBackends();
const reference = backends[backends.length - 1];

describe.each(backends)("on $name", ({ name, start }) => {
  it("multiplies as requested, or refuses", async () => {
    using backend = await start(2);
    if (!backend.precisions.includes("bf16")) {
      await expect(logits(backend, "F16", "bf16")).rejects.toThrow(/multiply in bf16.*AVX512-BF16/);
      return;
    }
    using exact = await reference.start(1);
    for (const dtype of ["F16", "BF16", "F32"] as const) {
      const found = await logits(backend, dtype, "bf16");
      expect(distance(found, await logits(exact, dtype, "f32")), dtype).toBeGreaterThan(1e-7);
      // Sums in another order are sometimes rounded to another number of 8 bits.
      expect(distance(found, await logits(exact, dtype, "bf16")), dtype).toBeLessThan(2e-5);
      expect(await logits(backend, dtype, "bf16", [1, 7, 2, 1]), dtype).toEqual(found);
    }
  });

  it("rounds activations of BF16 weights where the processor multiplies them, of others not", async () => {
    using backend = await start(2);
    const same = async (dtype: DType) => {
      const [automatic, f32] = [await logits(backend, dtype, undefined), await logits(backend, dtype, "f32")];
      return distance(automatic, f32) === 0;
    };
    const rounds = backend.precisions.includes("bf16") && name !== "reference";
    expect([await same("F16"), await same("F32"), await same("BF16")]).toEqual([true, true, !rounds]);
  });
});

it("leaves quantised weights as they are", () => {
  const backend = { precisions: ["f32", "bf16"] } as unknown as Backend;
  const precisionFor = precisionsOf(backend, "bf16");
  expect((["Q4_0", "Q6_K", "F16", "F32"] as const).map(precisionFor)).toEqual(["f32", "f32", "bf16", "bf16"]);
});
