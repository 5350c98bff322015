/** Kernels of everything in a step that is no matrix product. */
import { KV_WRITE_ROW } from "./attention/kv-write.ts";
import { PAGED_ATTENTION_ROW } from "./attention/paged-attention.ts";
import { ELEMENTWISE_ROWS } from "./elementwise.ts";
import { GATHER_ROWS_ROW } from "./gather-rows.ts";
import type { KernelRow } from "./launch.ts";
import { QUANTIZE_ROWS } from "./quantize.ts";
import { RMS_NORM_ROW } from "./rms-norm.ts";
import { ROPE_ROW } from "./rope.ts";

export const STEP_ROWS: readonly KernelRow[] = [
  ...ELEMENTWISE_ROWS,
  ...QUANTIZE_ROWS,
  GATHER_ROWS_ROW,
  RMS_NORM_ROW,
  ROPE_ROW,
  KV_WRITE_ROW,
  PAGED_ATTENTION_ROW,
];
