/**
 * Reads and writes ranges of rows of a matrix, or of elements of a vector. With these a computation can process its
 * rows piece by piece, so that a large result never exists as a whole.
 */
import { ShapeError } from "../../../base/errors.ts";
import type { Node, Shape } from "../graph.ts";
import type { Op, Operand } from "../op.ts";

export interface RowRange {
  /** First row. */
  readonly from: number;
  readonly rows: number;
}

function checkRange(op: string, whole: Shape, { from, rows }: RowRange): void {
  if (typeof whole[0] === "number" && from >= 0 && rows >= 0 && from + rows <= whole[0]) return;
  throw new ShapeError({
    doing: `apply ${op}`,
    expected: `at least ${from + rows} rows`,
    found: `shape [${whole.join(", ")}]`,
  });
}

/** The elements of a range of rows. */
function part({ data, shape }: Operand, { from, rows }: RowRange) {
  const width = shape.slice(1).reduce((product, dim) => product * dim, 1);
  return data.subarray(from * width, (from + rows) * width);
}

export const SLICE_ROWS: Op<RowRange> = {
  name: "slice_rows",
  infer([x], range) {
    checkRange("slice_rows", x.shape, range);
    return { shape: [range.rows, ...x.shape.slice(1)], dtype: x.dtype };
  },
  reference: ([x], [output], range) => output.data.set(part(x, range)),
};

export const WRITE_ROWS: Op<{ readonly from: number }> = {
  name: "write_rows",
  writes: [0],
  infer([whole, rows], { from }) {
    checkRange("write_rows", whole.shape, { from, rows: rows.shape[0] as number });
    return { shape: whole.shape, dtype: whole.dtype };
  },
  reference: ([, rows], [output], { from }) => part(output, { from, rows: rows.shape[0] }).set(rows.data),
};

/** Rows [from, from + rows) of x [T, …]. */
export function sliceRows(x: Node, from: number, rows: number): Node {
  return x.graph.apply(SLICE_ROWS, [x], { from, rows });
}

/** Writes `rows` into `whole` from row `from` on, in place. */
export function writeRows(whole: Node, rows: Node, from: number): Node {
  return whole.graph.apply(WRITE_ROWS, [whole, rows], { from });
}
