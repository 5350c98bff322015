/** Decodes packed float weights, transposed: the vectors of a panel are rows of the output. Exact. */
import { type Kernel, kernel } from "../../../jit/builder.ts";
import { wholeOrMasked } from "../../lanes.ts";
import { forEachTask, input, int, type Launch, oneForEach, output, tasks } from "../../launch.ts";
import { type FloatType, PANEL_VECTORS, panelRows } from "../float/panels.ts";

const PARAMETERS = { weight: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" } as const;

/** A task is one panel. */
const decodeKernel = oneForEach((type: FloatType): Kernel => {
  return kernel(`decode_${type.dtype.toLowerCase()}`, PARAMETERS, (k, p) => {
    const height = panelRows(k);
    forEachTask(k, p.tasks, k.div(k.add(p.rows, height - 1), height), (panel) => {
      const first = k.mul(panel, height);
      const from = k.variable(k.offset(p.weight, k.mul(k.mul(first, p.columns), type.bytes)));
      const to = k.variable(k.offset(p.out, k.shl(first, 2)));
      const left = k.sub(p.rows, first);
      wholeOrMasked(k, left, PANEL_VECTORS, (masks) =>
        k.loop(0, p.columns, 1, () => {
          masks.forEach((mask, v) => {
            const values = type.load(k, { base: from, disp: type.bytes * k.lanes * v });
            k.store({ base: to, disp: 4 * k.lanes * v }, values, { mask });
          });
          k.advance(from, type.bytes * height);
          k.advance(to, k.shl(p.rows, 2));
        }),
      );
    });
  }) as unknown as Kernel;
});

export function floatDecoding(type: FloatType, rows: number, columns: number): Launch {
  return {
    kernel: decodeKernel(type),
    arguments: { weight: input(0), out: output, tasks, rows: int(rows), columns: int(columns) },
  };
}
