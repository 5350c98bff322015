/**
 * gather_rows: rows of a matrix by number: token embeddings, or the rows whose logits are wanted. scatter_add_rows is
 * its gradient: each row of the gradient is added to the row that it was taken from, in the order of the rows; to
 * zeros, or in place to a given matrix.
 */
import { DtypeError } from "../../../base/errors.ts";
import { type Dim, expectRank, expectShape, type Node } from "../graph.ts";
import { floats, integers, type Op, rowReader } from "../op.ts";

function expectIndices(op: string, node: Node): Dim {
  const [count] = expectRank(op, "row numbers", node, 1);
  if (node.dtype === "I32") return count;
  throw new DtypeError({ doing: `apply ${op}`, expected: "row numbers of type I32", found: node.dtype });
}

export const GATHER_ROWS: Op<undefined> = {
  name: "gather_rows",
  infer([table, rows]) {
    const [, columns] = expectRank("gather_rows", "a matrix", table, 2);
    return { shape: [expectIndices("gather_rows", rows), columns], dtype: "F32" };
  },
  reference([table, rows], [output]) {
    const readRow = rowReader(table);
    const columns = table.shape[1];
    const out = floats(output);
    integers(rows).forEach((row, i) => {
      out.set(readRow(row), i * columns);
    });
  },
  gradient: ({ inputs: [table, rows] }, dOut) => [
    table.graph.apply(SCATTER_ADD_ROWS, [dOut, rows], { rows: table.shape[0] }),
    undefined,
  ],
};

export const SCATTER_ADD_ROWS: Op<{ readonly rows: Dim }> = {
  name: "scatter_add_rows",
  writes: [2],
  infer([x, rows, onto], attributes) {
    const [, columns] = expectRank("scatter_add_rows", "a matrix", x, 2);
    expectIndices("scatter_add_rows", rows);
    const shape = [attributes.rows, columns];
    if (onto !== undefined) expectShape("scatter_add_rows", "a matrix to add to", onto, shape);
    return { shape, dtype: "F32" };
  },
  reference([x, rows, onto], [output]) {
    const columns = x.shape[1];
    const [values, out] = [floats(x), floats(output)];
    if (onto === undefined) out.fill(0);
    integers(rows).forEach((row, i) => {
      for (let j = 0; j < columns; j++) out[row * columns + j] += values[i * columns + j];
    });
  },
};

/** table [V, D] at rows [T] → [T, D]. The caller's input node states the range of the row numbers. */
export function gatherRows(table: Node, rows: Node): Node {
  return table.graph.apply(GATHER_ROWS, [table, rows], undefined);
}
