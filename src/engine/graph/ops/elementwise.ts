/**
 * Ops on single elements: sum, product, scaling. Operands have equal shapes; only `add_bias` repeats a vector over the
 * rows of a matrix.
 */
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, type Op } from "../op.ts";
import { sumRows } from "./reductions.ts";

type None = undefined;

export const ADD: Op<None> = {
  name: "add",
  infer([a, b]) {
    expectShape("add", "a second operand", b, a.shape);
    return { shape: a.shape, dtype: "F32" };
  },
  reference([a, b], [output]) {
    const [x, y, out] = [floats(a), floats(b), floats(output)];
    for (let i = 0; i < out.length; i++) out[i] = x[i] + y[i];
  },
  gradient: (_, dOut) => [dOut, dOut],
};

export const ADD_BIAS: Op<None> = {
  name: "add_bias",
  infer([x, bias]) {
    const [, columns] = expectRank("add_bias", "a matrix", x, 2);
    expectShape("add_bias", "a bias", bias, [columns]);
    return { shape: x.shape, dtype: "F32" };
  },
  reference([x, bias], [output]) {
    const [rows, b, out] = [floats(x), floats(bias), floats(output)];
    for (let i = 0; i < out.length; i++) out[i] = rows[i] + b[i % b.length];
  },
  gradient: (_, dOut) => [dOut, sumRows(dOut)],
};

export const MUL: Op<None> = {
  name: "mul",
  infer([a, b]) {
    expectShape("mul", "a second operand", b, a.shape);
    return { shape: a.shape, dtype: "F32" };
  },
  reference([a, b], [output]) {
    const [x, y, out] = [floats(a), floats(b), floats(output)];
    for (let i = 0; i < out.length; i++) out[i] = x[i] * y[i];
  },
  gradient: ({ inputs: [a, b] }, dOut) => [mul(dOut, b), mul(dOut, a)],
};

export const SCALE: Op<{ readonly factor: number }> = {
  name: "scale",
  infer: ([x]) => ({ shape: x.shape, dtype: "F32" }),
  reference([x], [output], { factor }) {
    const [values, out] = [floats(x), floats(output)];
    for (let i = 0; i < out.length; i++) out[i] = values[i] * factor;
  },
  gradient: (_, dOut, { factor }) => [scale(dOut, factor)],
};

/** x + y, of equal shapes. */
export function add(x: Node, y: Node): Node {
  return x.graph.apply(ADD, [x, y], undefined);
}
/** x [T, D] with bias [D] added to every row. */
export function addBias(x: Node, bias: Node): Node {
  return x.graph.apply(ADD_BIAS, [x, bias], undefined);
}
/** x ⊙ y, of equal shapes. */
export function mul(x: Node, y: Node): Node {
  return x.graph.apply(MUL, [x, y], undefined);
}
/** x · factor. */
export function scale(x: Node, factor: number): Node {
  return x.graph.apply(SCALE, [x], { factor });
}
