/**
 * swiglu [SwiGLU]: silu(gate) ⊙ up, where silu(a) = a·σ(a). Its backward is one op with both gradients side by
 * side, so that the sigmoid is computed once: dgate = g·up·σ·(1 + a·(1 − σ)), dup = g·silu(a).
 */
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, type Op } from "../op.ts";
import { sliceColumns } from "./slice-columns.ts";

export const SWIGLU: Op<undefined> = {
  name: "swiglu",
  infer([gate, up]) {
    expectRank("swiglu", "a matrix", gate, 2);
    expectShape("swiglu", "a second operand", up, gate.shape);
    return { shape: gate.shape, dtype: "F32" };
  },
  reference([gate, up], output) {
    const [a, b, out] = [floats(gate), floats(up), floats(output)];
    for (let i = 0; i < out.length; i++) out[i] = (a[i] / (1 + Math.exp(-a[i]))) * b[i];
  },
  gradient({ inputs: [gate, up] }, dOut) {
    const columns = gate.shape[1] as number;
    const both = gate.graph.apply(SWIGLU_GRADIENT, [gate, up, dOut], undefined);
    return [sliceColumns(both, 0, columns), sliceColumns(both, columns, columns)];
  },
};

/** [T, 2F]: the gradient of gate in the first F columns, that of up in the rest. */
export const SWIGLU_GRADIENT: Op<undefined> = {
  name: "swiglu_gradient",
  infer([gate, up, dOut]) {
    const [rows, columns] = expectRank("swiglu_gradient", "a matrix", gate, 2);
    expectShape("swiglu_gradient", "a second operand", up, gate.shape);
    expectShape("swiglu_gradient", "an output gradient", dOut, gate.shape);
    return { shape: [rows, 2 * (columns as number)], dtype: "F32" };
  },
  reference([gate, up, dOut], output) {
    const [rows, columns] = gate.shape;
    const [a, b, g, out] = [floats(gate), floats(up), floats(dOut), floats(output)];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const at = i * columns + j;
        const sigmoid = 1 / (1 + Math.exp(-a[at]));
        out[2 * i * columns + j] = g[at] * b[at] * sigmoid * (1 + a[at] * (1 - sigmoid));
        out[(2 * i + 1) * columns + j] = g[at] * a[at] * sigmoid;
      }
    }
  },
};

/** silu(gate) ⊙ up: two [T, F] → [T, F]. */
export function swiglu(gate: Node, up: Node): Node {
  return gate.graph.apply(SWIGLU, [gate, up], undefined);
}
