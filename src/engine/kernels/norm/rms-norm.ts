import { type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Operand, Value } from "../../jit/language/core.ts";
import { allFloats, matrixSize } from "../elementwise/elementwise.ts";
import { f32, forEachTask, input, kernelRow, output, tasks } from "../launch.ts";

const ACCUMULATORS = 4;

/** r = 1 / √(mean(x²) + eps) of the row at `x`, in every lane. */
export function inverseRms(
  k: KernelBuilder,
  x: Operand<"ptr">,
  columns: () => Value<"int">,
  eps: () => Value<"f32">,
): Value<"f32v"> {
  const zero = k.constant("f32v", 0);
  const sums = Array.from({ length: ACCUMULATORS }, () => k.variable(zero));
  const step = k.lanes * ACCUMULATORS;
  const whole = k.and(columns(), -step);
  k.loop(0, whole, step, (index) => {
    sums.forEach((sum, i) => {
      const values = k.load("f32v", { base: x, index, scale: 4, disp: 4 * k.lanes * i });
      sum.set(k.fma(values, values, sum));
    });
  });
  const rest = k.offset(x, k.shl(whole, 2));
  k.vectorLoop(k.sub(columns(), whole), (index, mask) => {
    const values = k.load("f32v", { base: rest, index, scale: 4 }, { mask });
    sums[0].set(k.fma(values, values, sums[0]));
  });
  const total = k.reduceAdd(k.add(k.add(sums[0], sums[1]), k.add(sums[2], sums[3])));
  const mean = k.div(total, k.toF32(columns()));
  return k.splat(k.rsqrt(k.add(mean, eps())));
}

const KERNEL = kernel(
  "rms_norm",
  { x: "ptr", weight: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int", eps: "f32" },
  (k, p) => {
    forEachTask(k, p.tasks, p.rows, (row) => {
      const bytes = k.shl(k.mul(row, p.columns), 2);
      const [x, weight, out] = [k.offset(p.x, bytes), p.weight, k.offset(p.out, bytes)];
      const r = inverseRms(
        k,
        x,
        () => p.columns,
        () => p.eps,
      );
      k.vectorLoop(p.columns, (index, mask) => {
        const values = k.load("f32v", { base: x, index, scale: 4 }, { mask });
        const w = k.load("f32v", { base: weight, index, scale: 4 }, { mask });
        k.store({ base: out, index, scale: 4 }, k.mul(w, k.mul(values, r)), { mask });
      });
    });
  },
);

export const RMS_NORM_ROW = kernelRow({
  op: "rms_norm",
  launch(node) {
    if (!allFloats(node)) return undefined;
    return {
      kernel: KERNEL,
      arguments: {
        x: input(0),
        weight: input(1),
        out: output,
        tasks,
        ...matrixSize(node),
        eps: f32(node.attributes.eps),
      },
    };
  },
});
