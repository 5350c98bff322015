/**
 * adamw: one pass over weights, both moments and the gradient, in chunks; with the factor 0 it changes nothing. Also
 * clip_factor, a computation of two numbers. Within 1e-6 of the reference, relative to the step.
 */
import { type Arguments, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Operand } from "../../jit/language/core.ts";
import { allFloats, forEachChunk, matrixSize } from "../elementwise/elementwise.ts";
import { f32, forEachTask, input, type KernelRow, kernelRow, outputNumber, tasks } from "../launch.ts";

const PARAMETERS = {
  weights: "ptr",
  first: "ptr",
  second: "ptr",
  gradient: "ptr",
  /** Learning rate and the two corrections. */
  rates: "ptr",
  factor: "ptr",
  tasks: "ptr",
  rows: "int",
  columns: "int",
  beta1: "f32",
  /** 1 − β₁, from the exact difference. */
  rest1: "f32",
  beta2: "f32",
  rest2: "f32",
  eps: "f32",
  weightDecay: "f32",
} as const;
type P = Arguments<typeof PARAMETERS>;

function updateChunk(k: KernelBuilder, p: P, start: Operand<"int">, count: Operand<"int">): void {
  const bytes = k.variable(k.shl(start, 2));
  const places = [p.weights, p.first, p.second, p.gradient].map((base) => k.variable(k.offset(base, bytes)));
  const scalars = [p.beta1, p.rest1, p.beta2, p.rest2, p.eps, p.weightDecay].map((value) =>
    k.variable(k.splat(value)),
  );
  const [beta1, rest1, beta2, rest2, eps, decay] = scalars;
  const rates = [0, 4, 8].map((disp) => k.variable(k.broadcastF32({ base: p.rates, disp })));
  const [learningRate, correction1, correction2] = rates;
  const factor = k.variable(k.broadcastF32(p.factor));
  k.vectorLoop(count, (index, mask) => {
    const [w, m, v, g] = places.map((base) => k.load("f32v", { base, index, scale: 4 }, { mask }));
    const scaled = k.mul(g, factor);
    const first = k.fma(m, beta1, k.mul(scaled, rest1));
    const second = k.fma(v, beta2, k.mul(k.mul(scaled, scaled), rest2));
    const spread = k.add(k.sqrt(k.mul(second, correction2)), eps);
    const direction = k.div(k.mul(first, correction1), spread);
    const step = k.mul(learningRate, k.fma(w, decay, direction));
    [k.sub(w, step), first, second].forEach((value, i) => {
      k.store({ base: places[i], index, scale: 4 }, value, { mask });
    });
  });
}

const ADAMW_KERNEL = kernel("adamw", PARAMETERS, (k, p) => {
  const factor = k.loadInt("i32", p.factor);
  k.if(k.is(factor, "!=", 0), () =>
    forEachChunk(
      k,
      p.tasks,
      () => k.mul(p.rows, p.columns),
      (start, count) => updateChunk(k, p, start, count),
    ),
  );
});

const CLIP_KERNEL = kernel(
  "clip_factor",
  { squares: "ptr", norm: "ptr", factor: "ptr", tasks: "ptr", limit: "f32" },
  (k, p) => {
    forEachTask(k, p.tasks, 1, () => {
      const norm = k.sqrt(k.broadcastF32(p.squares));
      const limit = k.splat(p.limit);
      k.storeF32(p.norm, k.lane0(norm));
      const clipped = k.select(k.compare(norm, ">", limit), k.div(limit, norm), 1);
      const ordinary = k.compare(norm, "<", Number.POSITIVE_INFINITY);
      k.storeF32(p.factor, k.lane0(k.select(ordinary, clipped, 0)));
    });
  },
);

export const OPTIMISER_ROWS: readonly KernelRow[] = [
  kernelRow({
    op: "adamw",
    launch(node) {
      if (!allFloats(node) || node.shape.length > 2) return undefined;
      const { beta1, beta2, eps, weightDecay } = node.attributes;
      return {
        kernel: ADAMW_KERNEL,
        arguments: {
          weights: outputNumber(0),
          first: outputNumber(1),
          second: outputNumber(2),
          gradient: input(3),
          rates: input(4),
          factor: input(5),
          tasks,
          ...matrixSize(node),
          beta1: f32(beta1),
          rest1: f32(1 - beta1),
          beta2: f32(beta2),
          rest2: f32(1 - beta2),
          eps: f32(eps),
          weightDecay: f32(weightDecay),
        },
      };
    },
  }),
  kernelRow({
    op: "clip_factor",
    launch: (node) => ({
      kernel: CLIP_KERNEL,
      arguments: {
        squares: input(0),
        norm: outputNumber(0),
        factor: outputNumber(1),
        tasks,
        limit: f32(node.attributes.limit),
      },
    }),
  }),
];
