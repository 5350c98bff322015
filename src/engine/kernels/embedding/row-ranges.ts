/** slice_rows and write_rows: neighbouring rows are contiguous in memory and are copied in chunks. Exact. */
import type { Node } from "../../graph/graph.ts";
import { kernel } from "../../jit/builder.ts";
import { forEachChunk } from "../elementwise/elementwise.ts";
import { input, int, type KernelRow, kernelRow, output, tasks } from "../launch.ts";

const KERNEL = kernel(
  "copy_rows",
  {
    from: "ptr",
    to: "ptr",
    tasks: "ptr",
    /** First element to copy in the source, and its place in the target. */
    fromFirst: "int",
    toFirst: "int",
    count: "int",
  },
  (k, p) => {
    forEachChunk(
      k,
      p.tasks,
      () => p.count,
      (first, count) => {
        const from = k.variable(k.offset(p.from, k.shl(k.add(p.fromFirst, first), 2)));
        const to = k.variable(k.offset(p.to, k.shl(k.add(p.toFirst, first), 2)));
        k.vectorLoop(count, (index, mask) => {
          const values = k.load("i32v", { base: from, index, scale: 4 }, { mask });
          k.store({ base: to, index, scale: 4 }, values, { mask });
        });
      },
    );
  },
);

/** Elements of a row, if they have 32 bits and their count is fixed. */
function rowElements({ shape, dtype }: Node): number | undefined {
  if (dtype !== "F32" && dtype !== "I32") return undefined;
  let product = 1;
  for (const dim of shape.slice(1)) {
    if (typeof dim !== "number") return undefined;
    product *= dim;
  }
  return product;
}

export const ROW_RANGE_ROWS: readonly KernelRow[] = [
  kernelRow({
    op: "slice_rows",
    launch(node) {
      const width = rowElements(node);
      if (width === undefined) return undefined;
      const { from, rows } = node.attributes;
      const places = { fromFirst: int(from * width), toFirst: int(0), count: int(rows * width) };
      return { kernel: KERNEL, arguments: { from: input(0), to: output, tasks, ...places } };
    },
  }),
  kernelRow({
    op: "write_rows",
    launch(node) {
      const width = rowElements(node);
      const [rows] = node.inputs[1].shape;
      if (width === undefined || typeof rows !== "number") return undefined;
      const places = {
        fromFirst: int(0),
        toFirst: int(node.attributes.from * width),
        count: int(rows * width),
      };
      return { kernel: KERNEL, arguments: { from: input(1), to: output, tasks, ...places } };
    },
  }),
];
