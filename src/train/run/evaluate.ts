/** Held-out loss: bits per byte of each source and of their mixture, comparable between vocabularies. */
import { type BatchOptions, bitsPerByte, heldOut, sharesOf, type TrainingData } from "../../data/index.ts";
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

/** The loss of text that is mixed as the training text is; a source that is not trained on does not count. */
export interface Evaluation extends Omit<SourceLoss, "source"> {
  readonly sources: readonly SourceLoss[];
}

export interface EvaluateOptions {
  /** Tokens per row. */
  readonly length: number;
  /** Most scored tokens per source. */
  readonly tokens: number;
  /** The mixture that is trained on. Default: that of the corpus. */
  readonly mixture?: BatchOptions["sources"];
  readonly signal?: AbortSignal | undefined;
}

/** Undefined if the corpus has no held-out data. */
export async function evaluateHeldOut(
  model: ModelStates,
  corpus: TrainingData,
  { length, tokens, mixture, signal }: EvaluateOptions,
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
  return { ...mixed(sources, sharesOf(corpus, mixture)), sources };
}

/** The loss of a text with the given shares of tokens; if it has none of the sources, every token counts the same. */
function mixed(
  sources: readonly SourceLoss[],
  shares: readonly { readonly name: string; readonly share: number }[],
): Omit<SourceLoss, "source"> {
  const shareOf = (source: string): number => shares.find(({ name }) => name === source)?.share ?? 0;
  const isKnown = sources.some(({ source }) => shareOf(source) > 0);
  const total = (of: (source: SourceLoss) => number): number =>
    sources.reduce((sum, source) => sum + of(source), 0);
  /** Per token of the mixture. */
  const mean = (of: (source: SourceLoss) => number): number => {
    const weight = (one: SourceLoss): number => (isKnown ? shareOf(one.source) : one.tokens);
    return total((one) => weight(one) * of(one)) / total(weight);
  };
  const nats = mean((one) => one.nats);
  const bytes = mean((one) => one.bytes / one.tokens);
  return {
    nats,
    bitsPerByte: bitsPerByte(nats, bytes),
    tokens: total((one) => one.tokens),
    bytes: total((one) => one.bytes),
  };
}

function lossOf(source: string, nats: number, tokens: number, bytes: number): SourceLoss {
  return { source, nats: nats / tokens, bitsPerByte: bitsPerByte(nats, bytes), tokens, bytes };
}
