/**
 * DRY: for every token that followed an earlier copy of the text's present ending, finds how long that copy was, and
 * lowers the token's logit by multiplier · base^(length − allowedLength). The copies' lengths are the Z-function of the
 * reversed window, so the work is linear in the window.
 */
import type { Candidates } from "./candidates.ts";
import type { SamplerContext } from "./context.ts";
import type { DryStep } from "./steps.ts";

/** ln of the greatest float32: keeps base^exponent finite. */
const FLOAT_MAX_LOG = 88.7228391;

export function applyDry(candidates: Candidates, step: DryStep, context: SamplerContext): void {
  const { multiplier, base, allowedLength, lastN, breakers } = step;
  if (multiplier === 0 || base < 1 || lastN === 0) return;
  const window = context.history.last(lastN);
  const lengths = context.perToken;
  if (!repeatedLengths(window, breakers, allowedLength, lengths)) return;
  for (const breaker of breakers) if (breaker.length === 1) lengths[breaker[0]] = 0;
  const maxExponent = base > 1.000001 ? FLOAT_MAX_LOG / Math.log(base) : Infinity;
  const { ids, logits } = candidates;
  for (let i = 0; i < candidates.length; i++) {
    const length = lengths[ids[i]];
    if (length > 0) logits[i] -= multiplier * base ** Math.min(length - 1 - allowedLength, maxExponent);
  }
  for (const token of window) lengths[token] = 0;
  candidates.touch();
}

/**
 * Writes to `lengths`, per token, the length of the longest repeat that it would complete, including the token
 * (only if the repeat before it reaches `allowedLength`).
 * @returns false if nothing was written.
 */
export function repeatedLengths(
  window: Uint32Array,
  breakers: readonly (readonly number[])[],
  allowedLength: number,
  lengths: Float64Array,
): boolean {
  const n = window.length;
  if (n <= allowedLength) return false;
  const limit = lengthSinceBreaker(window, breakers);
  if (limit < allowedLength) return false;
  const copies = reversedZ(window);
  let found = false;
  for (let distance = 1; distance < n; distance++) {
    const length = Math.min(copies[distance], limit);
    if (length < allowedLength) continue;
    const next = window[n - distance];
    lengths[next] = Math.max(lengths[next], length + 1);
    found = true;
  }
  return found;
}

/** Number of tokens at the window's end without a breaker; no repeat may be longer. */
function lengthSinceBreaker(window: Uint32Array, breakers: readonly (readonly number[])[]): number {
  const n = window.length;
  for (let back = 0; back < n; back++) {
    let longest = 0;
    for (const breaker of breakers) {
      const fits = breaker.length > longest && breaker.length - 1 <= back;
      if (fits && breaker.every((token, i) => window[n - 1 - back + i] === token)) longest = breaker.length;
    }
    if (longest > 0) return back - (longest - 1);
  }
  return n;
}

/** z[d] = length of the longest common ending of the window and the window without its last d tokens. */
function reversedZ(window: Uint32Array): Uint32Array {
  const n = window.length;
  const z = new Uint32Array(n);
  let left = 0;
  let right = 0;
  for (let d = 1; d < n; d++) {
    let length = d < right ? Math.min(right - d, z[d - left]) : 0;
    while (d + length < n && window[n - 1 - length] === window[n - 1 - d - length]) length++;
    z[d] = length;
    if (d + length > right) {
      left = d;
      right = d + length;
    }
  }
  return z;
}
