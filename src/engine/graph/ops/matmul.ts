/**
 * matmul: the product of two matrices, either of them read transposed. A linear layer is the form NT:
 * x [T, in] · W [out, in]ᵀ. The second operand may have any storage type. A third operand is a matrix that the product is
 * added to, in place. The gradient of each form is made of the other forms, so the op is closed under differentiation.
 */
import { ShapeError } from "../../../base/errors.ts";
import { type Dim, expectRank, expectShape, type Node } from "../graph.ts";
import { type FloatArray, floats, type Op, type Operand, rowReader } from "../op.ts";

/** N reads a matrix as it is, T transposed: NN is A·B, NT is A·Bᵀ, TN is Aᵀ·B. */
export type MatmulForm = "NN" | "NT" | "TN";

export interface Attributes {
  readonly form: MatmulForm;
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

/** Rows of W are read once and used for every row of x, so that quantised weights are decoded once a step. */
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

/** One row of the output at a time: the sum of rows of B, each weighted by one element of A. */
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

export const MATMUL: Op<Attributes> = {
  name: "matmul",
  writes: [2],
  infer([a, b, onto], { form }) {
    const { m, n } = dims(a, b, form);
    if (onto !== undefined) expectShape("matmul", "a matrix to add to", onto, [m, n]);
    return { shape: [m, n], dtype: "F32" };
  },
  reference([a, b, onto], [output], { form }) {
    const out = floats(output);
    const before = onto === undefined ? 0 : 1;
    if (before === 0) out.fill(0);
    if (form === "NT") productNT(a, b, out, before);
    else productN(a, b, out, before, form === "TN");
  },
  gradient({ inputs: [a, b, onto] }, dOut, { form }) {
    const ofSum = onto === undefined ? [] : [dOut];
    switch (form) {
      case "NN":
        return [matmul(dOut, b, "NT"), matmul(a, dOut, "TN"), ...ofSum];
      case "NT":
        return [matmul(dOut, b, "NN"), matmul(dOut, a, "TN"), ...ofSum];
      case "TN":
        return [matmul(b, dOut, "NT"), matmul(a, dOut, "NN"), ...ofSum];
    }
  },
};

/** Product of a and b in the given form; added to `onto`, whose memory it takes, if there is one. */
export function matmul(a: Node, b: Node, form: MatmulForm, onto?: Node): Node {
  return a.graph.apply(MATMUL, onto === undefined ? [a, b] : [a, b, onto], { form });
}
