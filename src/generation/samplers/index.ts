/** Sampler chains: their steps, how options become a chain, and running a chain over logits. */
export { MAX_VOCAB_SIZE } from "./candidates.ts";
export { alpacaCppChain, metaChain } from "./compat-chains.ts";
export {
  defaultChain,
  FILTER_ORDER,
  type FilterName,
  SAMPLING_DEFAULTS,
  type SamplingOptions,
} from "./default-chain.ts";
export {
  type Llama2cOptions,
  Llama2cRandom,
  type Llama2cSampler,
  llama2cSampler,
} from "./llama2c-sampler.ts";
export {
  createSampler,
  RANDOM_SEED,
  type SampledToken,
  type Sampler,
  type SamplerOptions,
  type TokenDistribution,
} from "./sampler.ts";
export type * from "./steps.ts";
