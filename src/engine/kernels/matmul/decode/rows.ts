/** Decodes float weights as they are in the file, transposed. Exact. */
import { type Kernel, kernel } from "../../../jit/builder.ts";
import { forEachTask, input, int, type Launch, oneForEach, output, tasks } from "../../launch.ts";
import type { FloatType } from "../float/panels.ts";
import { transpose } from "../layout/transpose.ts";

const PARAMETERS = { weight: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" } as const;

/**
 * A task is as many rows as a vector has lanes; the last one begins early enough to be complete, if there are
 * so many. Columns are a multiple of the lanes (`readsRows`).
 */
const rowsKernel = oneForEach((type: FloatType): Kernel => {
  return kernel(`decode_${type.dtype.toLowerCase()}_rows`, PARAMETERS, (k, p) => {
    const vectorBytes = type.bytes * k.lanes;
    const rowBytes = () => k.mul(p.columns, type.bytes);
    forEachTask(k, p.tasks, k.div(k.add(p.rows, k.lanes - 1), k.lanes), (task) => {
      const start = k.mul(task, k.lanes);
      const first = k.max(k.min(start, k.sub(p.rows, k.lanes)), 0);
      const mask = k.firstLanes(p.rows);
      const from = k.variable(k.offset(p.weight, k.mul(first, rowBytes())));
      const to = k.variable(k.offset(p.out, k.shl(first, 2)));
      const stride = k.variable(rowBytes());
      const last = k.variable(k.min(k.sub(p.rows, 1), k.lanes - 1));
      k.loop(0, p.columns, k.lanes, () => {
        const rows = Array.from({ length: k.lanes }, (_, row) => {
          // Rows that a small weight lacks repeat its last one; they are not stored.
          const at = k.offset(from, k.mul(stride, k.min(last, row)));
          return k.as("i32v", type.load(k, { base: at, disp: 0 }));
        });
        for (const column of transpose(k, rows, k.lanes)) {
          k.store(to, column, { mask });
          k.advance(to, k.shl(p.rows, 2));
        }
        k.advance(from, vectorBytes);
      });
    });
  }) as unknown as Kernel;
});

export function rowsDecoding(type: FloatType, rows: number, columns: number): Launch {
  return {
    kernel: rowsKernel(type),
    arguments: { weight: input(0), out: output, tasks, rows: int(rows), columns: int(columns) },
  };
}
