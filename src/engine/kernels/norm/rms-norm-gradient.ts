/**
 * rms_norm_gradient: dx = r·(g⊙w) − x·r³·mean(x⊙g⊙w) row by row, and dw = Σ over rows of g⊙x·r. For dw each task sums
 * its 32 rows, and a second phase adds these sums in the order of the tasks. Within 1e-6 of the reference, relative
 * to the greatest element.
 */
import { type Arguments, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Operand, Value } from "../../jit/language/core.ts";
import { allFloats } from "../elementwise/elementwise.ts";
import { f32, input, int, kernelRow, outputNumber, scratch } from "../launch.ts";
import { forEachPhasedTask, PHASED_PARAMETERS, phasedArguments } from "../phased-tasks.ts";
import { mostOf } from "../sizes.ts";
import { inverseRms } from "./rms-norm.ts";

const TASK_ROWS = 32;
const TASK_COLUMNS = 256;

const PARAMETERS = {
  x: "ptr",
  weight: "ptr",
  gradient: "ptr",
  dInput: "ptr",
  dWeight: "ptr",
  /** Sums of each task, [task][columns]. */
  sums: "ptr",
  ...PHASED_PARAMETERS,
  rows: "int",
  columns: "int",
  eps: "f32",
} as const;
type P = Arguments<typeof PARAMETERS>;

const floatsAt = (k: KernelBuilder, base: Operand<"ptr">, index: Operand<"int">): Value<"ptr"> =>
  k.offset(base, k.shl(index, 2));

/** Σ x·g·w of a row, in every lane. */
function weightedProduct(k: KernelBuilder, p: P, x: Operand<"ptr">, gradient: Operand<"ptr">): Value<"f32v"> {
  const sum = k.variable(k.constant("f32v", 0));
  k.vectorLoop(p.columns, (index, mask) => {
    const [values, w, g] = [x, p.weight, gradient].map((base) =>
      k.load("f32v", { base, index, scale: 4 }, { mask }),
    );
    sum.set(k.fma(k.mul(values, w), g, sum));
  });
  return k.splat(k.reduceAdd(sum));
}

function gradientOfRow(k: KernelBuilder, p: P, row: Operand<"int">, sums: Operand<"ptr">): void {
  const first = k.mul(row, p.columns);
  const x = k.variable(floatsAt(k, p.x, first));
  const gradient = k.variable(floatsAt(k, p.gradient, first));
  const dInput = k.variable(floatsAt(k, p.dInput, first));
  const r = inverseRms(
    k,
    x,
    () => p.columns,
    () => p.eps,
  );
  const mean = k.div(weightedProduct(k, p, x, gradient), k.splat(k.toF32(p.columns)));
  const pull = k.mul(k.mul(r, k.mul(r, r)), mean);
  k.vectorLoop(p.columns, (index, mask) => {
    const [values, w, g, sum] = [x, p.weight, gradient, sums].map((base) =>
      k.load("f32v", { base, index, scale: 4 }, { mask }),
    );
    const scaled = k.mul(g, r);
    k.store({ base: dInput, index, scale: 4 }, k.sub(k.mul(scaled, w), k.mul(values, pull)), { mask });
    k.store({ base: sums, index, scale: 4 }, k.fma(scaled, values, sum), { mask });
  });
}

/** Adds the sums of all tasks for the columns [start, start + count). */
function addSums(k: KernelBuilder, p: P, start: Operand<"int">, count: Operand<"int">): void {
  const out = k.variable(floatsAt(k, p.dWeight, start));
  const sums = k.variable(floatsAt(k, p.sums, start));
  const parts = k.variable(taskCount(k, p));
  const stride = k.variable(k.shl(p.columns, 2));
  k.vectorLoop(count, (index, mask) => {
    const total = k.variable(k.constant("f32v", 0));
    const at = k.variable(floatsAt(k, sums, index));
    k.loop(0, parts, 1, () => {
      total.set(k.add(total, k.load("f32v", at, { mask })));
      k.advance(at, stride);
    });
    k.store({ base: out, index, scale: 4 }, total, { mask });
  });
}

const taskCount = (k: KernelBuilder, p: P): Value<"int"> => k.div(k.add(p.rows, TASK_ROWS - 1), TASK_ROWS);

const KERNEL = kernel("rms_norm_gradient", PARAMETERS, (k, p) => {
  const columnTasks = k.div(k.add(p.columns, TASK_COLUMNS - 1), TASK_COLUMNS);
  forEachPhasedTask(k, p, k.add(taskCount(k, p), columnTasks), ({ number, waitFor }) => {
    const rowTasks = k.variable(taskCount(k, p));
    k.if(
      k.is(number, "<", rowTasks),
      () => {
        const sums = k.variable(floatsAt(k, p.sums, k.mul(number, p.columns)));
        k.vectorLoop(p.columns, (index, mask) => {
          k.store({ base: sums, index, scale: 4 }, k.constant("f32v", 0), { mask });
        });
        const from = k.mul(number, TASK_ROWS);
        const to = k.min(k.add(from, TASK_ROWS), p.rows);
        k.loop(from, to, 1, (row) => gradientOfRow(k, p, row, sums));
      },
      () => {
        waitFor(rowTasks);
        const start = k.mul(k.sub(number, rowTasks), TASK_COLUMNS);
        addSums(k, p, start, k.min(k.sub(p.columns, start), TASK_COLUMNS));
      },
    );
  });
});

export const RMS_NORM_GRADIENT_ROW = kernelRow({
  op: "rms_norm_gradient",
  launch(node) {
    if (!allFloats(node)) return undefined;
    const [rows, columns] = node.shape;
    const parts = Math.ceil(mostOf(node, rows) / TASK_ROWS);
    return {
      kernel: KERNEL,
      arguments: {
        x: input(0),
        weight: input(1),
        gradient: input(2),
        dInput: outputNumber(0),
        dWeight: outputNumber(1),
        sums: scratch(0, 4 * parts * mostOf(node, columns)),
        ...phasedArguments,
        rows: int(rows),
        columns: int(columns),
        eps: f32(node.attributes.eps),
      },
    };
  },
});
