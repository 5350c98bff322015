/**
 * Initial weights: normal with deviation 0.02. The deviation of attn_output and ffn_down, whose results are added to
 * the residual stream, is smaller by √(2L), so that the stream does not grow with the number of layers. Norms 1,
 * biases 0.
 */
import { Random } from "../base/random.ts";
import type { ModelConfig } from "../config/config.ts";
import { type ParameterShape, parameterShapes } from "../config/parameters.ts";

const DEVIATION = 0.02;
const RESIDUAL = /\.(attn_output|ffn_down)\.weight$/;

function fill({ name, role }: ParameterShape, values: Float32Array, random: Random, nLayers: number): void {
  if (role === "norm" || role === "bias") {
    values.fill(role === "norm" ? 1 : 0);
    return;
  }
  const deviation = RESIDUAL.test(name) ? DEVIATION / Math.sqrt(2 * nLayers) : DEVIATION;
  for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
}

/** Fills `weights`, by canonical name. The same seed gives the same numbers. */
export function initialiseWeights(
  config: ModelConfig,
  weights: ReadonlyMap<string, Float32Array>,
  seed: number,
): void {
  const random = new Random(seed);
  for (const parameter of parameterShapes(config)) {
    const values = weights.get(parameter.name);
    if (values !== undefined) fill(parameter, values, random, config.nLayers);
  }
}
