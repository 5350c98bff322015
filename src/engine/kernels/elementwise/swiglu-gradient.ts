/**
 * swiglu_gradient: dgate = g·up·σ·(1 + a·(1 − σ)) and dup = g·a·σ, with a the gate and σ = 1 / (1 + e^−a), over a whole
 * matrix in chunks. Within 1e-6 of the reference.
 */
import { kernel } from "../../jit/builder.ts";
import { input, kernelRow, outputNumber, tasks } from "../launch.ts";
import { allFloats, forEachChunk, matrixSize } from "./elementwise.ts";

const KERNEL = kernel(
  "swiglu_gradient",
  {
    gate: "ptr",
    up: "ptr",
    gradient: "ptr",
    dGate: "ptr",
    dUp: "ptr",
    tasks: "ptr",
    rows: "int",
    columns: "int",
  },
  (k, p) => {
    forEachChunk(
      k,
      p.tasks,
      () => k.mul(p.rows, p.columns),
      (first, count) => {
        const bytes = k.variable(k.shl(first, 2));
        const places = [p.gate, p.up, p.gradient, p.dGate, p.dUp].map((base) =>
          k.variable(k.offset(base, bytes)),
        );
        const [gate, up, gradient, dGate, dUp] = places;
        k.vectorLoop(count, (index, mask) => {
          const [a, b, g] = [gate, up, gradient].map((base) =>
            k.load("f32v", { base, index, scale: 4 }, { mask }),
          );
          const sigmoid = k.div(k.constant("f32v", 1), k.add(k.exp(k.neg(a)), 1));
          const pulled = k.mul(g, sigmoid);
          const slope = k.add(k.mul(a, k.sub(k.constant("f32v", 1), sigmoid)), 1);
          k.store({ base: dGate, index, scale: 4 }, k.mul(k.mul(pulled, b), slope), { mask });
          k.store({ base: dUp, index, scale: 4 }, k.mul(pulled, a), { mask });
        });
      },
    );
  },
);

export const SWIGLU_GRADIENT_ROW = kernelRow({
  op: "swiglu_gradient",
  launch(node) {
    if (!allFloats(node)) return undefined;
    return {
      kernel: KERNEL,
      arguments: {
        gate: input(0),
        up: input(1),
        gradient: input(2),
        dGate: outputNumber(0),
        dUp: outputNumber(1),
        tasks,
        ...matrixSize(node),
      },
    };
  },
});
