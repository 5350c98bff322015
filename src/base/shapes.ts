/**
 * Legend of the one-letter dims in shape comments and tensor suffixes of `model/` and `train/`.
 *
 *     B sequences      T new tokens       S cached positions
 *     D dim            N query heads      K KV heads          H headDim
 *     F ffnDim         V vocabSize        L layers
 *
 * A value named `q_TNH` has shape [T, N, H], outermost dim first.
 */

/** "[4096, 1024]" */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
