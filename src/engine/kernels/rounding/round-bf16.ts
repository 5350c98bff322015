/** round_bf16: activations in bf16. Equals the reference bit for bit, except for which NaN it gives. */
import { kernel } from "../../jit/builder.ts";
import { allFloats, forEachChunk, matrixSize } from "../elementwise/elementwise.ts";
import { input, kernelRow, output, tasks } from "../launch.ts";

/** Elements that are rounded together: two vectors of any target. */
const GROUP = 32;

const KERNEL = kernel(
  "round_bf16",
  { x: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" },
  (k, p) => {
    forEachChunk(
      k,
      p.tasks,
      () => k.mul(p.rows, p.columns),
      (first, count) => {
        const from = k.variable(k.offset(p.x, k.shl(first, 2)));
        const to = k.variable(k.offset(p.out, k.shl(first, 1)));
        k.loop(0, count, GROUP, () => {
          for (let i = 0; i < GROUP; i += 2 * k.lanes) {
            const half = (upper: 0 | 1) => k.load("f32v", { base: from, disp: 4 * (i + upper * k.lanes) });
            k.store({ base: to, disp: 2 * i }, k.joinBf16(half(0), half(1)));
          }
          k.advance(from, 4 * GROUP);
          k.advance(to, 2 * GROUP);
        });
      },
    );
  },
);

export const ROUND_BF16_ROW = kernelRow({
  op: "round_bf16",
  launch(node) {
    const [, columns] = node.shape;
    if (!allFloats(node) || typeof columns !== "number" || columns % GROUP !== 0) return undefined;
    const size = matrixSize(node.inputs[0]);
    return { kernel: KERNEL, arguments: { x: input(0), out: output, tasks, ...size } };
  },
});
