/**
 * Packs documents into one ragged batch: rows of tokens without padding. Each document is its own sequence and
 * sees nothing of the others. Every token except a document's last predicts the next one.
 */
import { RequestError } from "../base/errors.ts";

export interface Batch {
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  /** The first row that each row attends to: its document's first, or a later one under a sliding window. */
  readonly starts: Int32Array;
  readonly targets: Int32Array;
  /** 1/n for each of the n predictions, so that the loss is their mean. */
  readonly loss_weights: Float32Array;
}

/**
 * @param documents token ids, at least two each.
 * @param window most rows that a row attends to, itself included [Mistral].
 */
export function packDocuments(
  documents: readonly ArrayLike<number>[],
  window = Number.POSITIVE_INFINITY,
): Batch {
  const short = documents.findIndex((document) => document.length < 2);
  if (short >= 0 || documents.length === 0) {
    const found = short < 0 ? "no document" : `${documents[short].length} in document ${short}`;
    throw new RequestError({ doing: "make a batch", expected: "documents of at least 2 tokens", found });
  }
  const total = documents.reduce((sum, { length }) => sum + length - 1, 0);
  const batch = {
    tokens: new Int32Array(total),
    positions: new Int32Array(total),
    starts: new Int32Array(total),
    targets: new Int32Array(total),
    loss_weights: new Float32Array(total).fill(1 / total),
  };
  let at = 0;
  for (const document of documents) {
    const first = at;
    for (let i = 0; i + 1 < document.length; i++, at++) {
      batch.tokens[at] = document[i];
      batch.targets[at] = document[i + 1];
      batch.positions[at] = i;
      batch.starts[at] = Math.max(first, at - window + 1);
    }
  }
  return batch;
}
