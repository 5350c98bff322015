/** A small random model for tests: real shapes of every kind (grouped heads, odd sizes), created on demand. */
import { Random } from "../../src/base/random.ts";
import { type ModelConfig, modelConfig } from "../../src/config/config.ts";
import { parameterShapes } from "../../src/config/parameters.ts";
import type { BoundTensor } from "../../src/engine/index.ts";

export function tinyConfig(changes: Partial<ModelConfig> = {}): ModelConfig {
  const fields = {
    architecture: "llama",
    dim: 24,
    ffnDim: 40,
    nLayers: 2,
    nHeads: 4,
    nKvHeads: 2,
    headDim: 6,
    vocabSize: 50,
    maxSeqLen: 96,
    normEps: 1e-5,
    ropeTheta: 10000,
    ropePairing: "interleaved",
    tied: false,
    ...changes,
  } as const;
  return modelConfig(fields, { name: "a tiny test model" });
}

/** Every parameter of the model, normal with deviation 0.1 (norms around 1), as f32 values. */
export function randomWeights(config: ModelConfig, seed = 1): Map<string, Float32Array<ArrayBuffer>> {
  const random = new Random(seed);
  const required = parameterShapes(config).filter(({ optional }) => !optional);
  return new Map(
    required.map(({ name, shape, role }) => {
      const length = shape.reduce((product, dim) => product * dim, 1);
      const mean = role === "norm" ? 1 : 0;
      return [name, Float32Array.from({ length }, () => mean + 0.1 * random.normal())];
    }),
  );
}

/** The same parameters in the form that a backend expects. */
export function randomParams(config: ModelConfig, seed = 1): Map<string, BoundTensor> {
  const shapes = new Map(parameterShapes(config).map(({ name, shape }) => [name, shape]));
  return new Map(
    [...randomWeights(config, seed)].map(([name, values]) => [
      name,
      { dtype: "F32", shape: shapes.get(name) ?? [], bytes: new Uint8Array(values.buffer) },
    ]),
  );
}
