/**
 * attention [Attention]: softmax(q·kᵀ·scale)·v over rows of tokens, without a cache: the training form. Row t sees the
 * rows from starts[t] to itself. Consecutive documents therefore do not see each other, and a sliding window [Mistral]
 * is a later start. Query heads share key heads in groups [GQA].
 *
 * The weights are never stored [Flash]. In addition to the result the op outputs only L = m + ln l of every row and
 * head (m is the greatest score, l the sum of e^(score − m)), from which the backward ops recompute the weights:
 *
 *     P = e^(S − L)    D = Σ dO⊙O    dS = P⊙(dO·vᵀ − D)·scale    dQ = dS·k    dK = dSᵀ·q    dV = Pᵀ·dO
 */
import { expectRank, expectShape, type Node, type Shape } from "../graph.ts";
import { type FloatArray, floats, integers, type Op, type Operand } from "../op.ts";
import { type HeadLayout, softmaxInPlace } from "./heads.ts";

/** Layout of heads in a row. `starts` defines what a row sees. */
export type AttentionHeads = Omit<HeadLayout, "window">;

const F32 = "F32" as const;

function checkOperands(op: string, [q, k, v, starts]: readonly Node[], heads: AttentionHeads): Shape {
  const [rows] = expectRank(op, "a matrix", q, 2);
  expectShape(op, "queries", q, [rows, heads.nHeads * heads.headDim]);
  expectShape(op, "keys", k, [rows, heads.nKvHeads * heads.headDim]);
  expectShape(op, "values", v, [rows, heads.nKvHeads * heads.headDim]);
  expectShape(op, "first rows", starts, [rows]);
  return [rows, heads.nHeads];
}

interface HeadOfRow {
  /** Row, and index into [T, N]. */
  readonly row: number;
  readonly at: number;
  /** Index of the head's query, and of the key and value of each visible row. */
  readonly query: number;
  readonly keys: readonly number[];
  /** Scaled scores. */
  readonly scores: Float64Array;
}

/** Calls `visit` for each row and head with the scores of the rows that it sees. */
function forEachHead(
  [q, k, , starts]: readonly Operand[],
  { nHeads, nKvHeads, headDim, scale }: AttentionHeads,
  visit: (head: HeadOfRow) => void,
): void {
  const [queries, keys] = [floats(q), floats(k)];
  for (let row = 0; row < q.shape[0]; row++) {
    const start = Math.min(integers(starts)[row], row);
    for (let head = 0; head < nHeads; head++) {
      const kvHead = Math.floor(head / (nHeads / nKvHeads));
      const query = (row * nHeads + head) * headDim;
      const seen = Array.from(
        { length: row - start + 1 },
        (_, i) => ((start + i) * nKvHeads + kvHead) * headDim,
      );
      const scores = Float64Array.from(
        seen,
        (key) => scale * innerProduct(queries, query, keys, key, headDim),
      );
      visit({ row, at: row * nHeads + head, query, keys: seen, scores });
    }
  }
}

function innerProduct(a: FloatArray, aAt: number, b: FloatArray, bAt: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aAt + i] * b[bAt + i];
  return sum;
}

export const ATTENTION: Op<AttentionHeads> = {
  name: "attention",
  infer(inputs, heads) {
    const perHead = checkOperands("attention", inputs, heads);
    return [
      { shape: inputs[0].shape, dtype: F32 },
      { shape: perHead, dtype: F32 },
    ];
  },
  reference(inputs, [output, normaliser], heads) {
    const [values, out, L] = [floats(inputs[2]), floats(output), floats(normaliser)];
    forEachHead(inputs, heads, ({ at, query, keys, scores }) => {
      const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
      L[at] = largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
      softmaxInPlace(scores);
      for (let i = 0; i < heads.headDim; i++) {
        let sum = 0;
        for (let j = 0; j < keys.length; j++) sum += scores[j] * values[keys[j] + i];
        out[query + i] = sum;
      }
    });
  },
  gradient({ inputs: [q, k, v, starts], outputs: [out, normaliser] }, dOut, heads) {
    const { graph } = dOut;
    const [dQ, delta] = graph.apply(
      ATTENTION_GRADIENT_Q,
      [q, k, v, starts, normaliser, out, dOut],
      heads,
    ).outputs;
    const [dK, dV] = graph.apply(
      ATTENTION_GRADIENT_KV,
      [q, k, v, starts, normaliser, delta, dOut],
      heads,
    ).outputs;
    return [dQ, dK, dV, undefined];
  },
};

/** The gradient of the queries, and D of every row and head. */
export const ATTENTION_GRADIENT_Q: Op<AttentionHeads> = {
  name: "attention_gradient_q",
  infer(inputs, heads) {
    const [q, , , , normaliser, out, dOut] = inputs;
    const perHead = checkOperands("attention_gradient_q", inputs, heads);
    expectShape("attention_gradient_q", "normalisers", normaliser, perHead);
    expectShape("attention_gradient_q", "a result", out, q.shape);
    expectShape("attention_gradient_q", "an output gradient", dOut, q.shape);
    return [
      { shape: q.shape, dtype: F32 },
      { shape: perHead, dtype: F32 },
    ];
  },
  reference(inputs, [dQuery, delta], heads) {
    const [, k, v, , normaliser, out, dOut] = inputs;
    const [keys, values, L] = [floats(k), floats(v), floats(normaliser)];
    const [o, g, dQ, D] = [floats(out), floats(dOut), floats(dQuery), floats(delta)];
    const { headDim, scale } = heads;
    const sums = new Float64Array(headDim);
    forEachHead(inputs, heads, ({ at, query, keys: seen, scores }) => {
      D[at] = innerProduct(g, query, o, query, headDim);
      sums.fill(0);
      seen.forEach((key, j) => {
        const dWeight = innerProduct(g, query, values, key, headDim);
        const dScore = Math.exp(scores[j] - L[at]) * (dWeight - D[at]) * scale;
        for (let i = 0; i < headDim; i++) sums[i] += dScore * keys[key + i];
      });
      dQ.set(sums, query);
    });
  },
};

/** The gradients of keys and values. */
export const ATTENTION_GRADIENT_KV: Op<AttentionHeads> = {
  name: "attention_gradient_kv",
  infer(inputs, heads) {
    const [q, k, v, , normaliser, delta, dOut] = inputs;
    const perHead = checkOperands("attention_gradient_kv", inputs, heads);
    expectShape("attention_gradient_kv", "normalisers", normaliser, perHead);
    expectShape("attention_gradient_kv", "sums of the output gradient", delta, perHead);
    expectShape("attention_gradient_kv", "an output gradient", dOut, q.shape);
    return [
      { shape: k.shape, dtype: F32 },
      { shape: v.shape, dtype: F32 },
    ];
  },
  reference(inputs, outputs, heads) {
    const [q, k, v, , normaliser, delta, dOut] = inputs;
    const [queries, values, L, D, g] = [q, v, normaliser, delta, dOut].map(floats);
    const { headDim, scale } = heads;
    const [dK, dV] = [k, v].map(({ data }) => new Float64Array(data.length));
    forEachHead(inputs, heads, ({ at, query, keys, scores }) => {
      keys.forEach((key, j) => {
        const weight = Math.exp(scores[j] - L[at]);
        const dScore = weight * (innerProduct(g, query, values, key, headDim) - D[at]) * scale;
        for (let i = 0; i < headDim; i++) {
          dK[key + i] += dScore * queries[query + i];
          dV[key + i] += weight * g[query + i];
        }
      });
    });
    floats(outputs[0]).set(dK);
    floats(outputs[1]).set(dV);
  },
};

/**
 * q [T, N·H], k and v [T, K·H], starts [T] → [T, N·H]. `starts` are row numbers; a row sees the rows from its start to
 * itself.
 */
export function attention(inputs: { q: Node; k: Node; v: Node; starts: Node; heads: AttentionHeads }): Node {
  const { q, k, v, starts, heads } = inputs;
  const { nHeads, nKvHeads, headDim, scale } = heads;
  return q.graph.apply(ATTENTION, [q, k, v, starts], { nHeads, nKvHeads, headDim, scale });
}
