/** Training: the same graph as inference, differentiated; steps as programs; and the trainer that runs them. */
export { AdamW, type AdamWOptions, clipGradients, type Trainable as TrainableValues } from "./adamw.ts";
export { type Batch, packDocuments } from "./batch.ts";
export { Guard, type GuardOptions } from "./guard.ts";
export { initialiseWeights } from "./initial-weights.ts";
export { ModelStates, type ModelStatesOptions, type StepResult } from "./model-states.ts";
export type { OptimiserOptions } from "./program/computations.ts";
export { KEEPS, type Keep } from "./program/keep.ts";
export { type Trainable, type TrainedPart, trainables, wholeModel } from "./program/trained-part.ts";
export { type LoopOptions, trainOnDocuments } from "./reference-loop.ts";
export { flopsPerToken } from "./run/flops.ts";
export type { RunMemory } from "./run/memory.ts";
export type {
  EvaluationRecord,
  EventRecord,
  RunRecord,
  SampleRecord,
  StepRecord,
} from "./run/metrics.ts";
export { planRun, type RunPlan } from "./run/plan.ts";
export { checkRecipe, defineRecipe, type Recipe } from "./run/recipe.ts";
export { describeRun, type Started, type TrainOptions, train } from "./run/train.ts";
export type { RunResult } from "./run/trainer.ts";
export { learningRateAt, SCHEDULES, type Schedule, type ScheduleKind } from "./schedule.ts";
