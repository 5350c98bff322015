/** One vector for a whole text, from the hidden states of its tokens. */
import { assert } from "../base/errors.ts";

/** `mean` of all tokens, `first` ("cls") or `last` token. */
export const POOLINGS = ["mean", "first", "last"] as const;
export type Pooling = (typeof POOLINGS)[number];

const POOLS: Readonly<Record<Pooling, (rows: readonly Float32Array[]) => Float32Array>> = {
  first: (rows) => rows[0].slice(),
  last: (rows) => rows[rows.length - 1].slice(),
  mean: (rows) => {
    const sums = new Float64Array(rows[0].length);
    for (const row of rows) for (let i = 0; i < sums.length; i++) sums[i] += row[i];
    return Float32Array.from(sums, (sum) => sum / rows.length);
  },
};

/** @param rows hidden states [T][D], at least one. Returns [D]. */
export function pool(rows: readonly Float32Array[], pooling: Pooling): Float32Array {
  assert(rows.length > 0, "a text without tokens has no vector");
  return POOLS[pooling](rows);
}

/** The vector scaled to length 1; a zero vector is unchanged. */
export function normalise(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return length === 0 ? vector : vector.map((value) => value / length);
}
