/**
 * gated_product: x · Wᵀ whose columns are scaled by factors of each token's sequence, gates [B, R]:
 *
 *     out[t][r] = gates[s][r] · Σ_c x[t][c] · W[r][c]      s = sequences[t]
 *
 * With the down-projections of several low-rank adapters below one another in W, each text of a batch gets its own adapters,
 * at its own scales: a factor of 0 switches an adapter off, whatever it contains.
 */
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, integers, type Op } from "../op.ts";
import { MATMUL } from "./matmul.ts";

export const GATED_PRODUCT: Op<undefined> = {
  name: "gated_product",
  infer([x, weight, gates, sequences]) {
    const { shape } = MATMUL.infer([x, weight], { form: "NT", precision: "f32" }) as { shape: Node["shape"] };
    const [tokens, columns] = shape;
    const [count] = expectRank("gated_product", "gates", gates, 2);
    expectShape("gated_product", "gates", gates, [count, columns]);
    expectShape("gated_product", "sequences", sequences, [tokens]);
    return { shape, dtype: "F32" };
  },
  reference([x, weight, gates, sequences], [output]) {
    MATMUL.reference([x, weight], [output], { form: "NT", precision: "f32" });
    const [factors, owners, out] = [floats(gates), integers(sequences), floats(output)];
    const columns = gates.shape[1];
    owners.forEach((sequence, t) => {
      for (let r = 0; r < columns; r++) {
        const factor = factors[sequence * columns + r];
        out[t * columns + r] = factor === 0 ? 0 : out[t * columns + r] * factor;
      }
    });
  },
};

/** x [T, in] · W [R, in]ᵀ, with columns scaled by the gates [B, R] of each token's sequence [T]. */
export function gatedProduct(x: Node, weight: Node, gates: Node, sequences: Node): Node {
  return x.graph.apply(GATED_PRODUCT, [x, weight, gates, sequences], undefined);
}
