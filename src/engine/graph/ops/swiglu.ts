/**
 * swiglu [SwiGLU]: silu(gate) ⊙ up, where silu(a) = a·σ(a). One backward op computes both gradients, so that the
 * sigmoid is computed once: dgate = g·up·σ·(1 + a·(1 − σ)), dup = g·silu(a).
 */
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, type Op } from "../op.ts";

export const SWIGLU: Op<undefined> = {
  name: "swiglu",
  infer([gate, up]) {
    expectRank("swiglu", "a matrix", gate, 2);
    expectShape("swiglu", "a second operand", up, gate.shape);
    return { shape: gate.shape, dtype: "F32" };
  },
  reference([gate, up], [output]) {
    const [a, b, out] = [floats(gate), floats(up), floats(output)];
    for (let i = 0; i < out.length; i++) out[i] = (a[i] / (1 + Math.exp(-a[i]))) * b[i];
  },
  gradient: ({ inputs: [gate, up] }, dOut) =>
    gate.graph.apply(SWIGLU_GRADIENT, [gate, up, dOut], undefined).outputs,
};

/** The gradients of gate and up. */
export const SWIGLU_GRADIENT: Op<undefined> = {
  name: "swiglu_gradient",
  infer([gate, up, dOut]) {
    expectRank("swiglu_gradient", "a matrix", gate, 2);
    expectShape("swiglu_gradient", "a second operand", up, gate.shape);
    expectShape("swiglu_gradient", "an output gradient", dOut, gate.shape);
    const spec = { shape: gate.shape, dtype: "F32" } as const;
    return [spec, spec];
  },
  reference([gate, up, dOut], [dGate, dUp]) {
    const [a, b, g] = [floats(gate), floats(up), floats(dOut)];
    const [da, db] = [floats(dGate), floats(dUp)];
    for (let i = 0; i < a.length; i++) {
      const sigmoid = 1 / (1 + Math.exp(-a[i]));
      da[i] = g[i] * b[i] * sigmoid * (1 + a[i] * (1 - sigmoid));
      db[i] = g[i] * a[i] * sigmoid;
    }
  },
};

/** silu(gate) ⊙ up: two [T, F] → [T, F]. */
export function swiglu(gate: Node, up: Node): Node {
  return gate.graph.apply(SWIGLU, [gate, up], undefined);
}
