/**
 * decode_transposed: a weight W [out, in] of any storage type as floats, transposed: [in, out]. Backends lower products
 * x · W of the backward pass to it, so that weights need no second form in memory: the kernels read the packed weights of
 * the forward pass, and the floats of one weight exist only for one product.
 */
import { expectRank, type Node } from "../graph.ts";
import { floats, type Op, rowReader } from "../op.ts";

export const DECODE_TRANSPOSED: Op<undefined> = {
  name: "decode_transposed",
  infer([weight]) {
    const [rows, columns] = expectRank("decode_transposed", "a weight", weight, 2);
    return { shape: [columns, rows], dtype: "F32" };
  },
  reference([weight], [output]) {
    const [rows, columns] = weight.shape;
    const out = floats(output);
    const rowOf = rowReader(weight);
    for (let row = 0; row < rows; row++) {
      const values = rowOf(row);
      for (let column = 0; column < columns; column++) out[column * rows + row] = values[column];
    }
  },
};

/** W [out, in] → Wᵀ [in, out] as floats. */
export function decodeTransposed(weight: Node): Node {
  return weight.graph.apply(DECODE_TRANSPOSED, [weight], undefined);
}
