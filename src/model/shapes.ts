/**
 * Legend of the one-letter dims that shape comments and tensor suffixes use everywhere in `model/` and `train/`.
 *
 *     B sequences      T new tokens       S cached positions
 *     D dim            N query heads      K KV heads          H headDim
 *     F ffnDim         V vocabSize        L layers
 *
 * A value named `q_TNH` has shape [T, N, H], outermost dim first.
 */
import { ShapeError } from "../base/errors.ts";

/** "[4096, 1024]" */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Throws ShapeError unless `found` is `expected`; `what` names the value: "attention input". */
export function expectShape(found: readonly number[], expected: readonly number[], what: string): void {
  if (sameShape(found, expected)) return;
  throw new ShapeError({ doing: `use ${what}`, expected: formatShape(expected), found: formatShape(found) });
}
