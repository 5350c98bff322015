/** dropout: hashes the number of each element in its lane. The same elements as the reference; their values within 1 ulp. */
import { DROPOUT, leastKept, streamOf } from "../../graph/ops/dropout.ts";
import { kernel } from "../../jit/builder.ts";
import { hashLanes, laneNumbers, lanesFromZero } from "../lanes.ts";
import { f32, input, int, type KernelRow, kernelRow, output, tasks } from "../launch.ts";
import { forEachChunk, matrixSize } from "./elementwise.ts";

const DROPOUT_KERNEL = kernel(
  DROPOUT.name,
  {
    x: "ptr",
    seed: "ptr",
    out: "ptr",
    tasks: "ptr",
    rows: "int",
    columns: "int",
    stream: "int",
    least: "int",
    factor: "f32",
  },
  (k, p) => {
    const fromZero = lanesFromZero(k);
    forEachChunk(
      k,
      p.tasks,
      () => k.mul(p.rows, p.columns),
      (first, count) => {
        const bytes = k.shl(first, 2);
        const [x, out] = [k.offset(p.x, bytes), k.offset(p.out, bytes)];
        const seed = k.variable(k.splat(k.loadInt("i32", p.seed)));
        const [stream, least] = [k.variable(k.splat(p.stream)), k.variable(k.splat(p.least))];
        const factor = k.variable(k.splat(p.factor));
        k.vectorLoop(count, (index, mask) => {
          const number = laneNumbers(k, k.add(first, index), fromZero);
          const kept = k.compare(hashLanes(k, number, seed, stream), ">=", least);
          const values = k.load("f32v", { base: x, index, scale: 4 }, { mask });
          k.store({ base: out, index, scale: 4 }, k.select(kept, k.mul(values, factor), 0), { mask });
        });
      },
    );
  },
);

export const DROPOUT_ROW: KernelRow = kernelRow({
  op: "dropout",
  launch(node) {
    const [x] = node.inputs;
    if (x.dtype !== "F32" || node.shape.length > 2) return undefined;
    const { rate, application } = node.attributes;
    return {
      kernel: DROPOUT_KERNEL,
      arguments: {
        x: input(0),
        seed: input(1),
        out: output,
        tasks,
        ...matrixSize(node),
        stream: int(streamOf(application)),
        least: int(leastKept(rate)),
        factor: f32(1 / (1 - rate)),
      },
    };
  },
});
