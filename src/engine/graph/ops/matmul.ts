/**
 * matmul: the product of two matrices, either of which may be read transposed. A linear layer is the form NT:
 * x [T, in] · W [out, in]ᵀ. The second operand may have any storage type. The product is added in place to an optional
 * third operand. The gradients of each form are products of the other forms, so the op is closed under differentiation.
 * With `precision` bf16 both operands are rounded to bf16 before they are multiplied; sums stay f32, and the gradients
 * are also products of bf16.
 */
import { ShapeError } from "../../../base/errors.ts";
import { bf16ToF32, f32ToBf16 } from "../../../base/half.ts";
import { type Dim, expectRank, expectShape, type Node } from "../graph.ts";
import { type FloatArray, floats, type Op, type Operand, rowReader } from "../op.ts";
import type { MatmulPrecision } from "./matmul-precision.ts";

/** N reads a matrix unchanged, T transposed: NN is A·B, NT is A·Bᵀ, TN is Aᵀ·B. */
export type MatmulForm = "NN" | "NT" | "TN";

export interface Attributes {
  readonly form: MatmulForm;
  readonly precision: MatmulPrecision;
}

function dims(a: Node, b: Node, form: MatmulForm): { m: Dim; n: Dim; k: Dim } {
  const [a0, a1] = expectRank("matmul", "a matrix", a, 2);
  const [b0, b1] = expectRank("matmul", "a matrix", b, 2);
  const [m, k] = form === "TN" ? [a1, a0] : [a0, a1];
  const [n, kOfB] = form === "NT" ? [b0, b1] : [b1, b0];
  if (k !== kOfB) {
    throw new ShapeError({
      doing: `apply matmul (${form})`,
      expected: `the same inner dim on both sides`,
      found: `[${a.shape.join(", ")}] and [${b.shape.join(", ")}]`,
    });
  }
  return { m, n, k };
}

/** Reads each row of W once and uses it for every row of x, so that quantised weights are decoded once per step. */
function productNT(a: Operand, b: Operand, out: FloatArray, before: number): void {
  const [m, k] = a.shape;
  const n = b.shape[0];
  const x = floats(a);
  const rowOfB = rowReader(b);
  for (let j = 0; j < n; j++) {
    const w = rowOfB(j);
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let c = 0, at = i * k; c < k; c++) sum += x[at + c] * w[c];
      out[i * n + j] = before * out[i * n + j] + sum;
    }
  }
}

/** Computes one row of the output at a time, as a sum of rows of B, each weighted by one element of A. */
function productN(a: Operand, b: Operand, out: FloatArray, before: number, transposed: boolean): void {
  const [k, n] = b.shape;
  const m = transposed ? a.shape[1] : a.shape[0];
  const x = floats(a);
  const rowOfB = rowReader(b);
  const sums = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    sums.fill(0);
    for (let c = 0; c < k; c++) {
      const weight = transposed ? x[c * m + i] : x[i * k + c];
      const row = rowOfB(c);
      for (let j = 0; j < n; j++) sums[j] += weight * row[j];
    }
    for (let j = 0; j < n; j++) out[i * n + j] = before * out[i * n + j] + sums[j];
  }
}

/** A matrix of any storage type with its elements rounded to bf16. */
function roundedToBf16(matrix: Operand): Operand {
  const [rows, columns] = matrix.shape;
  const rowOf = rowReader(matrix);
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    rowOf(row).forEach((value, i) => {
      data[row * columns + i] = bf16ToF32(f32ToBf16(value));
    });
  }
  return { dtype: "F32", shape: matrix.shape, data };
}

export const MATMUL: Op<Attributes> = {
  name: "matmul",
  writes: [2],
  infer([a, b, onto], { form }) {
    const { m, n } = dims(a, b, form);
    if (onto !== undefined) expectShape("matmul", "a matrix to add to", onto, [m, n]);
    return { shape: [m, n], dtype: "F32" };
  },
  reference([first, second, onto], [output], { form, precision }) {
    const [a, b] = precision === "bf16" ? [first, second].map(roundedToBf16) : [first, second];
    const out = floats(output);
    const before = onto === undefined ? 0 : 1;
    if (before === 0) out.fill(0);
    if (form === "NT") productNT(a, b, out, before);
    else productN(a, b, out, before, form === "TN");
  },
  gradient({ inputs: [a, b, onto] }, dOut, { form, precision }) {
    const product = (x: Node, y: Node, of: MatmulForm): Node => matmul(x, y, of, { precision });
    const ofSum = onto === undefined ? [] : [dOut];
    switch (form) {
      case "NN":
        return [product(dOut, b, "NT"), product(a, dOut, "TN"), ...ofSum];
      case "NT":
        return [product(dOut, b, "NN"), product(dOut, a, "TN"), ...ofSum];
      case "TN":
        return [product(b, dOut, "NT"), product(a, dOut, "NN"), ...ofSum];
    }
  },
};

export interface MatmulOptions {
  /** A matrix to which the product is added in place. */
  readonly onto?: Node | undefined;
  /** Default f32. */
  readonly precision?: MatmulPrecision | undefined;
}

/** Product of a and b in the given form. */
export function matmul(a: Node, b: Node, form: MatmulForm, options: MatmulOptions = {}): Node {
  const { onto, precision = "f32" } = options;
  return a.graph.apply(MATMUL, onto === undefined ? [a, b] : [a, b, onto], { form, precision });
}
