/** Points of each schedule, the guard's verdicts, and the statistics of initial weights. */
import { describe, expect, it } from "vitest";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { Random } from "../base/random.ts";
import { parameterShapes } from "../config/parameters.ts";
import { Guard } from "./guard.ts";
import { initialiseWeights } from "./initial-weights.ts";
import { learningRateAt, type Schedule } from "./schedule.ts";

const base: Schedule = {
  kind: "cosine",
  learningRate: 1,
  warmup: 10,
  floor: 0.1,
  decaySteps: 20,
  steps: 110,
};

describe("learningRateAt", () => {
  it.each(["cosine", "wsd", "constant"] as const)("%s warms up linearly", (kind) => {
    expect([1, 5, 10].map((step) => learningRateAt({ ...base, kind }, step))).toEqual([0.1, 0.5, 1]);
  });

  it("cosine is half way between at half the time, and ends at the floor", () => {
    expect(learningRateAt(base, 60)).toBeCloseTo(0.55, 12);
    expect(learningRateAt(base, 110)).toBeCloseTo(0.1, 12);
    expect(learningRateAt(base, 500)).toBeCloseTo(0.1, 12);
    expect(learningRateAt(base, 35)).toBeCloseTo(0.1 + 0.9 * 0.5 * (1 + Math.cos(Math.PI / 4)), 12);
  });

  it("wsd stays until its decay", () => {
    const wsd: Schedule = { ...base, kind: "wsd" };
    expect(learningRateAt(wsd, 90)).toBe(1);
    expect(learningRateAt(wsd, 100)).toBeCloseTo(0.55, 12);
    expect(learningRateAt(wsd, 110)).toBeCloseTo(0.1, 12);
  });

  it("constant stays, with or without a warm-up", () => {
    expect(learningRateAt({ ...base, kind: "constant" }, 1000)).toBe(1);
    expect(learningRateAt({ ...base, kind: "constant", warmup: 0 }, 1)).toBe(1);
  });
});

describe("Guard", () => {
  const settle = (guard: Guard): void => {
    const random = new Random(1);
    for (let i = 0; i < 200; i++) {
      expect(guard.judge({ loss: 3 + 0.05 * random.normal(), norm: 1 })).toBe("good");
    }
  };

  it("skips steps without a number, and gives up after many", () => {
    const guard = new Guard({ mostSkipped: 3 });
    expect(guard.judge({ loss: Number.NaN, norm: 1 })).toBe("skipped");
    expect(guard.judge({ loss: 3, norm: Number.POSITIVE_INFINITY })).toBe("skipped");
    expect(guard.judge({ loss: 3, norm: 1 })).toBe("good");
    expect(guard.judge({ loss: 3, norm: Number.NaN })).toBe("skipped");
    expect(guard.judge({ loss: 3, norm: Number.NaN })).toBe("skipped");
    expect(guard.judge({ loss: 3, norm: Number.NaN })).toBe("hopeless");
  });

  it("rewinds after several spikes in a row, not after one", () => {
    const guard = new Guard({ patience: 3, mostRewinds: 1 });
    settle(guard);
    expect(guard.judge({ loss: 6, norm: 9 })).toBe("spike");
    expect(guard.judge({ loss: 3, norm: 1 })).toBe("good");
    expect([6, 7, 8].map((loss) => guard.judge({ loss, norm: 9 }))).toEqual(["spike", "spike", "rewind"]);
    expect([6, 7, 8].map((loss) => guard.judge({ loss, norm: 9 }))).toEqual(["spike", "spike", "hopeless"]);
  });

  it("judges the same after its state went through JSON", () => {
    const guard = new Guard();
    settle(guard);
    const copy = new Guard({}, JSON.parse(JSON.stringify(guard.state)));
    for (const loss of [3.01, 6, 2.9, 7, 7, 7, 7, 7])
      expect(copy.judge({ loss, norm: 1 })).toBe(guard.judge({ loss, norm: 1 }));
    expect(copy.state).toEqual(guard.state);
  });

  it("accepts a falling loss at the start, whatever its size", () => {
    const guard = new Guard();
    for (let i = 0; i < 500; i++)
      expect(guard.judge({ loss: 2 + 8 * Math.exp(-i / 30), norm: 5 })).toBe("good");
  });
});

describe("initialiseWeights", () => {
  it("has the standard deviation of each kind, and depends only on the seed", () => {
    const config = tinyConfig({ dim: 96, ffnDim: 256, nLayers: 2, nHeads: 4, nKvHeads: 4, headDim: 24 });
    const make = (seed: number): Map<string, Float32Array> => {
      const weights = new Map(
        parameterShapes(config).map(({ name, shape }) => [
          name,
          new Float32Array(shape.reduce((product, dim) => product * dim, 1)),
        ]),
      );
      initialiseWeights(config, weights, seed);
      return weights;
    };
    const weights = make(3);
    const deviation = (name: string): number => {
      const values = weights.get(name)!;
      return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    };
    expect(deviation("blk.0.ffn_up.weight")).toBeCloseTo(0.02, 3);
    expect(deviation("token_embd.weight")).toBeCloseTo(0.02, 3);
    expect(deviation("blk.1.ffn_down.weight")).toBeCloseTo(0.01, 3);
    expect(deviation("blk.1.attn_output.weight")).toBeCloseTo(0.01, 3);
    expect(deviation("blk.1.attn_norm.weight")).toBe(1);
    expect(make(3)).toEqual(weights);
    expect(make(4)).not.toEqual(weights);
  });
});
