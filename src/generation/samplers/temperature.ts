/** Temperature, fixed or dynamic (by entropy). */
import type { Candidates } from "./candidates.ts";
import type { DynamicTemperatureStep, TemperatureStep } from "./steps.ts";

/** Divides the logits; at temperature 0 only the greatest stays (the lowest token among equals). */
function scale(candidates: Candidates, temperature: number): void {
  if (temperature === 0) {
    candidates.keepTop(1);
    return;
  }
  if (temperature === 1) return;
  // The greatest logit is subtracted first, so that a tiny temperature cannot produce infinities.
  const max = candidates.greatest();
  const { logits } = candidates;
  for (let i = 0; i < candidates.length; i++) logits[i] = (logits[i] - max) / temperature;
  // Distinct logits may round to equal ones: sort again.
  candidates.touch();
  candidates.keepAtLeast(-Infinity);
}

export function applyTemperature(candidates: Candidates, step: TemperatureStep): void {
  scale(candidates, step.temperature);
}

/**
 * Temperature between max(0, T − range) and T + range, by the entropy H of the candidates as a share of the
 * greatest possible: lo + (hi − lo) · (H / ln n)^exponent.
 */
export function dynamicTemperature(
  probs: Float32Array,
  length: number,
  step: DynamicTemperatureStep,
): number {
  const low = Math.max(0, step.temperature - step.range);
  const high = step.temperature + step.range;
  if (length < 2) return high;
  let entropy = 0;
  for (let i = 0; i < length; i++) if (probs[i] > 0) entropy -= probs[i] * Math.log(probs[i]);
  const share = Math.min(1, Math.max(0, entropy / Math.log(length)));
  return low + (high - low) * share ** step.exponent;
}

export function applyDynamicTemperature(candidates: Candidates, step: DynamicTemperatureStep): void {
  if (step.range === 0) {
    scale(candidates, step.temperature);
    return;
  }
  if (candidates.length < 2) return;
  candidates.normalise();
  scale(candidates, dynamicTemperature(candidates.probs, candidates.length, step));
}
