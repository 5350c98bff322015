/**
 * Repetition, frequency and presence penalties. The logit of a token in the window is multiplied by `repeat`
 * if not positive and divided by it if positive (CTRL's rule, corrected for negative logits), then lowered by
 * `frequency` for each occurrence and by `presence` once.
 */
import type { Candidates } from "./candidates.ts";
import type { SamplerContext } from "./context.ts";
import type { PenaltiesStep } from "./steps.ts";

export function applyPenalties(candidates: Candidates, step: PenaltiesStep, context: SamplerContext): void {
  const { repeat, frequency, presence } = step;
  if (step.lastN === 0 || (repeat === 1 && frequency === 0 && presence === 0)) return;
  const window = context.history.last(step.lastN);
  if (window.length === 0) return;
  const counts = context.perToken;
  for (const token of window) counts[token]++;
  const { ids, logits } = candidates;
  const punish = (i: number, count: number): void => {
    const logit = logits[i] <= 0 ? logits[i] * repeat : logits[i] / repeat;
    logits[i] = logit - count * frequency - presence;
  };
  const direct = candidates.indexOf(window[0]) >= 0;
  if (!direct) for (let i = 0; i < candidates.length; i++) if (counts[ids[i]] > 0) punish(i, counts[ids[i]]);
  for (const token of window) {
    if (direct && counts[token] > 0) punish(token, counts[token]);
    counts[token] = 0;
  }
  candidates.touch();
}
