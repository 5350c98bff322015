/** What both forms of attention share: how heads lie in a row, and the softmax. */

export interface HeadLayout {
  /** N, query heads. */
  readonly nHeads: number;
  /** K, key and value heads; query head n uses key head ⌊n·K/N⌋. */
  readonly nKvHeads: number;
  /** H, elements per head. */
  readonly headDim: number;
  /** Multiplies the scores: 1/sqrt(headDim) unless a model says otherwise. */
  readonly scale: number;
  /** A token sees itself and at most window − 1 tokens before; Infinity without a sliding window. */
  readonly window: number;
}

/** Scores to weights, subtracting the largest first so that nothing overflows. */
export function softmaxInPlace(scores: Float64Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) largest = Math.max(largest, score);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i] - largest);
    sum += scores[i];
  }
  for (let i = 0; i < scores.length; i++) scores[i] /= sum;
}
