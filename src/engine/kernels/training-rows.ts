/** Kernels that only training needs, except matrix products. */
import { TRAINING_ATTENTION_ROWS } from "./attention/training/index.ts";
import { DROPOUT_ROW } from "./elementwise/dropout.ts";
import { SWIGLU_GRADIENT_ROW } from "./elementwise/swiglu-gradient.ts";
import { ROW_RANGE_ROWS } from "./embedding/row-ranges.ts";
import { SCATTER_ADD_ROWS_ROW } from "./embedding/scatter-add-rows.ts";
import type { KernelRow } from "./launch.ts";
import { LOSS_ROWS } from "./loss/softmax-loss.ts";
import { RMS_NORM_GRADIENT_ROW } from "./norm/rms-norm-gradient.ts";
import { ACCUMULATE_ROW } from "./optimiser/accumulate.ts";
import { OPTIMISER_ROWS } from "./optimiser/adamw.ts";
import { ADAMW_SMALL_ROW } from "./optimiser/adamw-small.ts";
import { DOT_ROWS } from "./reductions/dot.ts";
import { SUM_ROWS_ROW } from "./reductions/sum-rows.ts";

export const TRAINING_ROWS: readonly KernelRow[] = [
  ...TRAINING_ATTENTION_ROWS,
  SWIGLU_GRADIENT_ROW,
  DROPOUT_ROW,
  SCATTER_ADD_ROWS_ROW,
  ...ROW_RANGE_ROWS,
  RMS_NORM_GRADIENT_ROW,
  ...LOSS_ROWS,
  ...DOT_ROWS,
  SUM_ROWS_ROW,
  ACCUMULATE_ROW,
  ...OPTIMISER_ROWS,
  ADAMW_SMALL_ROW,
];
