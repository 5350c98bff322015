/**
 * adamw: one pass over weights, both moments and the gradient, in chunks; with the factor 0 it changes nothing. Also
 * clip_factor, a computation of two numbers. Within 1e-6 of the reference, relative to the step.
 */
import { type Arguments, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Operand } from "../../jit/language/core.ts";
import { allFloats, forEachChunk, matrixSize } from "../elementwise/elementwise.ts";
import { f32, forEachTask, input, type KernelRow, kernelRow, outputNumber, tasks } from "../launch.ts";
import { ADAMW_PARAMETERS, adamwArguments, adamwStep, keptFactors } from "./adamw-step.ts";

type P = Arguments<typeof ADAMW_PARAMETERS>;

function updateChunk(k: KernelBuilder, p: P, start: Operand<"int">, count: Operand<"int">): void {
  const bytes = k.variable(k.shl(start, 2));
  const places = [p.weights, p.first, p.second, p.gradient].map((base) => k.variable(k.offset(base, bytes)));
  const by = keptFactors(k, p);
  const factor = k.variable(k.broadcastF32(p.factor));
  k.vectorLoop(count, (index, mask) => {
    const [w, m, v, g] = places.map((base) => k.load("f32v", { base, index, scale: 4 }, { mask }));
    const of = { weights: w, first: m, second: v, gradient: k.mul(g, factor) };
    const { weights, first, second } = adamwStep(k, of, by);
    [weights, first, second].forEach((value, i) => {
      k.store({ base: places[i], index, scale: 4 }, value, { mask });
    });
  });
}

const ADAMW_KERNEL = kernel("adamw", ADAMW_PARAMETERS, (k, p) => {
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
      return {
        kernel: ADAMW_KERNEL,
        arguments: { ...adamwArguments(node.attributes), ...matrixSize(node) },
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
