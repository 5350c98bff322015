/** The tensor engine: graphs of ops, their gradients, plans and backends. */
export type {
  Backend,
  Bindings,
  BoundTensor,
  PrepareOptions,
  Program,
  State,
  StepOptions,
} from "./backend/backend.ts";
export { referenceBackend } from "./backend/reference.ts";
export { grad } from "./grad.ts";
export { type Dim, Graph, type Leaf, type Node, type Shape } from "./graph.ts";
export type { FloatArray, Op, Operand } from "./op.ts";
export { attention } from "./ops/attention.ts";
export { crossEntropy } from "./ops/cross-entropy.ts";
export { add, addBias, mul, scale } from "./ops/elementwise.ts";
export { gatherRows } from "./ops/gather-rows.ts";
export type { HeadLayout } from "./ops/heads.ts";
export { type MatmulForm, matmul } from "./ops/matmul.ts";
export {
  type CacheLayout,
  kvWrite,
  type PagedAttentionInputs,
  type PagedHeadLayout,
  pagedAttention,
} from "./ops/paged-attention.ts";
export { dot, multiplyBy, sumRows } from "./ops/reductions.ts";
export { rmsNorm } from "./ops/rms-norm.ts";
export { type RopeOptions, type RopePairing, rope } from "./ops/rope.ts";
export { sliceColumns } from "./ops/slice-columns.ts";
export { swiglu } from "./ops/swiglu.ts";
export { OPS, type OpName } from "./ops/table.ts";
export { type Plan, type Precision, planGraph } from "./plan.ts";
export { verifyPlan } from "./verify-plan.ts";
