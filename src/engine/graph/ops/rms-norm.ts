/**
 * rms_norm [RMSNorm]: y = w ⊙ x / sqrt(mean(x²) + ε), row by row, in the reference with f64 sums.
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
  gradient({ inputs: [x, weight] }, dOut, attributes) {
    const { graph } = x;
    return [
      graph.apply(RMS_NORM_DX, [x, weight, dOut], attributes),
      graph.apply(RMS_NORM_DW, [x, dOut], attributes),
    ];
  },
};

export const RMS_NORM_DX: Op<Attributes> = {
  name: "rms_norm_dx",
  infer([x, weight, dOut]) {
    checkOperands("rms_norm_dx", x, weight);
    expectShape("rms_norm_dx", "an output gradient", dOut, x.shape);
    return { shape: x.shape, dtype: "F32" };
  },
  reference([x, weight, dOut], [output], { eps }) {
    const [rows, columns] = x.shape;
    const [values, w, g, out] = [floats(x), floats(weight), floats(dOut), floats(output)];
    for (let i = 0; i < rows; i++) {
      const from = i * columns;
      const r = inverseRms(values, from, columns, eps);
      let product = 0;
      for (let j = 0; j < columns; j++) product += values[from + j] * g[from + j] * w[j];
      const pull = (r * r * r * product) / columns;
      for (let j = 0; j < columns; j++) out[from + j] = r * g[from + j] * w[j] - values[from + j] * pull;
    }
  },
};

export const RMS_NORM_DW: Op<Attributes> = {
  name: "rms_norm_dw",
  infer([x, dOut]) {
    const [, columns] = expectRank("rms_norm_dw", "a matrix", x, 2);
    expectShape("rms_norm_dw", "an output gradient", dOut, x.shape);
    return { shape: [columns], dtype: "F32" };
  },
  reference([x, dOut], [output], { eps }) {
    const [rows, columns] = x.shape;
    const [values, g] = [floats(x), floats(dOut)];
    const sums = new Float64Array(columns);
    for (let i = 0; i < rows; i++) {
      const from = i * columns;
      const r = inverseRms(values, from, columns, eps);
      for (let j = 0; j < columns; j++) sums[j] += g[from + j] * values[from + j] * r;
    }
    floats(output).set(sums);
  },
};

/** Normalises each row of x [T, D] and scales it by weight [D]. */
export function rmsNorm(x: Node, weight: Node, eps: number): Node {
  return x.graph.apply(RMS_NORM, [x, weight], { eps });
}
