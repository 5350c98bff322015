/** Floating point operations of training, by the usual count: 6·N for the products, 6·L·d·T for causal attention. */
import type { ModelConfig } from "../../config/config.ts";
import { countParameters } from "../../config/parameters.ts";

/** Operations per token in rows of `length`: forward and backward. */
export function flopsPerToken(config: ModelConfig, length: number): number {
  const { nLayers, nHeads, headDim } = config;
  return 6 * countParameters(config) + 6 * nLayers * nHeads * headDim * length;
}
