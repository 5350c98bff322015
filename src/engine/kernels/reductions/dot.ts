/**
 * dot and sum_of_squares: Σ aᵢ·bᵢ over any shape. Chunks of fixed size are summed separately, and a last task adds
 * their sums in order, so the bits depend only on the length and the target. Within 1e-6 of Σ |aᵢ·bᵢ|.
 */
import { type Arguments, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Operand, Value } from "../../jit/language/core.ts";
import { allFloats } from "../elementwise/elementwise.ts";
import { input, int, type KernelRow, kernelRow, output, scratch } from "../launch.ts";
import { forEachPhasedTask, PHASED_PARAMETERS, phasedArguments } from "../phased-tasks.ts";
import { mostElements } from "../sizes.ts";

const CHUNK = 8192;
const ACCUMULATORS = 4;

const PARAMETERS = {
  a: "ptr",
  b: "ptr",
  out: "ptr",
  /** One sum per chunk. */
  sums: "ptr",
  ...PHASED_PARAMETERS,
  rows: "int",
  columns: "int",
} as const;
type P = Arguments<typeof PARAMETERS>;

/** Σ a·b of `count` elements. */
function sumOfProducts(
  k: KernelBuilder,
  a: Operand<"ptr">,
  b: Operand<"ptr">,
  count: Operand<"int">,
): Value<"f32"> {
  const zero = k.constant("f32v", 0);
  const sums = Array.from({ length: ACCUMULATORS }, () => k.variable(zero));
  const step = k.lanes * ACCUMULATORS;
  const whole = k.variable(k.and(count, -step));
  k.loop(0, whole, step, (index) => {
    sums.forEach((sum, i) => {
      const [x, y] = [a, b].map((base) => k.load("f32v", { base, index, scale: 4, disp: 4 * k.lanes * i }));
      sum.set(k.fma(x, y, sum));
    });
  });
  const [restOfA, restOfB] = [a, b].map((base) => k.variable(k.offset(base, k.shl(whole, 2))));
  k.vectorLoop(k.sub(count, whole), (index, mask) => {
    const [x, y] = [restOfA, restOfB].map((base) => k.load("f32v", { base, index, scale: 4 }, { mask }));
    sums[0].set(k.fma(x, y, sums[0]));
  });
  return k.reduceAdd(k.add(k.add(sums[0], sums[1]), k.add(sums[2], sums[3])));
}

function sumOf(k: KernelBuilder, at: Operand<"ptr">, count: Operand<"int">): Value<"f32"> {
  const sum = k.variable(k.constant("f32v", 0));
  k.vectorLoop(count, (index, mask) => {
    sum.set(k.add(sum, k.load("f32v", { base: at, index, scale: 4 }, { mask })));
  });
  return k.reduceAdd(sum);
}

const elements = (k: KernelBuilder, p: P): Value<"int"> => k.mul(p.rows, p.columns);
const chunks = (k: KernelBuilder, p: P): Value<"int"> => k.div(k.add(elements(k, p), CHUNK - 1), CHUNK);

const KERNEL = kernel("dot", PARAMETERS, (k, p) => {
  forEachPhasedTask(k, p, k.add(chunks(k, p), 1), ({ number, waitFor }) => {
    const all = k.variable(chunks(k, p));
    k.if(
      k.is(number, "<", all),
      () => {
        const first = k.variable(k.mul(number, CHUNK));
        const [a, b] = [p.a, p.b].map((base) => k.variable(k.offset(base, k.shl(first, 2))));
        const count = k.variable(k.min(k.sub(elements(k, p), first), CHUNK));
        k.storeF32({ base: p.sums, index: number, scale: 4 }, sumOfProducts(k, a, b, count));
      },
      () => {
        waitFor(all);
        const sums = k.variable(p.sums);
        k.storeF32(p.out, sumOf(k, sums, all));
      },
    );
  });
});

/** `b` is the number of the input that is multiplied with the first. */
function dotRow(op: "dot" | "sum_of_squares", b: 0 | 1): KernelRow {
  return kernelRow({
    op,
    launch(node) {
      const [x] = node.inputs;
      if (!allFloats(node)) return undefined;
      // At most one symbol, so that the number of elements is a constant times that symbol.
      const symbols = x.shape.filter((dim) => typeof dim === "string");
      if (symbols.length > 1) return undefined;
      const fixed = x.shape.reduce<number>((size, dim) => (typeof dim === "number" ? size * dim : size), 1);
      return {
        kernel: KERNEL,
        arguments: {
          a: input(0),
          b: input(b),
          out: output,
          sums: scratch(0, 4 * Math.ceil(mostElements(x) / CHUNK) + 4),
          ...phasedArguments,
          rows: int(symbols[0] ?? 1),
          columns: int(fixed),
        },
      };
    },
  });
}

export const DOT_ROWS: readonly KernelRow[] = [dotRow("dot", 1), dotRow("sum_of_squares", 0)];
