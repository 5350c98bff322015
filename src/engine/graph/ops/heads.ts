/** Shared by both forms of attention: the layout of heads in a row, and the softmax. */

export interface HeadLayout {
  /** N, query heads. */
  readonly nHeads: number;
  /** K, key and value heads; query head n uses key head ⌊n·K/N⌋. */
  readonly nKvHeads: number;
  /** H, elements per head. */
  readonly headDim: number;
  /** Factor of the scores: 1/sqrt(headDim) unless a model defines another. */
  readonly scale: number;
  /** A token sees itself and at most the window − 1 tokens before it; Infinity without a sliding window. */
  readonly window: number;
}

/** Turns scores into weights. Subtracts the largest first, so that nothing overflows. */
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
