/**
 * add, mul, scale, swiglu: y[i] = f(x₁[i], x₂[i]) over a whole matrix, in tasks of CHUNK elements. Rows are contiguous,
 * so a matrix is one long vector. add_bias works row by row.
 *
 * Compared with the reference: sums and products are correctly rounded to f32 and equal it bit for bit; `scale` first
 * rounds its factor to f32 (1 ulp); swiglu is within 1e-6 relative (exp to 2 ulp, and three more roundings).
 */

import type { Node } from "../../graph/graph.ts";
import type { OpName } from "../../graph/ops/table.ts";
import { type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Value } from "../../jit/language/core.ts";
import { f32, forEachTask, input, int, type KernelRow, kernelRow, output, tasks } from "../launch.ts";

/** Elements of a task: enough to outweigh the cost of taking a task, few enough to share one row of a small step. */
export const CHUNK = 2048;

type Vector = Value<"f32v">;

/** Runs this thread's share of the chunks of `total` elements: `body(first, count)`. */
export function forEachChunk(
  k: KernelBuilder,
  counter: Value<"ptr">,
  total: () => Value<"int">,
  body: (first: Value<"int">, count: Value<"int">) => void,
  chunk = CHUNK,
): void {
  const count = k.div(k.add(total(), chunk - 1), chunk);
  forEachTask(k, counter, count, (task) => {
    const first = k.mul(task, chunk);
    body(first, k.min(k.sub(total(), first), chunk));
  });
}

function binary(name: string, compute: (k: KernelBuilder, a: Vector, b: Vector) => Vector) {
  return kernel(
    name,
    { a: "ptr", b: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" },
    (k, p) => {
      forEachChunk(
        k,
        p.tasks,
        () => k.mul(p.rows, p.columns),
        (first, count) => {
          const bytes = k.shl(first, 2);
          const [a, b, out] = [k.offset(p.a, bytes), k.offset(p.b, bytes), k.offset(p.out, bytes)];
          k.vectorLoop(count, (index, mask) => {
            const x = k.load("f32v", { base: a, index, scale: 4 }, { mask });
            const y = k.load("f32v", { base: b, index, scale: 4 }, { mask });
            k.store({ base: out, index, scale: 4 }, compute(k, x, y), { mask });
          });
        },
      );
    },
  );
}

const ADD_KERNEL = binary("add", (k, a, b) => k.add(a, b));
const MUL_KERNEL = binary("mul", (k, a, b) => k.mul(a, b));
const SWIGLU_KERNEL = binary("swiglu", (k, gate, up) => k.mul(k.silu(gate), up));

/** out = x · factor, in chunks. */
function scaleChunks(
  k: KernelBuilder,
  p: {
    readonly x: Value<"ptr">;
    readonly out: Value<"ptr">;
    readonly tasks: Value<"ptr">;
    readonly rows: Value<"int">;
    readonly columns: Value<"int">;
  },
  factor: Vector,
): void {
  forEachChunk(
    k,
    p.tasks,
    () => k.mul(p.rows, p.columns),
    (first, count) => {
      const bytes = k.shl(first, 2);
      const [x, out] = [k.offset(p.x, bytes), k.offset(p.out, bytes)];
      k.vectorLoop(count, (index, mask) => {
        const values = k.load("f32v", { base: x, index, scale: 4 }, { mask });
        k.store({ base: out, index, scale: 4 }, k.mul(values, factor), { mask });
      });
    },
  );
}

const MULTIPLY_BY_KERNEL = kernel(
  "multiply_by",
  { x: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int", factor: "ptr" },
  (k, p) => scaleChunks(k, p, k.broadcastF32(p.factor)),
);

const SCALE_KERNEL = kernel(
  "scale",
  { x: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int", factor: "f32" },
  (k, p) => scaleChunks(k, p, k.splat(p.factor)),
);

const ADD_BIAS_KERNEL = kernel(
  "add_bias",
  { x: "ptr", bias: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" },
  (k, p) => {
    forEachTask(k, p.tasks, p.rows, (row) => {
      const bytes = k.shl(k.mul(row, p.columns), 2);
      const [x, bias, out] = [k.offset(p.x, bytes), p.bias, k.offset(p.out, bytes)];
      k.vectorLoop(p.columns, (index, mask) => {
        const values = k.load("f32v", { base: x, index, scale: 4 }, { mask });
        const added = k.load("f32v", { base: bias, index, scale: 4 }, { mask });
        k.store({ base: out, index, scale: 4 }, k.add(values, added), { mask });
      });
    });
  },
);

/** True if every input is f32, the only type that these kernels read. */
export function allFloats({ inputs }: Node): boolean {
  return inputs.every(({ dtype }) => dtype === "F32");
}

/** Rows and columns of a matrix. A vector is one row. */
export function matrixSize({ shape }: Node) {
  const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape;
  return { rows: int(rows), columns: int(columns) };
}

function binaryRow(op: OpName, of: ReturnType<typeof binary>): KernelRow {
  return kernelRow({
    op,
    launch(node) {
      if (!allFloats(node) || node.shape.length > 2) return undefined;
      return { kernel: of, arguments: { a: input(0), b: input(1), out: output, tasks, ...matrixSize(node) } };
    },
  });
}

export const ELEMENTWISE_ROWS: readonly KernelRow[] = [
  binaryRow("add", ADD_KERNEL),
  binaryRow("mul", MUL_KERNEL),
  binaryRow("swiglu", SWIGLU_KERNEL),
  kernelRow({
    op: "scale",
    launch(node) {
      if (!allFloats(node) || node.shape.length > 2) return undefined;
      const factor = f32(node.attributes.factor);
      return {
        kernel: SCALE_KERNEL,
        arguments: { x: input(0), out: output, tasks, ...matrixSize(node), factor },
      };
    },
  }),
  kernelRow({
    op: "multiply_by",
    launch(node) {
      if (!allFloats(node) || node.shape.length > 2) return undefined;
      const places = { x: input(0), factor: input(1), out: output, tasks };
      return { kernel: MULTIPLY_BY_KERNEL, arguments: { ...places, ...matrixSize(node) } };
    },
  }),
  kernelRow({
    op: "add_bias",
    launch(node) {
      if (!allFloats(node)) return undefined;
      return {
        kernel: ADD_BIAS_KERNEL,
        arguments: { x: input(0), bias: input(1), out: output, tasks, ...matrixSize(node) },
      };
    },
  }),
];
