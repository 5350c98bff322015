/**
 * Ops that sum over rows (the gradient of a bias) and over all elements (a weighted loss), and the op that multiplies
 * by a scalar, which their gradients need.
 */
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, type Op } from "../op.ts";

export const SUM_ROWS: Op<undefined> = {
  name: "sum_rows",
  infer([x]) {
    const [, columns] = expectRank("sum_rows", "a matrix", x, 2);
    return { shape: [columns], dtype: "F32" };
  },
  reference([x], [output]) {
    const [rows, columns] = x.shape;
    const [values, out] = [floats(x), floats(output)];
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += values[i * columns + j];
      out[j] = sum;
    }
  },
};

export const DOT: Op<undefined> = {
  name: "dot",
  infer([a, b]) {
    expectRank("dot", "a vector", a, 1);
    expectShape("dot", "a second vector", b, a.shape);
    return { shape: [1], dtype: "F32" };
  },
  reference([a, b], [output]) {
    const [x, y] = [floats(a), floats(b)];
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
    floats(output)[0] = sum;
  },
  gradient: ({ inputs: [a, b] }, dOut) => [multiplyBy(b, dOut), multiplyBy(a, dOut)],
};

export const MULTIPLY_BY: Op<undefined> = {
  name: "multiply_by",
  infer([x, factor]) {
    expectShape("multiply_by", "a factor", factor, [1]);
    return { shape: x.shape, dtype: "F32" };
  },
  reference([x, factor], [output]) {
    const [values, out] = [floats(x), floats(output)];
    const by = floats(factor)[0];
    for (let i = 0; i < out.length; i++) out[i] = values[i] * by;
  },
};

/** Σ over rows: x [T, D] → [D]. */
export function sumRows(x: Node): Node {
  return x.graph.apply(SUM_ROWS, [x], undefined);
}
/** Σ aᵢ·bᵢ: two vectors → [1]. A weighted loss is the dot of the losses and their weights. */
export function dot(a: Node, b: Node): Node {
  return a.graph.apply(DOT, [a, b], undefined);
}
/** x times the single element of `factor` [1]. */
export function multiplyBy(x: Node, factor: Node): Node {
  return x.graph.apply(MULTIPLY_BY, [x, factor], undefined);
}
