/**
 * matmul_q8: x · Wᵀ for activations of 8 bits (activation-blocks.ts) and quantised weights. An optional third input,
 * the residual stream, is added. The reference decodes the weights and sums in f64; kernels sum integers block by
 * block. Both multiply the same rounded activations, so they differ only in the order of additions.
 */
import { ShapeError } from "../../../base/errors.ts";
import { expectRank, expectShape } from "../graph.ts";
import { floats, type Op, rowReader } from "../op.ts";
import { activationRowBytes, decodeActivations } from "./activation-blocks.ts";

export const MATMUL_Q8: Op<undefined> = {
  name: "matmul_q8",
  infer([x, weight, residual]) {
    const [rows, rowBytes] = expectRank("matmul_q8", "activations", x, 2);
    const [outDim, inDim] = expectRank("matmul_q8", "a weight", weight, 2) as number[];
    if (x.dtype !== "I8" || rowBytes !== activationRowBytes(inDim)) {
      throw new ShapeError({
        doing: "apply matmul_q8",
        expected: `rounded activations of ${inDim} columns`,
        found: `${x.dtype} [${x.shape.join(", ")}]`,
      });
    }
    if (residual !== undefined) expectShape("matmul_q8", "a residual", residual, [rows, outDim]);
    return { shape: [rows, outDim], dtype: "F32" };
  },
  reference([x, weight, residual], [output]) {
    const [outDim, inDim] = weight.shape;
    const [rows, rowBytes] = x.shape;
    const out = floats(output);
    const rowOf = rowReader(weight);
    const inputs = Array.from({ length: rows }, (_, i) =>
      decodeActivations(x.data as Uint8Array, i * rowBytes, inDim),
    );
    for (let j = 0; j < outDim; j++) {
      const w = rowOf(j);
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        for (let c = 0; c < inDim; c++) sum += inputs[i][c] * w[c];
        out[i * outDim + j] = sum + (residual === undefined ? 0 : floats(residual)[i * outDim + j]);
      }
    }
  },
};
