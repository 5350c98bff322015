/**
 * softmax_loss: the loss of every row, −ln softmax(logits)[target], and its gradient (softmax − onehot(target)) ·
 * weight, which overwrites the logits. The logits of a piece of a batch therefore live only as long as they are
 * needed, and the exponentials are computed once. The weight is that of the row in the sum that is differentiated.
 */
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, integers, type Op } from "../op.ts";
import { logSumExp } from "./cross-entropy.ts";

export const SOFTMAX_LOSS: Op<undefined> = {
  name: "softmax_loss",
  writes: [0],
  infer([logits, targets, weights]) {
    const [rows] = expectRank("softmax_loss", "logits", logits, 2);
    expectShape("softmax_loss", "targets", targets, [rows]);
    expectShape("softmax_loss", "weights", weights, [rows]);
    return [
      { shape: logits.shape, dtype: "F32" },
      { shape: [rows], dtype: "F32" },
    ];
  },
  reference([logits, targets, weights], [gradient, losses]) {
    const [rows, columns] = logits.shape;
    const [x, target, weight] = [floats(logits), integers(targets), floats(weights)];
    const [dx, loss] = [floats(gradient), floats(losses)];
    for (let i = 0; i < rows; i++) {
      const from = i * columns;
      const normaliser = logSumExp(x, from, columns);
      loss[i] = normaliser - x[from + target[i]];
      for (let j = 0; j < columns; j++) {
        const p = Math.exp(x[from + j] - normaliser);
        dx[from + j] = weight[i] * (p - (j === target[i] ? 1 : 0));
      }
    }
  },
};

/** logits [R, V] (overwritten), targets and weights [R] → the gradient of the logits [R, V] and the losses [R]. */
export function softmaxLoss(logits: Node, targets: Node, weights: Node): { dLogits: Node; losses: Node } {
  const [dLogits, losses] = logits.graph.apply(SOFTMAX_LOSS, [logits, targets, weights], undefined).outputs;
  return { dLogits, losses };
}
