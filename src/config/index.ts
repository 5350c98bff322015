/**
 * A model's configuration in one form, `ModelConfig`, validated once and frozen; translated from and to the
 * forms of GGUF, Hugging Face, Meta and llama2.c. Values derived from it (parameters, rotary frequencies) are
 * here too.
 */
export { type ModelConfig, modelConfig, withConfig } from "./config.ts";
export { configOf } from "./config-of.ts";
export { configFromGguf, configToGguf } from "./gguf.ts";
export { configFromHf, configToHf } from "./hf.ts";
export { configFromLlama2c } from "./llama2c.ts";
export { configFromMeta, configToMeta } from "./meta.ts";
export { countParameters, kvCacheBytesPerToken, type ParameterShape, parameterShapes } from "./parameters.ts";
export { publishedConfig } from "./published.ts";
export { ropeFrequencies, unscaledLength } from "./rope-scaling.ts";
