/** Held-out loss: bits per byte of each source and of all together, comparable between vocabularies. */
import { bitsPerByte, heldOut, type TrainingData } from "../../data/index.ts";
import type { ModelStates } from "../model-states.ts";
import { trainingBatch } from "./batches.ts";

export interface SourceLoss {
  readonly source: string;
  /** Mean over the scored tokens. */
  readonly nats: number;
  readonly bitsPerByte: number;
  readonly tokens: number;
  readonly bytes: number;
}

export interface Evaluation extends Omit<SourceLoss, "source"> {
  readonly sources: readonly SourceLoss[];
}

export interface EvaluateOptions {
  /** Tokens per row. */
  readonly length: number;
  /** Most scored tokens per source. */
  readonly tokens: number;
  readonly signal?: AbortSignal | undefined;
}

/** Undefined if the corpus has no held-out data. */
export async function evaluateHeldOut(
  model: ModelStates,
  corpus: TrainingData,
  { length, tokens, signal }: EvaluateOptions,
): Promise<Evaluation | undefined> {
  if (corpus.sources.every(({ heldOut: documents }) => documents.count === 0)) return undefined;
  const parts = heldOut(corpus, { batch: model.tokens / length, block: length, maxTokens: tokens });
  const sources: SourceLoss[] = [];
  for (const part of parts) {
    let sum = 0;
    for (const { inputs } of part.batches()) {
      const losses = await model.losses(trainingBatch(inputs, model.config), { signal });
      losses.forEach((loss, i) => {
        if (inputs.loss_weights[i] > 0) sum += loss;
      });
    }
    sources.push(lossOf(part.source, sum, part.targetCount, part.byteLength));
  }
  const total = (of: (source: SourceLoss) => number): number =>
    sources.reduce((sum, source) => sum + of(source), 0);
  const nats = total((source) => source.nats * source.tokens);
  return {
    ...lossOf(
      "",
      nats,
      total(({ tokens }) => tokens),
      total(({ bytes }) => bytes),
    ),
    sources,
  };
}

function lossOf(source: string, nats: number, tokens: number, bytes: number): SourceLoss {
  return { source, nats: nats / tokens, bitsPerByte: bitsPerByte(nats, bytes), tokens, bytes };
}
