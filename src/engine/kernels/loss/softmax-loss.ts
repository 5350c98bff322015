/**
 * The losses of rows of logits, −ln softmax(x)[target], and their gradients (softmax(x) − onehot(target))·weight:
 * separately, or both at once with the gradients in place of the logits. A task is a row. Losses are within 2e-6 of the
 * reference, relative to the greatest logit of the row; gradients within 2e-6 of the row's weight.
 */
import type { Node } from "../../graph/graph.ts";
import { type Arguments, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Operand, Value } from "../../jit/language/core.ts";
import { forEachTask, input, int, type KernelRow, kernelRow, outputNumber, tasks } from "../launch.ts";
import { addToElement, type FloatRow, floatRow, greatest, sumOfExponentials } from "./softmax-rows.ts";

const PARAMETERS = {
  logits: "ptr",
  targets: "ptr",
  tasks: "ptr",
  rows: "int",
  columns: "int",
} as const;
type P = Arguments<typeof PARAMETERS>;

const elementAt = (base: Operand<"ptr">, index: Operand<"int">) => ({ base, index, scale: 4 }) as const;

function targetOf(k: KernelBuilder, p: P, row: Operand<"int">): Value<"int"> {
  return k.loadInt("i32", elementAt(p.targets, row));
}

/** ln Σ e^(x − most) + most − x[target] */
function lossOf(
  k: KernelBuilder,
  of: { readonly sum: Operand<"f32v">; readonly most: Operand<"f32v">; readonly ofTarget: Operand<"f32v"> },
): Value<"f32"> {
  return k.lane0(k.add(k.log(of.sum), k.sub(of.most, of.ofTarget)));
}

/** Turns exponentials into the gradient: multiplies each by weight / sum and subtracts the weight at the target. */
function scaleRow(
  row: FloatRow,
  { sum, weight, target }: { sum: Operand<"f32v">; weight: Operand<"f32v">; target: Operand<"int"> },
): void {
  const { k, at, columns } = row;
  const factor = k.variable(k.div(weight, sum));
  k.vectorLoop(columns, (index, mask) => {
    const place = elementAt(at, index);
    k.store(place, k.mul(k.load("f32v", place, { mask }), factor), { mask });
  });
  addToElement(row, target, k.neg(k.lane0(weight)));
}

const CROSS_ENTROPY = kernel("cross_entropy", { ...PARAMETERS, losses: "ptr" }, (k, p) => {
  forEachTask(k, p.tasks, p.rows, (task) => {
    const row = floatRow(k, p.logits, task, p.columns);
    const most = k.variable(greatest(row));
    const sum = k.variable(sumOfExponentials(row, most));
    const ofTarget = k.broadcastF32(elementAt(row.at, targetOf(k, p, task)));
    k.storeF32(elementAt(p.losses, task), lossOf(k, { sum, most, ofTarget }));
  });
});

const CROSS_ENTROPY_GRADIENT = kernel(
  "cross_entropy_gradient",
  { ...PARAMETERS, weights: "ptr", out: "ptr" },
  (k, p) => {
    forEachTask(k, p.tasks, p.rows, (task) => {
      const row = floatRow(k, p.logits, task, p.columns);
      const out = floatRow(k, p.out, task, p.columns);
      const most = k.variable(greatest(row));
      const sum = sumOfExponentials(row, most, (exponentials, index, mask) =>
        k.store(elementAt(out.at, index), exponentials, { mask }),
      );
      const weight = k.variable(k.broadcastF32(elementAt(p.weights, task)));
      scaleRow(out, { sum, weight, target: targetOf(k, p, task) });
    });
  },
);

const SOFTMAX_LOSS = kernel("softmax_loss", { ...PARAMETERS, weights: "ptr", losses: "ptr" }, (k, p) => {
  forEachTask(k, p.tasks, p.rows, (task) => {
    const row = floatRow(k, p.logits, task, p.columns);
    const target = k.variable(targetOf(k, p, task));
    const ofTarget = k.variable(k.broadcastF32(elementAt(row.at, target)));
    const most = k.variable(greatest(row));
    const exponentials = sumOfExponentials(row, most, (values, index, mask) =>
      k.store(elementAt(row.at, index), values, { mask }),
    );
    const sum = k.variable(exponentials);
    k.storeF32(elementAt(p.losses, task), lossOf(k, { sum, most, ofTarget }));
    const weight = k.variable(k.broadcastF32(elementAt(p.weights, task)));
    scaleRow(row, { sum, weight, target });
  });
});

/** Rows and columns of the logits, the first input. */
function logitsSize({ inputs: [logits] }: Node) {
  const [rows, columns] = logits.shape;
  return { rows: int(rows), columns: int(columns) };
}

const common = (node: Node) => ({ targets: input(1), tasks, ...logitsSize(node) });

export const LOSS_ROWS: readonly KernelRow[] = [
  kernelRow({
    op: "cross_entropy",
    launch: (node) => ({
      kernel: CROSS_ENTROPY,
      arguments: { ...common(node), logits: input(0), losses: outputNumber(0) },
    }),
  }),
  kernelRow({
    op: "cross_entropy_gradient",
    launch: (node) => ({
      kernel: CROSS_ENTROPY_GRADIENT,
      arguments: { ...common(node), logits: input(0), weights: input(2), out: outputNumber(0) },
    }),
  }),
  kernelRow({
    op: "softmax_loss",
    launch: (node) => ({
      kernel: SOFTMAX_LOSS,
      arguments: { ...common(node), logits: outputNumber(0), weights: input(2), losses: outputNumber(1) },
    }),
  }),
];
