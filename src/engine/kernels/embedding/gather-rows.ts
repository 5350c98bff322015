/**
 * gather_rows: out[i] = table[rows[i]], one row per task. Rows of F32, F16 and BF16 tables; rows of quantised tables
 * are decoded before the kernels start. Exact.
 */
import type { DType } from "../../../base/dtypes.ts";
import { type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Value } from "../../jit/language/core.ts";
import { forEachTask, input, int, kernelRow, output, tasks } from "../launch.ts";

type Load = (
  k: KernelBuilder,
  base: Value<"ptr">,
  index: Value<"int">,
  mask?: Value<"mask">,
) => Value<"f32v">;

const LOADS: Partial<Record<DType, { bytes: number; load: Load }>> = {
  F32: { bytes: 4, load: (k, base, index, mask) => k.load("f32v", { base, index, scale: 4 }, { mask }) },
  F16: {
    bytes: 2,
    load: (k, base, index, mask) => k.loadFloats("f16", { base, index, scale: 2 }, { mask }),
  },
  BF16: {
    bytes: 2,
    load: (k, base, index, mask) => k.loadFloats("bf16", { base, index, scale: 2 }, { mask }),
  },
};

const KERNELS = new Map(
  Object.entries(LOADS).map(([dtype, { bytes, load }]) => [
    dtype,
    kernel(
      `gather_rows_${dtype.toLowerCase()}`,
      { table: "ptr", rows: "ptr", out: "ptr", tasks: "ptr", count: "int", columns: "int" },
      (k, p) => {
        forEachTask(k, p.tasks, p.count, (task) => {
          const row = k.loadInt("i32", { base: p.rows, index: task, scale: 4 });
          const from = k.offset(p.table, k.mul(k.mul(row, p.columns), bytes));
          const to = k.offset(p.out, k.shl(k.mul(task, p.columns), 2));
          k.vectorLoop(p.columns, (index, mask) => {
            k.store({ base: to, index, scale: 4 }, load(k, from, index, mask), { mask });
          });
        });
      },
    ),
  ]),
);

export const GATHER_ROWS_ROW = kernelRow({
  op: "gather_rows",
  launch({ inputs: [table], shape: [count, columns] }) {
    const kernel = KERNELS.get(table.dtype);
    if (kernel === undefined) return undefined;
    return {
      kernel,
      arguments: {
        table: input(0),
        rows: input(1),
        out: output,
        tasks,
        count: int(count),
        columns: int(columns),
      },
    };
  },
});
