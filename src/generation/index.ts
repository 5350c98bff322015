/** Generation: samplers, stop rules, chat templates, log-probabilities, and the scheduler that runs many texts. */
export * from "./chat/index.ts";
export { Generation, type Meaning, type ReadValue } from "./generation.ts";
export * from "./grammar/index.ts";
export type { Advance, Job } from "./job.ts";
export { type TokenLogprob, type TopLogprobs, topLogprobs } from "./logprobs.ts";
export * from "./samplers/index.ts";
export { Scheduler } from "./scheduler.ts";
export { type Finish, type FinishReason, StopMatcher, type StopOptions, StopRules } from "./stop.ts";
export { type GenerateOptions, TextJob } from "./text-job.ts";
export type {
  GeneratedToken,
  GenerationFinish,
  GenerationResult,
  GenerationTimings,
  TextLogprob,
  TokenLogprobs,
} from "./text-result.ts";
export * from "./tools/index.ts";
