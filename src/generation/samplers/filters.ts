/** Filters that cut by rank or logit: logit bias, top-k, min-p, top-n-sigma. */
import type { Candidates } from "./candidates.ts";
import type { SamplerContext } from "./context.ts";
import type { LogitBiasStep, MinPStep, TopKStep, TopNSigmaStep } from "./steps.ts";

export function applyLogitBias(candidates: Candidates, step: LogitBiasStep, context: SamplerContext): void {
  if (step.bias.length === 0) return;
  const change = context.perToken;
  for (const [token, bias] of step.bias) change[token] += bias;
  const isByToken = candidates.isByToken;
  if (!isByToken) {
    const { ids, logits } = candidates;
    for (let i = 0; i < candidates.length; i++) logits[i] += change[ids[i]];
  }
  for (const [token] of step.bias) {
    if (isByToken) candidates.add(token, change[token]);
    change[token] = 0;
  }
  candidates.touch();
  if (!isByToken) candidates.keepAtLeast(-Infinity);
  candidates.requireSome();
}

/** Keeps the k most likely; k 0 keeps all. */
export function applyTopK(candidates: Candidates, step: TopKStep): void {
  if (step.k === 0) return;
  const k = Math.max(step.k, step.minKeep ?? 0);
  candidates.keepTop(k);
}

/** Keeps tokens at least p times as likely as the most likely: logit ≥ max + ln p. */
export function applyMinP(candidates: Candidates, step: MinPStep): void {
  if (step.p === 0) return;
  const minKeep = Math.max(step.minKeep ?? 0, 1);
  const floor = candidates.greatest() + Math.log(step.p);
  let kept = 0;
  for (let i = 0; i < candidates.length; i++) if (candidates.logits[i] >= floor) kept++;
  if (kept >= minKeep) {
    candidates.keepAtLeast(floor);
  } else {
    candidates.keepTop(minKeep);
  }
}

/** Keeps logits within n standard deviations of the greatest: logit ≥ max − n·σ (n 0 keeps the greatest). */
export function applyTopNSigma(candidates: Candidates, step: TopNSigmaStep): void {
  const { logits, length } = candidates;
  let mean = 0;
  for (let i = 0; i < length; i++) mean += logits[i];
  mean /= length;
  let variance = 0;
  for (let i = 0; i < length; i++) variance += (logits[i] - mean) ** 2;
  candidates.keepAtLeast(candidates.greatest() - step.n * Math.sqrt(variance / length));
}
