/**
 * The loss and the head, in chunks of rows, so that logits of all tokens never exist at once. Each chunk computes its
 * logits, its losses with their gradient (which overwrites the logits), and the resulting gradients of the head's
 * parameters and of the hidden states. The gradient of the hidden states overwrites them, chunk by chunk.
 */
import { backward } from "../../engine/graph/grad.ts";
import type { Node } from "../../engine/graph/graph.ts";
import { crossEntropy } from "../../engine/graph/ops/cross-entropy.ts";
import { add } from "../../engine/graph/ops/elementwise.ts";
import { dot } from "../../engine/graph/ops/reductions.ts";
import { sliceRows, writeRows } from "../../engine/graph/ops/rows.ts";
import { softmaxLoss } from "../../engine/graph/ops/softmax-loss.ts";
import type { BatchNodes } from "../../model/graphs.ts";

/** Most rows and bytes of a chunk's logits. */
const MOST_ROWS = 512;
const MOST_BYTES = 64 << 20;

export interface RowChunk {
  readonly from: number;
  readonly rows: number;
}

/** The chunks of a batch of T rows over a vocabulary of V tokens: of nearly equal size, within the limits. */
export function rowChunks(T: number, vocabSize: number, mostRows = MOST_ROWS): RowChunk[] {
  const most = Math.max(1, Math.min(mostRows, Math.floor(MOST_BYTES / (4 * vocabSize))));
  const count = Math.ceil(T / most);
  const rows = Math.ceil(T / count);
  return Array.from({ length: count }, (_, i) => ({ from: i * rows, rows: Math.min(rows, T - i * rows) }));
}

export interface HeadLoss {
  /** Weighted sum of the losses [1]. */
  readonly loss: Node;
  /** Gradients of the hidden states, and of those of `trainable` that the head reads. */
  readonly gradients: ReadonlyMap<Node, Node>;
}

/** Those of `nodes` that `result` reads by way of nodes added after `start`. */
function readAfter(start: Node, nodes: readonly Node[], result: Node): Node[] {
  const reached = new Set<Node>([result]);
  const { nodes: all } = result.graph;
  for (let id = result.id; id > start.id; id--) {
    if (reached.has(all[id])) for (const input of all[id].inputs) reached.add(input);
  }
  return nodes.filter((node) => reached.has(node));
}

/** Adds the loss of a batch and its gradients. `trainable`: the parameters that need gradients. */
export function headLoss(
  { weights, hidden, targets, lossWeights }: BatchNodes,
  chunks: readonly RowChunk[],
  trainable: readonly Node[],
): HeadLoss {
  let loss: Node | undefined;
  let whole = hidden;
  const known = new Map<Node, Node>();
  for (const { from, rows } of chunks) {
    const x = sliceRows(whole, from, rows);
    const logits = weights.head(x);
    const counts = sliceRows(lossWeights, from, rows);
    const { dLogits, losses } = softmaxLoss(logits, sliceRows(targets, from, rows), counts);
    // What only the layers read gets its gradient later, not zeros now.
    const used = readAfter(x, trainable, logits);
    const seeds = new Map([...known, [logits, dLogits]]);
    const [dx, ...dUsed] = backward(seeds, [x, ...used], x.id + 1);
    used.forEach((parameter, i) => {
      known.set(parameter, dUsed[i]);
    });
    whole = writeRows(whole, dx, from);
    const ofChunk = dot(losses, counts);
    loss = loss === undefined ? ofChunk : add(loss, ofChunk);
  }
  known.set(hidden, whole);
  return { loss: loss as Node, gradients: known };
}

/** The losses of every chunk, one result each, without gradients: for evaluation. */
export function headLosses(
  { weights, hidden, targets }: BatchNodes,
  chunks: readonly RowChunk[],
): readonly Node[] {
  return chunks.map(({ from, rows }) =>
    crossEntropy(weights.head(sliceRows(hidden, from, rows)), sliceRows(targets, from, rows)),
  );
}
