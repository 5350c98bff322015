/**
 * cross_entropy: −ln softmax(logits)[target] of every row: the loss of each token. Weights define how much a token
 * counts: loss = dot(cross_entropy(…), weights), with weight 0 for tokens that are not learnt.
 * Backward: (softmax(logits) − onehot(target)) · g, row by row.
 */
import { expectRank, expectShape, type Node } from "../graph.ts";
import { type FloatArray, floats, integers, type Op } from "../op.ts";

/** ln Σ exp(x) of the row of `columns` elements at `from`. */
export function logSumExp(x: FloatArray, from: number, columns: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < columns; j++) largest = Math.max(largest, x[from + j]);
  let sum = 0;
  for (let j = 0; j < columns; j++) sum += Math.exp(x[from + j] - largest);
  return largest + Math.log(sum);
}

export const CROSS_ENTROPY: Op<undefined> = {
  name: "cross_entropy",
  infer([logits, targets]) {
    const [rows] = expectRank("cross_entropy", "logits", logits, 2);
    expectShape("cross_entropy", "targets", targets, [rows]);
    return { shape: [rows], dtype: "F32" };
  },
  reference([logits, targets], [output]) {
    const [rows, columns] = logits.shape;
    const [x, out, target] = [floats(logits), floats(output), integers(targets)];
    for (let i = 0; i < rows; i++) {
      out[i] = logSumExp(x, i * columns, columns) - x[i * columns + target[i]];
    }
  },
  gradient: ({ inputs: [logits, targets] }, dOut) => [
    logits.graph.apply(CROSS_ENTROPY_GRADIENT, [logits, targets, dOut], undefined),
    undefined,
  ],
};

export const CROSS_ENTROPY_GRADIENT: Op<undefined> = {
  name: "cross_entropy_gradient",
  infer([logits, targets, dOut]) {
    const [rows] = expectRank("cross_entropy_gradient", "logits", logits, 2);
    expectShape("cross_entropy_gradient", "targets", targets, [rows]);
    expectShape("cross_entropy_gradient", "an output gradient", dOut, [rows]);
    return { shape: logits.shape, dtype: "F32" };
  },
  reference([logits, targets, dOut], [output]) {
    const [rows, columns] = logits.shape;
    const [x, g, out, target] = [floats(logits), floats(dOut), floats(output), integers(targets)];
    for (let i = 0; i < rows; i++) {
      const from = i * columns;
      const normaliser = logSumExp(x, from, columns);
      for (let j = 0; j < columns; j++) {
        const p = Math.exp(x[from + j] - normaliser);
        out[from + j] = g[i] * (p - (j === target[i] ? 1 : 0));
      }
    }
  },
};

/** logits [T, V], targets [T] → the negative log-likelihood of each target, in nats [T]. */
export function crossEntropy(logits: Node, targets: Node): Node {
  return logits.graph.apply(CROSS_ENTROPY, [logits, targets], undefined);
}
