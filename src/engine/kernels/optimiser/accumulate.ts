/** accumulate: sum ← keep·sum + x in chunks. In practice keep is 0 or 1, and the sums are correctly rounded. */
import { type Arguments, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Value } from "../../jit/language/core.ts";
import { allFloats, forEachChunk, matrixSize } from "../elementwise/elementwise.ts";
import { input, kernelRow, outputNumber, tasks } from "../launch.ts";

const PARAMETERS = { sum: "ptr", x: "ptr", keep: "ptr", tasks: "ptr", rows: "int", columns: "int" } as const;

/** Loops over all chunks; `combine` computes the new sum. */
function forEachVector(
  k: KernelBuilder,
  p: Arguments<typeof PARAMETERS>,
  combine: (x: Value<"f32v">, sum: () => Value<"f32v">) => Value<"f32v">,
): void {
  forEachChunk(
    k,
    p.tasks,
    () => k.mul(p.rows, p.columns),
    (first, count) => {
      const bytes = k.variable(k.shl(first, 2));
      const [sum, x] = [p.sum, p.x].map((base) => k.variable(k.offset(base, bytes)));
      k.vectorLoop(count, (index, mask) => {
        const place = { base: sum, index, scale: 4 } as const;
        const added = k.load("f32v", { base: x, index, scale: 4 }, { mask });
        k.store(
          place,
          combine(added, () => k.load("f32v", place, { mask })),
          { mask },
        );
      });
    },
  );
}

const KERNEL = kernel("accumulate", PARAMETERS, (k, p) => {
  k.if(
    k.is(k.loadInt("i32", p.keep), "==", 0),
    () => forEachVector(k, p, (x) => x),
    () => {
      const keep = k.variable(k.broadcastF32(p.keep));
      forEachVector(k, p, (x, sum) => k.fma(sum(), keep, x));
    },
  );
});

export const ACCUMULATE_ROW = kernelRow({
  op: "accumulate",
  launch(node) {
    if (!allFloats(node) || node.shape.length > 2) return undefined;
    const places = { sum: outputNumber(0), x: input(1), keep: input(2), tasks };
    return { kernel: KERNEL, arguments: { ...places, ...matrixSize(node) } };
  },
});
