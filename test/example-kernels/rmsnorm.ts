/** RMSNorm of rows of f32. */
import { kernel } from "../../src/engine/jit/builder.ts";

/**
 * [RMSNorm] eq. 4: out = x · weight / √(mean(x²) + eps), for `rows` rows of `dim` f32. The sum of squares is kept in
 * two vectors.
 */
export const rmsnormF32 = kernel(
  "rmsnorm_f32",
  { x: "ptr", weight: "ptr", out: "ptr", rows: "int", dim: "int", eps: "f32" },
  (k, p) => {
    const [weight, dim] = [p.weight, p.dim];
    const [x, out] = [k.variable(p.x), k.variable(p.out)];
    const masked = (mask: Parameters<Parameters<typeof k.vectorLoop>[1]>[1]) =>
      mask === undefined ? {} : { mask };
    k.loop(0, p.rows, 1, () => {
      const squares = k.variable(k.constant("f32v", 0));
      k.vectorLoop(dim, (i, mask) => {
        const v = k.load("f32v", { base: x, index: i, scale: 4 }, masked(mask));
        squares.set(k.fma(v, v, squares));
      });
      const mean = k.div(k.reduceAdd(squares), k.toF32(dim));
      const scale = k.splat(k.rsqrt(k.add(mean, p.eps)));
      k.vectorLoop(dim, (i, mask) => {
        const at = { index: i, scale: 4 } as const;
        const v = k.mul(k.load("f32v", { base: x, ...at }, masked(mask)), scale);
        const w = k.load("f32v", { base: weight, ...at }, masked(mask));
        k.store({ base: out, ...at }, k.mul(v, w), masked(mask));
      });
      k.advance(x, k.shl(dim, 2));
      k.advance(out, k.shl(dim, 2));
    });
  },
);
