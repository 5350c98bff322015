/**
 * The steps that end a chain: each picks one of the candidates and returns its index. Mirostat steers the
 * surprise of what it picks towards `tau` bits and remembers μ between tokens (Basu et al., 2007.14966).
 */
import type { Candidates } from "./candidates.ts";
import type { SamplerContext } from "./context.ts";
import type { Mirostat1Step, Mirostat2Step } from "./steps.ts";

export function selectGreedy(candidates: Candidates): number {
  candidates.keepTop(1);
  candidates.normalise();
  return 0;
}

export function selectDist(candidates: Candidates, _step: unknown, context: SamplerContext): number {
  candidates.normalise();
  const { probs, length } = candidates;
  const target = context.random.uniform();
  let sum = 0;
  let last = 0;
  for (let i = 0; i < length; i++) {
    if (probs[i] === 0) continue;
    sum += probs[i];
    last = i;
    if (target < sum) return i;
  }
  // Rounding may leave the sum below 1.
  return last;
}

/** μ starts at twice the target surprise. */
export function mirostatStart(step: Mirostat1Step | Mirostat2Step): number {
  return 2 * step.tau;
}

const FITTED_TOKENS = 100;

/** Zipf exponent ŝ of the most likely tokens: least squares through the origin on neighbouring ratios. */
export function zipfExponent(probs: Float32Array, length: number): number {
  let products = 0;
  let squares = 0;
  for (let i = 0; i < Math.min(length, FITTED_TOKENS) - 1 && probs[i + 1] > 0; i++) {
    const t = Math.log((i + 2) / (i + 1));
    products += t * Math.log(probs[i] / probs[i + 1]);
    squares += t * t;
  }
  return squares === 0 ? 1 : products / squares;
}

/** Mirostat's k = (ε·2^μ / (1 − V^−ε))^(1/ŝ) with ε = ŝ − 1; its limits where ε or ŝ is 0. */
export function mirostatCut(exponent: number, mu: number, vocabSize: number): number {
  const epsilon = exponent - 1;
  const spread = Math.abs(epsilon) < 1e-9 ? 1 / Math.log(vocabSize) : epsilon / (1 - vocabSize ** -epsilon);
  if (exponent < 1e-9) return vocabSize;
  return (spread * 2 ** mu) ** (1 / exponent);
}

export function selectMirostat1(
  candidates: Candidates,
  step: Mirostat1Step,
  context: SamplerContext,
): number {
  candidates.sortHead(FITTED_TOKENS);
  candidates.normalise();
  const exponent = zipfExponent(candidates.probs, candidates.length);
  const k = Math.max(
    1,
    Math.floor(Math.min(mirostatCut(exponent, context.memory, context.vocabSize), 2 ** 31)),
  );
  candidates.keepTop(k);
  return drawAndLearn(candidates, step, context);
}

export function selectMirostat2(
  candidates: Candidates,
  step: Mirostat2Step,
  context: SamplerContext,
): number {
  candidates.sortHead(1);
  candidates.normalise();
  const { probs, logits, length } = candidates;
  const floor = 2 ** -context.memory;
  // The most likely token always stays. Probabilities order like logits, so the cut uses logits.
  let least = logits[0];
  for (let i = 1; i < length; i++) if (probs[i] >= floor && logits[i] < least) least = logits[i];
  candidates.keepAtLeast(least);
  return drawAndLearn(candidates, step, context);
}

function drawAndLearn(
  candidates: Candidates,
  step: { tau: number; eta: number },
  context: SamplerContext,
): number {
  const index = selectDist(candidates, step, context);
  context.memory -= step.eta * (-Math.log2(candidates.probs[index]) - step.tau);
  return index;
}
