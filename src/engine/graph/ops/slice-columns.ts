/** slice_columns: some neighbouring columns of a matrix. pad_columns is its gradient: zeros around them. */
import { ShapeError } from "../../../base/errors.ts";
import { expectRank, type Node } from "../graph.ts";
import { floats, type Op } from "../op.ts";

export interface Attributes {
  /** First column. */
  readonly from: number;
  /** Number of columns of the result. */
  readonly columns: number;
}

export const SLICE_COLUMNS: Op<Attributes> = {
  name: "slice_columns",
  infer([x], { from, columns }) {
    const [rows, width] = expectRank("slice_columns", "a matrix", x, 2);
    if (typeof width === "number" && from + columns <= width) return { shape: [rows, columns], dtype: "F32" };
    throw new ShapeError({
      doing: "apply slice_columns",
      expected: `at least ${from + columns} columns`,
      found: `${width}`,
    });
  },
  reference([x], output, { from, columns }) {
    const [rows, width] = x.shape;
    const [values, out] = [floats(x), floats(output)];
    for (let i = 0; i < rows; i++) {
      out.set(values.subarray(i * width + from, i * width + from + columns), i * columns);
    }
  },
  gradient: ({ inputs: [x] }, dOut, { from }) => [
    x.graph.apply(PAD_COLUMNS, [dOut], { from, columns: x.shape[1] as number }),
  ],
};

export const PAD_COLUMNS: Op<Attributes> = {
  name: "pad_columns",
  infer([x], { from, columns }) {
    const [rows, width] = expectRank("pad_columns", "a matrix", x, 2);
    if (typeof width === "number" && from + width <= columns) return { shape: [rows, columns], dtype: "F32" };
    throw new ShapeError({
      doing: "apply pad_columns",
      expected: `at most ${columns - from} columns`,
      found: `${width}`,
    });
  },
  reference([x], output, { from, columns }) {
    const [rows, width] = x.shape;
    const [values, out] = [floats(x), floats(output)];
    out.fill(0);
    for (let i = 0; i < rows; i++) out.set(values.subarray(i * width, (i + 1) * width), i * columns + from);
  },
};

/** Columns [from, from + columns) of x [T, D]. */
export function sliceColumns(x: Node, from: number, columns: number): Node {
  return x.graph.apply(SLICE_COLUMNS, [x], { from, columns });
}
