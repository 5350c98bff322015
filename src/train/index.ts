/** Training: the same graph as inference, differentiated. */
export { AdamW, type AdamWOptions, clipGradients, type Trainable } from "./adamw.ts";
export { type Batch, packDocuments } from "./batch.ts";
export { type LoopOptions, trainOnDocuments } from "./reference-loop.ts";
