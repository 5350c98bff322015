/** XTC, "exclude top choices": with some probability, drops all likely tokens except the least likely of them. */
import type { Candidates } from "./candidates.ts";
import type { SamplerContext } from "./context.ts";
import type { XtcStep } from "./steps.ts";

/** Draws one random number whenever the step is active, so that a seed's other draws do not depend on logits. */
export function applyXtc(candidates: Candidates, step: XtcStep, context: SamplerContext): void {
  if (step.probability <= 0 || step.threshold > 0.5) return;
  const chance = context.random.uniform();
  if (chance >= step.probability || candidates.length < 2) return;
  // No more than 1/threshold tokens can reach the threshold.
  candidates.sortHead(Math.min(candidates.length, Math.ceil(1 / Math.max(step.threshold, 1e-9)) + 1));
  candidates.normalise();
  let likely = 0;
  while (likely < candidates.length && candidates.probs[likely] >= step.threshold) likely++;
  const dropped = likely - 1;
  if (dropped > 0 && candidates.length - dropped >= (step.minKeep ?? 0)) candidates.dropHead(dropped);
}
