/** Nucleus sampling: the fewest most likely tokens that together reach probability p [Nucleus]. */
import type { Candidates } from "./candidates.ts";
import type { TopPCut, TopPStep } from "./steps.ts";

/**
 * How many of the `length` descending probabilities the nucleus keeps, by the rules of three programs:
 * - "llama.cpp": through the first token where the sum reaches p, but no fewer than `minKeep`;
 * - "alpaca" (alpaca.cpp and its contemporaries): the same, without `minKeep`;
 * - "meta" (Meta's sample_top_p): drops tokens where the sum *before* them already exceeds p.
 * `undefined`: the nucleus does not end within these.
 */
export function nucleusLength(
  probs: Float32Array,
  length: number,
  p: number,
  cut: TopPCut,
  minKeep = 0,
): number | undefined {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    if (cut === "meta" && sum > p) return i;
    sum += probs[i];
    if (cut !== "meta" && Math.fround(sum) >= Math.fround(p) && (cut === "alpaca" || i + 1 >= minKeep))
      return i + 1;
  }
  return undefined;
}

/** Sorts only as far as needed: most nuclei are small, most vocabularies large. */
export function applyTopP(candidates: Candidates, step: TopPStep): void {
  if (step.p >= 1) return;
  const logSum = candidates.logSumExp();
  for (let head = 256; ; head *= 8) {
    const sorted = Math.min(head, candidates.length);
    candidates.sortHead(sorted);
    candidates.normalise(sorted, logSum);
    const kept = nucleusLength(candidates.probs, sorted, step.p, step.cut, step.minKeep);
    if (kept !== undefined) candidates.truncate(kept);
    if (kept !== undefined || sorted === candidates.length) return;
  }
}
