/** Log-probabilities of tokens, in float64 with the greatest logit subtracted first. */
import { RequestError, ShapeError } from "../base/errors.ts";
import { checkNumber, checkToken, POSITIVE } from "../schema/numbers.ts";

export interface TokenLogprob {
  readonly token: number;
  /** Natural logarithm; −Infinity for an excluded token. */
  readonly logprob: number;
}
export interface TopLogprobs extends TokenLogprob {
  /** The most likely tokens, best first, the lower token first among equals. */
  readonly top: readonly TokenLogprob[];
}

/**
 * The log-probability of `token` and of the `count` most likely tokens.
 * @param logits [vocabSize], before any sampler step: by default the model's own distribution, as servers report it.
 * @param temperature divides the logits first, as a chain with only a temperature would.
 * @throws RequestError for a bad token, count or temperature; ShapeError without logits.
 */
export function topLogprobs(
  logits: Float32Array,
  token: number,
  count: number,
  temperature = 1,
): TopLogprobs {
  if (logits.length === 0) throw new ShapeError({ doing: "compute log-probabilities", found: "no logits" });
  checkToken("token", token, logits.length);
  checkNumber("topLogprobs", count, { min: 0, max: 1024, integer: true });
  checkNumber("temperature", temperature, POSITIVE);
  let max = -Infinity;
  for (const logit of logits) if (logit > max) max = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp((logit - max) / temperature);
  if (!(sum >= 1)) {
    throw new RequestError({
      doing: "compute log-probabilities",
      expected: "finite logits",
      found: `max ${max}`,
    });
  }
  const logSum = Math.log(sum);
  const logprob = (id: number): number => (logits[id] - max) / temperature - logSum;
  const top = bestTokens(logits, count).map((id) => ({ token: id, logprob: logprob(id) }));
  return { token, logprob: logprob(token), top };
}

/** Inserts into a short sorted list: most tokens lose the comparison with its last entry. */
function bestTokens(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  if (count === 0) return best;
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && logits[id] <= logits[best[count - 1]]) continue;
    let at = best.length;
    while (at > 0 && logits[best[at - 1]] < logits[id]) at--;
    best.splice(at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
