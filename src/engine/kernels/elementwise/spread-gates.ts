/** spread_gates: a task is one sequence; the factor of each group is written to its columns. Exact. */
import { kernel } from "../../jit/builder.ts";
import { constant, forEachTask, input, int, type KernelRow, kernelRow, output, tasks } from "../launch.ts";

const KERNEL = kernel(
  "spread_gates",
  {
    gates: "ptr",
    out: "ptr",
    tasks: "ptr",
    /** Columns of each group. */
    ranks: "ptr",
    sequences: "int",
    columns: "int",
    groups: "int",
  },
  (k, p) => {
    forEachTask(k, p.tasks, p.sequences, (sequence) => {
      const out = k.variable(k.offset(p.out, k.shl(k.mul(sequence, p.columns), 2)));
      const gates = k.variable(k.offset(p.gates, k.shl(k.mul(sequence, p.groups), 2)));
      k.loop(0, p.groups, 1, (group) => {
        const rank = k.variable(k.loadInt("i32", { base: p.ranks, index: group, scale: 4 }));
        const factor = k.variable(k.broadcastF32({ base: gates, index: group, scale: 4 }));
        k.vectorLoop(rank, (index, mask) => k.store({ base: out, index, scale: 4 }, factor, { mask }));
        k.advance(out, k.shl(rank, 2));
      });
    });
  },
);

export const SPREAD_GATES_ROW: KernelRow = kernelRow({
  op: "spread_gates",
  launch({ inputs: [gates], shape: [sequences, columns], attributes: { ranks } }) {
    if (gates.dtype !== "F32") return undefined;
    return {
      kernel: KERNEL,
      arguments: {
        gates: input(0),
        out: output,
        tasks,
        ranks: constant(Int32Array.from(ranks)),
        sequences: int(sequences),
        columns: int(columns),
        groups: int(ranks.length),
      },
    };
  },
});
