import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../base/errors.ts";
import { type ModelConfig, withConfig } from "./config.ts";
import { configFromLlama2c, configToLlama2c } from "./llama2c.ts";
import { countParameters } from "./parameters.ts";
import { publishedConfig } from "./published.ts";

const HEADER = {
  version: 0,
  dim: 64,
  ffnDim: 172,
  nLayers: 5,
  nHeads: 8,
  nKvHeads: 4,
  vocabSize: 512,
  maxSeqLen: 512,
  tied: true,
} as const;

describe("configFromLlama2c", () => {
  it("reads stories260K with the authors' parameter count", () => {
    const config = configFromLlama2c(HEADER, "stories260K.bin");
    expect(countParameters(config)).toBe(260_032);
    expect(config).toEqual(withConfig(publishedConfig("stories260K"), { eosIds: [2, 1] }));
  });
});

describe("configToLlama2c", () => {
  it("is the inverse", () => {
    expect(configToLlama2c(configFromLlama2c(HEADER, "x"), 0)).toEqual(HEADER);
  });

  it.each([
    ["another base", { ropeTheta: 500000 }, /RoPE base 500000/],
    ["another epsilon", { normEps: 1e-6 }, /epsilon/],
    ["scaled rotation", { ropeScaling: { kind: "linear", factor: 2 } }, /scaling "linear"/],
    ["a window", { slidingWindow: 64 }, /window/],
    ["biases", { biases: { q: true, k: true, v: true, o: false, ffn: false } }, /biases on q, k, v/],
    ["wide heads", { headDim: 16, rotaryDim: 16 }, /heads of 16/],
    ["partial rotation", { rotaryDim: 4 }, /rotation of 4/],
  ] satisfies [string, Partial<ModelConfig>, RegExp][])("refuses %s", (_, changes, message) => {
    const attempt = () => configToLlama2c(withConfig(configFromLlama2c(HEADER, "x"), changes), 0);
    expect(attempt).toThrow(UnsupportedError);
    expect(attempt).toThrow(message);
  });
});
