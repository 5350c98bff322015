/**
 * The optimiser as ops, so that a training step is one program: sums of squares, the factor that clips a gradient, and
 * AdamW [AdamW], algorithm 2, which writes the weights and both moments in place:
 *
 *     g ← factor·g    m ← β₁m + (1 − β₁)g    v ← β₂v + (1 − β₂)g²    w ← w − lr·( m·c₁ / (√(v·c₂) + ε) + λw )
 *
 * with c₁ = 1/(1 − β₁ᵗ) and c₂ = 1/(1 − β₂ᵗ), which are inputs of the step. A gradient whose norm is not finite gets
 * the factor 0, and a step with the factor 0 changes nothing, so that one bad batch does not destroy the weights.
 */
import { expectShape, type Node } from "../graph.ts";
import { floats, type Op } from "../op.ts";

export const SUM_OF_SQUARES: Op<undefined> = {
  name: "sum_of_squares",
  infer: () => ({ shape: [1], dtype: "F32" }),
  reference([x], [output]) {
    let sum = 0;
    for (const value of floats(x)) sum += value * value;
    floats(output)[0] = sum;
  },
};

export const CLIP_FACTOR: Op<{ readonly limit: number }> = {
  name: "clip_factor",
  infer([squares]) {
    expectShape("clip_factor", "a sum of squares", squares, [1]);
    const spec = { shape: [1], dtype: "F32" } as const;
    return [spec, spec];
  },
  reference([squares], [norm, factor], { limit }) {
    const length = Math.sqrt(floats(squares)[0]);
    floats(norm)[0] = length;
    floats(factor)[0] = Number.isFinite(Math.fround(length)) ? Math.min(1, limit / length) : 0;
  },
};

export interface AdamWAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** λ; 0 for weights that do not decay. */
  readonly weightDecay: number;
}

/** The elements of `rates`, in order. */
export const RATES = ["learningRate", "firstCorrection", "secondCorrection"] as const;

export const ADAMW: Op<AdamWAttributes> = {
  name: "adamw",
  writes: [0, 1, 2],
  infer([weights, first, second, gradient, rates, factor]) {
    expectShape("adamw", "first moments", first, weights.shape);
    expectShape("adamw", "second moments", second, weights.shape);
    expectShape("adamw", "a gradient", gradient, weights.shape);
    expectShape("adamw", "rates", rates, [RATES.length]);
    expectShape("adamw", "a factor", factor, [1]);
    return [weights, first, second].map(({ shape }) => ({ shape, dtype: "F32" }));
  },
  reference([, , , gradient, rates, factor], outputs, { beta1, beta2, eps, weightDecay }) {
    const [w, m, v] = outputs.map(floats);
    const [g, by] = [floats(gradient), floats(factor)[0]];
    if (by === 0) return;
    const [learningRate, first, second] = floats(rates);
    for (let i = 0; i < w.length; i++) {
      const scaled = by * g[i];
      m[i] = beta1 * m[i] + (1 - beta1) * scaled;
      v[i] = beta2 * v[i] + (1 - beta2) * scaled * scaled;
      const direction = (m[i] * first) / (Math.sqrt(v[i] * second) + eps);
      w[i] -= learningRate * (direction + weightDecay * w[i]);
    }
  },
};

/**
 * sum ← keep·sum + x, in place, to accumulate the gradients of several batches. With keep = 0 the result is x, even if
 * the old sum is not finite.
 */
export const ACCUMULATE: Op<undefined> = {
  name: "accumulate",
  writes: [0],
  infer([sum, x, keep]) {
    expectShape("accumulate", "a summand", x, sum.shape);
    expectShape("accumulate", "a factor", keep, [1]);
    return { shape: sum.shape, dtype: "F32" };
  },
  reference([, x, keep], [output]) {
    const [sum, added, factor] = [floats(output), floats(x), floats(keep)[0]];
    for (let i = 0; i < sum.length; i++) sum[i] = factor === 0 ? added[i] : factor * sum[i] + added[i];
  },
};

/** Σ x² of any shape → [1]. */
export function sumOfSquares(x: Node): Node {
  return x.graph.apply(SUM_OF_SQUARES, [x], undefined);
}

/** The norm √squares, and min(1, limit/norm), [1] each; the factor is 0 if the norm is not finite. */
export function clipFactor(squares: Node, limit: number): { norm: Node; factor: Node } {
  const [norm, factor] = squares.graph.apply(CLIP_FACTOR, [squares], { limit }).outputs;
  return { norm, factor };
}

/** keep·sum + x, where keep is [1]; written to the memory of `sum`. */
export function accumulate(sum: Node, x: Node, keep: Node): Node {
  return sum.graph.apply(ACCUMULATE, [sum, x, keep], undefined);
}

/** The new versions of weights and moments. */
export function adamw(
  states: { readonly weights: Node; readonly first: Node; readonly second: Node },
  gradient: Node,
  rates: Node,
  factor: Node,
  attributes: AdamWAttributes,
): readonly Node[] {
  const { weights, first, second } = states;
  return weights.graph.apply(ADAMW, [weights, first, second, gradient, rates, factor], attributes).outputs;
}
