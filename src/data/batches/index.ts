/** Batches of a corpus: for training in a shuffled order that can be resumed exactly, and for evaluation. */
export { type BatchOptions, batches, type MixtureEntry, sharesOf, type TrainingBatch } from "./batches.ts";
export type { BatchCursor } from "./cursor.ts";
export { bitsPerByte, type HeldOutOptions, type HeldOutPart, heldOut } from "./held-out.ts";
export { BORDERS, type Borders, countRows, PACKINGS, type Packing } from "./layout.ts";
export { type BatchInputs, type FilledRows, sliceRows } from "./rows.ts";
export { TokenBytes } from "./token-bytes.ts";
