/** sum_rows: the gradient of a bias. A task is some columns; each is summed over the rows in order. */
import { kernel } from "../../jit/builder.ts";
import { allFloats } from "../elementwise/elementwise.ts";
import { forEachTask, input, int, kernelRow, output, tasks } from "../launch.ts";

const TASK_COLUMNS = 64;

const KERNEL = kernel(
  "sum_rows",
  { x: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" },
  (k, p) => {
    forEachTask(k, p.tasks, k.div(k.add(p.columns, TASK_COLUMNS - 1), TASK_COLUMNS), (task) => {
      const start = k.mul(task, TASK_COLUMNS);
      const x = k.variable(k.offset(p.x, k.shl(start, 2)));
      const out = k.variable(k.offset(p.out, k.shl(start, 2)));
      const stride = k.variable(k.shl(p.columns, 2));
      const rows = k.variable(p.rows);
      k.vectorLoop(k.min(k.sub(p.columns, start), TASK_COLUMNS), (index, mask) => {
        const sum = k.variable(k.constant("f32v", 0));
        const at = k.variable(k.offset(x, k.shl(index, 2)));
        k.loop(0, rows, 1, () => {
          sum.set(k.add(sum, k.load("f32v", at, { mask })));
          k.advance(at, stride);
        });
        k.store({ base: out, index, scale: 4 }, sum, { mask });
      });
    });
  },
);

export const SUM_ROWS_ROW = kernelRow({
  op: "sum_rows",
  launch(node) {
    if (!allFloats(node)) return undefined;
    const [rows, columns] = node.inputs[0].shape;
    const size = { rows: int(rows), columns: int(columns) };
    return { kernel: KERNEL, arguments: { x: input(0), out: output, tasks, ...size } };
  },
});
