/**
 * scatter_add_rows: the gradient of an embedding table. A task takes some columns of the whole table, so one thread
 * sums every element, in the order of the rows. Equal to f32 sums in that order.
 */
import { kernel } from "../../jit/builder.ts";
import { forEachTask, input, int, kernelRow, output, tasks } from "../launch.ts";

/** Columns of a task: a few cache lines of each row. */
const TASK_COLUMNS = 64;

const KERNEL = kernel(
  "scatter_add_rows",
  {
    x: "ptr",
    rows: "ptr",
    out: "ptr",
    tasks: "ptr",
    count: "int",
    columns: "int",
    tableRows: "int",
    /** 1 if the sums are added to the output. */
    adds: "int",
  },
  (k, p) => {
    forEachTask(k, p.tasks, k.div(k.add(p.columns, TASK_COLUMNS - 1), TASK_COLUMNS), (task) => {
      const start = k.mul(task, TASK_COLUMNS);
      const width = k.variable(k.min(k.sub(p.columns, start), TASK_COLUMNS));
      const out = k.variable(k.offset(p.out, k.shl(start, 2)));
      const x = k.variable(k.offset(p.x, k.shl(start, 2)));
      const rows = k.variable(p.rows);
      const stride = k.variable(k.shl(p.columns, 2));
      k.if(k.is(p.adds, "==", 0), () => {
        const at = k.variable(out);
        k.loop(0, p.tableRows, 1, () => {
          k.vectorLoop(width, (index, mask) =>
            k.store({ base: at, index, scale: 4 }, k.constant("f32v", 0), { mask }),
          );
          k.advance(at, stride);
        });
      });
      k.loop(0, p.count, 1, (i) => {
        const row = k.loadInt("i32", { base: rows, index: i, scale: 4 });
        const at = k.variable(k.offset(out, k.mul(row, stride)));
        k.vectorLoop(width, (index, mask) => {
          const place = { base: at, index, scale: 4 } as const;
          const added = k.load("f32v", { base: x, index, scale: 4 }, { mask });
          k.store(place, k.add(k.load("f32v", place, { mask }), added), { mask });
        });
        k.advance(x, stride);
      });
    });
  },
);

export const SCATTER_ADD_ROWS_ROW = kernelRow({
  op: "scatter_add_rows",
  launch({ inputs: [x, , onto], shape: [tableRows, columns] }) {
    if (x.dtype !== "F32") return undefined;
    return {
      kernel: KERNEL,
      arguments: {
        x: input(0),
        rows: input(1),
        out: output,
        tasks,
        count: int(x.shape[0]),
        columns: int(columns),
        tableRows: int(tableRows),
        adds: int(onto === undefined ? 0 : 1),
      },
    };
  },
});
