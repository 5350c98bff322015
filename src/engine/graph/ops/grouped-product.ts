/**
 * grouped_product: adds products of groups of columns to a matrix in place. Each token's sequence has a factor for every
 * group, gates [B, G]:
 *
 *     out[t][r] = onto[t][r] + Σ_g gates[s][g] · Σ_{c in group g} x[t][c] · W[r][c]      s = sequences[t]
 *
 * Groups are columns one after another. With the up-projections of several low-rank adapters side by side in W, each text of
 * a batch gets its own adapters, at its own scales: a factor of 0 switches an adapter off, whatever it contains.
 */
import { ShapeError } from "../../../base/errors.ts";
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, integers, type Op, rowReader } from "../op.ts";

export interface GroupedProductAttributes {
  /** Columns of each group. */
  readonly ranks: readonly number[];
}

export const GROUPED_PRODUCT: Op<GroupedProductAttributes> = {
  name: "grouped_product",
  writes: [2],
  infer([x, weight, onto, gates, sequences], { ranks }) {
    const [tokens] = expectRank("grouped_product", "x", x, 2);
    const [rows] = expectRank("grouped_product", "a weight", weight, 2);
    const [count] = expectRank("grouped_product", "gates", gates, 2);
    const columns = ranks.reduce((sum, rank) => sum + rank, 0);
    expectShape("grouped_product", "x", x, [tokens, columns]);
    expectShape("grouped_product", "a weight", weight, [rows, columns]);
    expectShape("grouped_product", "a matrix to add to", onto, [tokens, rows]);
    expectShape("grouped_product", "gates", gates, [count, ranks.length]);
    expectShape("grouped_product", "sequences", sequences, [tokens]);
    if (columns === 0)
      throw new ShapeError({ doing: "apply grouped_product", expected: "columns", found: "none" });
    return { shape: [tokens, rows], dtype: "F32" };
  },
  reference([x, weight, , gates, sequences], [output], { ranks }) {
    const [values, factors, owners, out] = [floats(x), floats(gates), integers(sequences), floats(output)];
    const [rows, columns] = weight.shape;
    const rowOf = rowReader(weight);
    for (let row = 0; row < rows; row++) {
      const w = rowOf(row);
      owners.forEach((sequence, t) => {
        let [sum, column] = [0, 0];
        ranks.forEach((rank, group) => {
          const factor = factors[sequence * ranks.length + group];
          const end = column + rank;
          for (; factor !== 0 && column < end; column++)
            sum += factor * values[t * columns + column] * w[column];
          column = end;
        });
        out[t * rows + row] += sum;
      });
    }
  },
};

/** onto [T, out] + x [T, R] · W [out, R]ᵀ by groups of columns, scaled by the gates [B, G] of each token's sequence [T]. */
export function groupedProduct(
  x: Node,
  weight: Node,
  onto: Node,
  gates: Node,
  sequences: Node,
  ranks: readonly number[],
): Node {
  return x.graph.apply(GROUPED_PRODUCT, [x, weight, onto, gates, sequences], { ranks });
}
