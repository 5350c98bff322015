/** Locally typical sampling: keeps the tokens whose surprise is closest to the distribution's entropy. */
import { type Candidates, MAX_VOCAB_SIZE } from "./candidates.ts";
import type { TypicalStep } from "./steps.ts";

const scoreBits = new Uint32Array(1);
const score = new Float32Array(scoreBits.buffer);

/** Orders by |−ln p − H| and keeps until the sum of probabilities exceeds p. */
export function applyTypical(candidates: Candidates, step: TypicalStep): void {
  if (step.p >= 1) return;
  candidates.normalise();
  const { ids, logits, probs, length, scratch: keys } = candidates;
  let entropy = 0;
  for (let i = 0; i < length; i++) if (probs[i] > 0) entropy -= probs[i] * Math.log(probs[i]);
  // A key packs the score's float32 bits (non-negative, so they order like the score) and the position, see Candidates.
  for (let i = 0; i < length; i++) {
    score[0] = probs[i] > 0 ? Math.abs(-Math.log(probs[i]) - entropy) : Infinity;
    keys[i] = scoreBits[0] * MAX_VOCAB_SIZE + i;
  }
  keys.subarray(0, length).sort();
  let sum = 0;
  let kept = 0;
  while (kept < length) {
    sum += probs[keys[kept++] % MAX_VOCAB_SIZE];
    if (sum > step.p && kept >= (step.minKeep ?? 0)) break;
  }
  // Kept tokens move to the front in their old order, so positions are sorted again.
  for (let i = 0; i < kept; i++) keys[i] %= MAX_VOCAB_SIZE;
  keys.subarray(0, kept).sort();
  for (let i = 0; i < kept; i++) {
    ids[i] = ids[keys[i]];
    logits[i] = logits[keys[i]];
  }
  candidates.disorder();
  candidates.truncate(kept);
}
