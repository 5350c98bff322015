/** The closed table of ops. A backend implements these and no others; tests walk it row by row. */
import type { Op } from "../op.ts";
import { ATTENTION, ATTENTION_GRADIENT } from "./attention.ts";
import { CROSS_ENTROPY, CROSS_ENTROPY_GRADIENT } from "./cross-entropy.ts";
import { ADD, ADD_BIAS, MUL, SCALE } from "./elementwise.ts";
import { GATHER_ROWS, SCATTER_ADD_ROWS } from "./gather-rows.ts";
import { MATMUL } from "./matmul.ts";
import { MATMUL_Q8 } from "./matmul-q8.ts";
import { KV_WRITE, PAGED_ATTENTION } from "./paged-attention.ts";
import { QUANTIZE, RMS_NORM_QUANTIZE, SWIGLU_QUANTIZE } from "./quantize.ts";
import { DOT, MULTIPLY_BY, SUM_ROWS } from "./reductions.ts";
import { RMS_NORM, RMS_NORM_DW, RMS_NORM_DX } from "./rms-norm.ts";
import { ROPE } from "./rope.ts";
import { PAD_COLUMNS, SLICE_COLUMNS } from "./slice-columns.ts";
import { SWIGLU, SWIGLU_GRADIENT } from "./swiglu.ts";

export const OPS = {
  add: ADD,
  add_bias: ADD_BIAS,
  attention: ATTENTION,
  attention_gradient: ATTENTION_GRADIENT,
  cross_entropy: CROSS_ENTROPY,
  cross_entropy_gradient: CROSS_ENTROPY_GRADIENT,
  dot: DOT,
  gather_rows: GATHER_ROWS,
  kv_write: KV_WRITE,
  matmul: MATMUL,
  matmul_q8: MATMUL_Q8,
  mul: MUL,
  multiply_by: MULTIPLY_BY,
  pad_columns: PAD_COLUMNS,
  paged_attention: PAGED_ATTENTION,
  quantize: QUANTIZE,
  rms_norm: RMS_NORM,
  rms_norm_dw: RMS_NORM_DW,
  rms_norm_dx: RMS_NORM_DX,
  rms_norm_quantize: RMS_NORM_QUANTIZE,
  rope: ROPE,
  scale: SCALE,
  scatter_add_rows: SCATTER_ADD_ROWS,
  slice_columns: SLICE_COLUMNS,
  sum_rows: SUM_ROWS,
  swiglu: SWIGLU,
  swiglu_gradient: SWIGLU_GRADIENT,
  swiglu_quantize: SWIGLU_QUANTIZE,
} as const satisfies Record<string, Op<never>>;

export type OpName = keyof typeof OPS;
