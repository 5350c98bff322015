/** Impossible sizes of the cache are refused before anything is allocated; the error names the size and the option. */
import { describe, expect, it } from "vitest";
import { randomParams, tinyConfig } from "../../test/support/tiny-model.ts";
import { referenceBackend } from "../engine/index.ts";
import { cacheBytes } from "./cache-size.ts";
import { stepLimits } from "./limits.ts";
import { LlamaRunner } from "./runner.ts";

const config = tinyConfig({ dim: 64, nHeads: 2, nKvHeads: 1, headDim: 32 });
const limits = (options: Parameters<typeof stepLimits>[2]) => stepLimits(config, new Map(), options);

describe("the size of the KV cache", () => {
  it("counts keys and values of all layers, in blocks", () => {
    const options = { context: 64, maxSequences: 2, pageSize: 32 };
    // 2 layers × keys and values × 128 slots × 32 numbers.
    expect(cacheBytes(config, limits({ ...options, cacheDtype: "F32" }), undefined)).toBe(
      2 * 2 * 128 * 32 * 4,
    );
    expect(cacheBytes(config, limits({ ...options, cacheDtype: "Q8_0" }), undefined)).toBe(2 * 2 * 128 * 34);
  });

  it.each([
    [
      "more than the machine has",
      { context: 1 << 25 },
      2 ** 30,
      /64\.0 GiB for 4 × 33554432 tokens.*smaller context/s,
    ],
    ["more than can be counted", { context: 2 ** 50 }, undefined, /KV cache/],
  ])("refuses %s", (_, options, memory, message) => {
    expect(() => cacheBytes(config, limits({ cacheDtype: "F32", ...options }), memory)).toThrow(message);
  });

  it.each([16, 20, 100])("refuses Q8_0 for heads of %i numbers on every backend", async (headDim) => {
    const odd = tinyConfig({ dim: 4 * headDim, headDim, nHeads: 4, nKvHeads: 2 });
    const made = LlamaRunner.create(odd, randomParams(odd), referenceBackend(), { cacheDtype: "Q8_0" });
    await expect(made).rejects.toThrow(`heads of ${headDim}; choose "F16"`);
  });
});
