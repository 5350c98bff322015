/** Batches of a corpus in the form that the training programs expect. */
import type { ModelConfig } from "../../config/config.ts";
import { type BatchInputs, sliceRows } from "../../data/index.ts";
import type { Batch } from "../batch.ts";

/** The batch, with `starts` moved up if the model has a sliding window. */
export function trainingBatch(inputs: BatchInputs, { slidingWindow }: ModelConfig): Batch {
  if (slidingWindow === undefined) return inputs;
  return { ...inputs, starts: inputs.starts.map((start, row) => Math.max(start, row - slidingWindow + 1)) };
}

/** Splits a step's rows into equal parts. */
export function partsOf(
  inputs: BatchInputs,
  config: ModelConfig,
  { rows, length, parts }: { readonly rows: number; readonly length: number; readonly parts: number },
): Batch[] {
  const count = rows / parts;
  return Array.from({ length: parts }, (_, part) =>
    trainingBatch(sliceRows(inputs, length, part * count, count), config),
  );
}
