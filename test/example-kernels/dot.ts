/** f32 matrix × vector with rows of any length: the smallest useful kernel. */
import { kernel } from "../../src/engine/jit/builder.ts";

const PREFETCH_BYTES = 1024;

/**
 * out[r] = Σ weights[r, i] · x[i] for `rows` rows of `columns` f32, stored consecutively. Four sums are kept
 * separate to hide the latency of the additions; they are added in the order (0 + 1) + (2 + 3).
 */
export const matvecF32 = kernel(
  "matvec_f32",
  { weights: "ptr", x: "ptr", out: "ptr", rows: "int", columns: "int" },
  (k, p) => {
    const [x, columns] = [p.x, p.columns];
    const [row, out] = [k.variable(p.weights), k.variable(p.out)];
    const step = 4 * k.lanes;
    const whole = k.and(columns, -step);
    k.loop(0, p.rows, 1, () => {
      const sums = Array.from({ length: 4 }, () => k.variable(k.constant("f32v", 0)));
      k.loop(0, whole, step, (i) => {
        // Rows are consecutive, so the prefetched data is needed soon, in this row or the next.
        for (let line = 0; line < 4 * step; line += 64)
          k.prefetch({ base: row, index: i, scale: 4, disp: PREFETCH_BYTES + line });
        for (const [u, sum] of sums.entries()) {
          const disp = 4 * k.lanes * u;
          const w = k.load("f32v", { base: row, index: i, scale: 4, disp });
          sum.set(k.fma(w, k.load("f32v", { base: x, index: i, scale: 4, disp }), sum));
        }
      });
      const rest = k.sub(columns, whole);
      const tail = { w: k.offset(row, k.shl(whole, 2)), x: k.offset(x, k.shl(whole, 2)) };
      k.vectorLoop(rest, (i, mask) => {
        const options = mask === undefined ? {} : { mask };
        const w = k.load("f32v", { base: tail.w, index: i, scale: 4 }, options);
        sums[0].set(k.fma(w, k.load("f32v", { base: tail.x, index: i, scale: 4 }, options), sums[0]));
      });
      const total = k.add(k.add(sums[0], sums[1]), k.add(sums[2], sums[3]));
      k.storeF32(out, k.reduceAdd(total));
      k.advance(row, k.shl(columns, 2));
      k.advance(out, 4);
    });
  },
);
