/** Kernels of everything in a step of inference except matrix products. */
import { KV_WRITE_ROW } from "./attention/kv-write.ts";
import { PAGED_ATTENTION_ROW } from "./attention/paged-attention.ts";
import { ELEMENTWISE_ROWS } from "./elementwise/elementwise.ts";
import { GATHER_ROWS_ROW } from "./embedding/gather-rows.ts";
import type { KernelRow } from "./launch.ts";
import { RMS_NORM_ROW } from "./norm/rms-norm.ts";
import { ROPE_ROW } from "./rope/rope.ts";
import { QUANTIZE_ROWS } from "./rounding/quantize.ts";
import { ROUND_BF16_ROW } from "./rounding/round-bf16.ts";

export const STEP_ROWS: readonly KernelRow[] = [
  ...ELEMENTWISE_ROWS,
  ...QUANTIZE_ROWS,
  ROUND_BF16_ROW,
  GATHER_ROWS_ROW,
  RMS_NORM_ROW,
  ROPE_ROW,
  KV_WRITE_ROW,
  PAGED_ATTENTION_ROW,
];
