/** gate_ranks: a task is one token; each group of its columns is multiplied by the group's factor. Exact. */
import { kernel } from "../../jit/builder.ts";
import { constant, forEachTask, input, int, type KernelRow, kernelRow, output, tasks } from "../launch.ts";

const KERNEL = kernel(
  "gate_ranks",
  {
    h: "ptr",
    gates: "ptr",
    sequences: "ptr",
    out: "ptr",
    tasks: "ptr",
    /** Columns of each group. */
    ranks: "ptr",
    tokens: "int",
    columns: "int",
    groups: "int",
  },
  (k, p) => {
    forEachTask(k, p.tasks, p.tokens, (token) => {
      const bytes = k.shl(k.mul(token, p.columns), 2);
      const [h, out] = [k.variable(k.offset(p.h, bytes)), k.variable(k.offset(p.out, bytes))];
      const sequence = k.loadInt("i32", { base: p.sequences, index: token, scale: 4 });
      const gates = k.variable(k.offset(p.gates, k.shl(k.mul(sequence, p.groups), 2)));
      k.loop(0, p.groups, 1, (group) => {
        const rank = k.variable(k.loadInt("i32", { base: p.ranks, index: group, scale: 4 }));
        const factor = k.variable(k.broadcastF32({ base: gates, index: group, scale: 4 }));
        const isOn = k.compare(factor, "!=", 0);
        k.vectorLoop(rank, (index, mask) => {
          const values = k.load("f32v", { base: h, index, scale: 4 }, { mask });
          k.store({ base: out, index, scale: 4 }, k.select(isOn, k.mul(values, factor), 0), { mask });
        });
        k.advance(h, k.shl(rank, 2));
        k.advance(out, k.shl(rank, 2));
      });
    });
  },
);

export const GATE_RANKS_ROW: KernelRow = kernelRow({
  op: "gate_ranks",
  launch({ inputs: [h, gates], shape: [tokens, columns], attributes: { ranks } }) {
    if (h.dtype !== "F32" || gates.dtype !== "F32") return undefined;
    return {
      kernel: KERNEL,
      arguments: {
        h: input(0),
        gates: input(1),
        sequences: input(2),
        out: output,
        tasks,
        ranks: constant(Int32Array.from(ranks)),
        tokens: int(tokens),
        columns: int(columns),
        groups: int(ranks.length),
      },
    };
  },
});
