/** The tensor engine: graphs of ops, their gradients, plans and backends. */
export type { Backend, PrepareOptions, Program, StepOptions } from "./backend/backend.ts";
export { referenceBackend } from "./backend/reference/reference.ts";
export type { Bindings, BoundTensor, State } from "./graph/bindings.ts";
export { backward, grad } from "./graph/grad.ts";
export { type Dim, Graph, type Leaf, type Node, type Shape } from "./graph/graph.ts";
export type { FloatArray, Op, Operand } from "./graph/op.ts";
export { attention } from "./graph/ops/attention.ts";
export { crossEntropy } from "./graph/ops/cross-entropy.ts";
export { add, addBias, mul, scale } from "./graph/ops/elementwise.ts";
export { gatherRows } from "./graph/ops/gather-rows.ts";
export type { HeadLayout } from "./graph/ops/heads.ts";
export { type MatmulForm, matmul } from "./graph/ops/matmul.ts";
export { MATMUL_PRECISIONS, type MatmulPrecision } from "./graph/ops/matmul-precision.ts";
export {
  type CacheLayout,
  kvWrite,
  type PagedAttentionInputs,
  type PagedHeadLayout,
  pagedAttention,
} from "./graph/ops/paged-attention.ts";
export { dot, multiplyBy, sumRows } from "./graph/ops/reductions.ts";
export { rmsNorm } from "./graph/ops/rms-norm.ts";
export { type RopeOptions, type RopePairing, rope } from "./graph/ops/rope.ts";
export { swiglu } from "./graph/ops/swiglu.ts";
export { OPS, type OpName } from "./graph/ops/table.ts";
export { type Plan, type Precision, planGraph } from "./graph/plan.ts";
export { verifyPlan } from "./graph/verify-plan.ts";
