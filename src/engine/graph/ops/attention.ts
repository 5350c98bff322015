/**
 * attention [Attention]: softmax(q·kᵀ·scale + causal mask)·v over a ragged batch, without a cache: the
 * training form. Rows are tokens of any number of sequences; a token sees the tokens of its own sequence at
 * its own position or before, and at most `window` of them where a sliding window is set [Mistral]. Query
 * heads share key heads in groups [GQA].
 *
 * Backward: with P the softmax, dV = Pᵀ·g, dP = g·vᵀ, dS = P⊙(dP − Σ P⊙dP)·scale, dQ = dS·k, dK = dSᵀ·q.
 */
import { expectRank, expectShape, type Node, type Shape } from "../graph.ts";
import { type FloatArray, floats, integers, type Op, type Operand } from "../op.ts";
import { type HeadLayout, softmaxInPlace } from "./heads.ts";

function checkOperands(
  op: string,
  [q, k, v, sequences, positions]: readonly Node[],
  heads: HeadLayout,
): Shape {
  const [rows] = expectRank(op, "a matrix", q, 2);
  expectShape(op, "queries", q, [rows, heads.nHeads * heads.headDim]);
  expectShape(op, "keys", k, [rows, heads.nKvHeads * heads.headDim]);
  expectShape(op, "values", v, [rows, heads.nKvHeads * heads.headDim]);
  expectShape(op, "sequence numbers", sequences, [rows]);
  expectShape(op, "positions", positions, [rows]);
  return q.shape;
}

/** Numbers of the tokens that token `t` sees, in the order of the rows. */
function visibleTokens(t: number, sequences: Int32Array, positions: Int32Array, window: number): number[] {
  const visible: number[] = [];
  for (let u = 0; u < sequences.length; u++) {
    const distance = positions[t] - positions[u];
    if (sequences[u] === sequences[t] && distance >= 0 && distance < window) visible.push(u);
  }
  return visible;
}

/** Calls `visit` for each token and head with the attention weights over the visible tokens. */
function forEachHead(
  [q, k, , sequences, positions]: readonly Operand[],
  { nHeads, nKvHeads, headDim, scale, window }: HeadLayout,
  visit: (head: { query: number; keys: number[]; weights: Float64Array; kvHead: number }) => void,
): void {
  const [queries, keys] = [floats(q), floats(k)];
  const kvColumns = nKvHeads * headDim;
  for (let t = 0; t < q.shape[0]; t++) {
    const visible = visibleTokens(t, integers(sequences), integers(positions), window);
    for (let head = 0; head < nHeads; head++) {
      const kvHead = Math.floor(head / (nHeads / nKvHeads));
      const query = (t * nHeads + head) * headDim;
      const at = visible.map((u) => u * kvColumns + kvHead * headDim);
      const weights = Float64Array.from(
        at,
        (key) => scale * innerProduct(queries, query, keys, key, headDim),
      );
      softmaxInPlace(weights);
      visit({ query, keys: at, weights, kvHead });
    }
  }
}

function innerProduct(a: FloatArray, aAt: number, b: FloatArray, bAt: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aAt + i] * b[bAt + i];
  return sum;
}

export const ATTENTION: Op<HeadLayout> = {
  name: "attention",
  infer: (inputs, heads) => ({ shape: checkOperands("attention", inputs, heads), dtype: "F32" }),
  reference(inputs, [output], heads) {
    const [values, out] = [floats(inputs[2]), floats(output)];
    forEachHead(inputs, heads, ({ query, keys, weights }) => {
      for (let i = 0; i < heads.headDim; i++) {
        let sum = 0;
        for (let j = 0; j < keys.length; j++) sum += weights[j] * values[keys[j] + i];
        out[query + i] = sum;
      }
    });
  },
  gradient: ({ inputs }, dOut, heads) => [
    ...dOut.graph.apply(ATTENTION_GRADIENT, [...inputs, dOut], heads).outputs,
    undefined,
    undefined,
  ],
};

/** The gradients of queries, keys and values, each of the shape of its operand. */
export const ATTENTION_GRADIENT: Op<HeadLayout> = {
  name: "attention_gradient",
  infer(inputs, heads) {
    checkOperands("attention_gradient", inputs, heads);
    expectShape("attention_gradient", "an output gradient", inputs[5], inputs[0].shape);
    return inputs.slice(0, 3).map(({ shape }) => ({ shape, dtype: "F32" }));
  },
  reference(inputs, outputs, heads) {
    const [q, k, v, , , dOut] = inputs;
    const [queries, keys, values, g] = [floats(q), floats(k), floats(v), floats(dOut)];
    const dQ = new Float64Array(queries.length);
    const dK = new Float64Array(keys.length);
    const dV = new Float64Array(values.length);
    const { headDim, scale } = heads;
    forEachHead(inputs, heads, ({ query, keys: at, weights }) => {
      const dWeights = at.map((key) => innerProduct(g, query, values, key, headDim));
      const mean = weights.reduce((sum, weight, j) => sum + weight * dWeights[j], 0);
      for (let j = 0; j < at.length; j++) {
        const dScore = weights[j] * (dWeights[j] - mean) * scale;
        for (let i = 0; i < headDim; i++) {
          dQ[query + i] += dScore * keys[at[j] + i];
          dK[at[j] + i] += dScore * queries[query + i];
          dV[at[j] + i] += weights[j] * g[query + i];
        }
      }
    });
    [dQ, dK, dV].forEach((sums, i) => {
      floats(outputs[i]).set(sums);
    });
  },
};

/**
 * q [T, N·H], k and v [T, K·H], sequences and positions [T] → [T, N·H]. Tokens with equal sequence numbers
 * belong together.
 */
export function attention(inputs: {
  q: Node;
  k: Node;
  v: Node;
  sequences: Node;
  positions: Node;
  heads: HeadLayout;
}): Node {
  const { q, k, v, sequences, positions, heads } = inputs;
  return q.graph.apply(ATTENTION, [q, k, v, sequences, positions], heads);
}
