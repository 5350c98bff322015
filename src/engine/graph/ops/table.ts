/**
 * The closed table of ops. The reference implements all of them; kernels/coverage.ts declares those without a kernel.
 */
import type { Node } from "../graph.ts";
import type { Op } from "../op.ts";
import { ATTENTION, ATTENTION_GRADIENT_KV, ATTENTION_GRADIENT_Q } from "./attention.ts";
import { CROSS_ENTROPY, CROSS_ENTROPY_GRADIENT } from "./cross-entropy.ts";
import { DECODE_TRANSPOSED } from "./decode-transposed.ts";
import { DROPOUT } from "./dropout.ts";
import { ADD, ADD_BIAS, MUL, SCALE } from "./elementwise.ts";
import { GATHER_ROWS, SCATTER_ADD_ROWS } from "./gather-rows.ts";
import { GROUPED_PRODUCT } from "./grouped-product.ts";
import { MATMUL } from "./matmul.ts";
import { MATMUL_Q8 } from "./matmul-q8.ts";
import { ACCUMULATE, ADAMW, CLIP_FACTOR, SUM_OF_SQUARES } from "./optimiser.ts";
import { KV_WRITE, PAGED_ATTENTION } from "./paged-attention.ts";
import { QUANTIZE, RMS_NORM_QUANTIZE, SWIGLU_QUANTIZE } from "./quantize.ts";
import { DOT, MULTIPLY_BY, SUM_ROWS } from "./reductions.ts";
import { RMS_NORM, RMS_NORM_GRADIENT } from "./rms-norm.ts";
import { ROPE } from "./rope.ts";
import { ROUND_BF16 } from "./round-bf16.ts";
import { SLICE_ROWS, WRITE_ROWS } from "./rows.ts";
import { ADAMW_SMALL } from "./small-moments.ts";
import { SOFTMAX_LOSS } from "./softmax-loss.ts";
import { SWIGLU, SWIGLU_GRADIENT } from "./swiglu.ts";

/** Every op, by its name. */
export const OPS = {
  accumulate: ACCUMULATE,
  adamw: ADAMW,
  adamw_small: ADAMW_SMALL,
  add: ADD,
  add_bias: ADD_BIAS,
  attention: ATTENTION,
  attention_gradient_kv: ATTENTION_GRADIENT_KV,
  attention_gradient_q: ATTENTION_GRADIENT_Q,
  clip_factor: CLIP_FACTOR,
  cross_entropy: CROSS_ENTROPY,
  cross_entropy_gradient: CROSS_ENTROPY_GRADIENT,
  decode_transposed: DECODE_TRANSPOSED,
  dot: DOT,
  dropout: DROPOUT,
  gather_rows: GATHER_ROWS,
  grouped_product: GROUPED_PRODUCT,
  kv_write: KV_WRITE,
  matmul: MATMUL,
  matmul_q8: MATMUL_Q8,
  mul: MUL,
  multiply_by: MULTIPLY_BY,
  paged_attention: PAGED_ATTENTION,
  quantize: QUANTIZE,
  rms_norm: RMS_NORM,
  rms_norm_gradient: RMS_NORM_GRADIENT,
  rms_norm_quantize: RMS_NORM_QUANTIZE,
  rope: ROPE,
  round_bf16: ROUND_BF16,
  scale: SCALE,
  scatter_add_rows: SCATTER_ADD_ROWS,
  slice_rows: SLICE_ROWS,
  softmax_loss: SOFTMAX_LOSS,
  sum_of_squares: SUM_OF_SQUARES,
  sum_rows: SUM_ROWS,
  swiglu: SWIGLU,
  swiglu_gradient: SWIGLU_GRADIENT,
  swiglu_quantize: SWIGLU_QUANTIZE,
  write_rows: WRITE_ROWS,
} as const satisfies Record<string, Op<never>>;

export type OpName = keyof typeof OPS;
export type AttributesOf<Name extends OpName> = (typeof OPS)[Name] extends Op<infer A> ? A : never;

/** An application of one op, with typed attributes. */
export type NodeOf<Name extends OpName> = Node & { readonly attributes: AttributesOf<Name> };

/** True if the node applies the op of that name. Use only this test: names are not compared elsewhere. */
export function isOp<Name extends OpName>(node: Node, name: Name): node is NodeOf<Name> {
  return node.op === (OPS[name] as unknown);
}
