/** The transformer, defined once as a graph; the two graphs built from it; and a runner that computes step by step. */
export type { AdapterUse, RunnerAdapter } from "./adapters.ts";
export { bindParameters } from "./bind.ts";
export { CACHE_DTYPES, type CacheDtype, DEFAULTS } from "./defaults.ts";
export { type FeedForward, gatedFeedForward } from "./feed-forward.ts";
export { inferenceGraph, type StepWants, trainingGraph } from "./graphs.ts";
export { defaultContext, type RunnerOptions } from "./limits.ts";
export { type Attend, hiddenStates, logits, trunk } from "./llama.ts";
export { POOLINGS, type Pooling, pool } from "./pooling.ts";
export { LlamaRunner } from "./runner.ts";
export type { StepPart, StepResult } from "./step-arrays.ts";
export { type Adaptation, plainWeights, trainableWeights, type Weights } from "./weights.ts";
