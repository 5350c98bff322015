import { describe, expect, it } from "vitest";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { LARGEST_BLOCK_BYTES } from "../base/blocks.ts";
import { chooseKeep } from "./model-states.ts";

const optimiser = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, clip: 1 };

describe("activations that are kept", () => {
  const large = tinyConfig({ dim: 1024, nHeads: 16, nKvHeads: 16, headDim: 64, ffnDim: 8192, nLayers: 8 });

  it("are all of a small step", () => {
    expect(chooseKeep(tinyConfig(), { tokens: 64, optimiser }).keep).toBe("all");
  });
  it("fit into one block of memory, also without a limit", () => {
    const all = 8 * 4096 * 4 * (10 * 1024 + 4 * 8192);
    expect(all).toBeGreaterThan(LARGEST_BLOCK_BYTES);
    for (const limit of [undefined, Number.POSITIVE_INFINITY, 1e12]) {
      const { keep, byteLength } = chooseKeep(large, { tokens: 4096, optimiser }, limit);
      expect(keep).not.toBe("all");
      expect(byteLength).toBeLessThanOrEqual(LARGEST_BLOCK_BYTES);
    }
  });
});
