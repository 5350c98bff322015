import { describe, expect, it } from "vitest";
import { RequestError } from "../../base/errors.ts";
import { Llama2cRandom, llama2cSampler } from "./llama2c-sampler.ts";

describe("llama2cSampler", () => {
  it("draws xorshift* numbers: the first three states of seed 1 by hand", () => {
    // s=1: s^=s>>12 → 1; s^=s<<25 → 0x2000001; s^=s>>27 → 0x2000001. times 0x2545F4914F6CDD1D, high 32 bits.
    const product = (0x2000001n * 0x2545f4914f6cdd1dn) & 0xffffffffffffffffn;
    expect(new Llama2cRandom(1).u32()).toBe(Number(product >> 32n));
    const random = new Llama2cRandom(133742);
    for (let i = 0; i < 1000; i++) {
      const x = random.f32();
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThan(1);
      expect(x * 16777216).toBe(Math.floor(x * 16777216));
    }
  });

  it("is greedy at temperature 0, with the first among equals", () => {
    expect(llama2cSampler({ temperature: 0, seed: 1 }).sample(Float32Array.of(0, 2, 2, 1))).toBe(1);
  });

  it("draws with softmax's probabilities, with and without the nucleus", () => {
    const logits = Float32Array.from([0.5, 0.3, 0.15, 0.05], Math.log);
    const counts = (topP: number) => {
      const sampler = llama2cSampler({ topP, seed: 42 });
      const found = [0, 0, 0, 0];
      for (let i = 0; i < 8000; i++) found[sampler.sample(logits)]++;
      return found.map((n) => n / 8000);
    };
    counts(1).forEach((share, i) => {
      expect(share).toBeCloseTo([0.5, 0.3, 0.15, 0.05][i], 1);
    });
    expect(counts(0.7)).toEqual([expect.closeTo(0.625, 1), expect.closeTo(0.375, 1), 0, 0]);
  });

  it("refuses options out of range", () => {
    for (const options of [{ seed: 0 }, { seed: 1, topP: 2 }, { seed: 1, temperature: -1 }, { seed: 1.5 }]) {
      expect(() => llama2cSampler(options)).toThrow(RequestError);
    }
    expect(() => llama2cSampler({ seed: 1 }).sample(new Float32Array(0))).toThrow(RequestError);
  });
});
