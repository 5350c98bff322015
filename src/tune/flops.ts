/**
 * Floating point operations of fine-tuning, per token. With frozen weights the gradients of weights are not computed: 4·N
 * for the model's products, forward and backward, 6·A for the adapter's, and those of attention as in pretraining.
 */
import type { ModelConfig } from "../config/config.ts";
import { countParameters } from "../config/parameters.ts";
import { flopsPerToken } from "../train/index.ts";

/** @param adapter its parameters; undefined if all weights are trained. */
export function flopsOf(config: ModelConfig, adapter: number | undefined, length: number): number {
  const whole = flopsPerToken(config, length);
  return adapter === undefined ? whole : whole - 2 * countParameters(config) + 6 * adapter;
}
