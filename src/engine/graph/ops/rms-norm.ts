/**
 * rms_norm [RMSNorm]: y = w ⊙ x / sqrt(mean(x²) + ε), row by row. The reference sums in f64.
 *
 * Backward, with r = 1 / sqrt(mean(x²) + ε) and g the gradient at y:
 *   dx = r·(g⊙w) − x·r³·mean(x⊙g⊙w)        dw = Σ over rows of g⊙x·r
 */
import { expectRank, expectShape, type Node } from "../graph.ts";
import { type FloatArray, floats, type Op } from "../op.ts";

export interface Attributes {
  readonly eps: number;
}

/** 1 / sqrt(mean(x²) + ε) of the row of `columns` elements at `from`. */
function inverseRms(x: FloatArray, from: number, columns: number, eps: number): number {
  let squares = 0;
  for (let j = 0; j < columns; j++) squares += x[from + j] * x[from + j];
  return 1 / Math.sqrt(squares / columns + eps);
}

function checkOperands(op: string, x: Node, weight: Node): void {
  const [, columns] = expectRank(op, "a matrix", x, 2);
  expectShape(op, "a weight", weight, [columns]);
}

export const RMS_NORM: Op<Attributes> = {
  name: "rms_norm",
  infer([x, weight]) {
    checkOperands("rms_norm", x, weight);
    return { shape: x.shape, dtype: "F32" };
  },
  reference([x, weight], [output], { eps }) {
    const [rows, columns] = x.shape;
    const [values, w, out] = [floats(x), floats(weight), floats(output)];
    for (let i = 0; i < rows; i++) {
      const from = i * columns;
      const r = inverseRms(values, from, columns, eps);
      for (let j = 0; j < columns; j++) out[from + j] = w[j] * (values[from + j] * r);
    }
  },
  gradient: ({ inputs: [x, weight] }, dOut, attributes) =>
    x.graph.apply(RMS_NORM_GRADIENT, [x, weight, dOut], attributes).outputs,
};

/** The gradients of x and of the weight. */
export const RMS_NORM_GRADIENT: Op<Attributes> = {
  name: "rms_norm_gradient",
  infer([x, weight, dOut]) {
    checkOperands("rms_norm_gradient", x, weight);
    expectShape("rms_norm_gradient", "an output gradient", dOut, x.shape);
    return [x, weight].map(({ shape }) => ({ shape, dtype: "F32" }));
  },
  reference([x, weight, dOut], [dInput, dWeight], { eps }) {
    const [rows, columns] = x.shape;
    const [values, w, g, dx] = [floats(x), floats(weight), floats(dOut), floats(dInput)];
    const sums = new Float64Array(columns);
    for (let i = 0; i < rows; i++) {
      const from = i * columns;
      const r = inverseRms(values, from, columns, eps);
      let product = 0;
      for (let j = 0; j < columns; j++) {
        product += values[from + j] * g[from + j] * w[j];
        sums[j] += g[from + j] * values[from + j] * r;
      }
      const pull = (r * r * r * product) / columns;
      for (let j = 0; j < columns; j++) dx[from + j] = r * g[from + j] * w[j] - values[from + j] * pull;
    }
    floats(dWeight).set(sums);
  },
};

/** Normalises each row of x [T, D] and scales it by weight [D]. */
export function rmsNorm(x: Node, weight: Node, eps: number): Node {
  return x.graph.apply(RMS_NORM, [x, weight], { eps });
}
