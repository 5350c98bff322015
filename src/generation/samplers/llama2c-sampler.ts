/**
 * llama2.c's sampler, number for number, so that its published texts are reproduced exactly: its xorshift*
 * generator, float32 arithmetic in its order of additions, its top-p with the pre-cut (1 − p)/(n − 1).
 */
import { RequestError } from "../../base/errors.ts";
import { checkNumber, NOT_NEGATIVE, PROBABILITY, SEED } from "../../schema/numbers.ts";

const MASK_64 = (1n << 64n) - 1n;

/** xorshift* with 64 bits of state; the seed is the state. */
export class Llama2cRandom {
  #state: bigint;

  constructor(seed: number | bigint) {
    this.#state = BigInt.asUintN(64, BigInt(seed));
  }

  u32(): number {
    let s = this.#state;
    s ^= s >> 12n;
    s = (s ^ (s << 25n)) & MASK_64;
    s ^= s >> 27n;
    this.#state = s;
    return Number(((s * 0x2545f4914f6cdd1dn) & MASK_64) >> 32n);
  }

  /** Uniform in [0, 1) with 24 bits. */
  f32(): number {
    return (this.u32() >>> 8) / 16777216;
  }
}

export interface Llama2cOptions {
  /** Default 1; 0 takes the most likely token. */
  readonly temperature?: number | undefined;
  /** Default 0.9; 0 and 1 switch it off. */
  readonly topP?: number | undefined;
  /** Positive: llama2.c's generator stays at zero if it starts there. */
  readonly seed: number;
}

export interface Llama2cSampler {
  /** @param logits [vocabSize], left unchanged. */
  sample(logits: Float32Array): number;
}

/** @throws RequestError for options out of range. */
export function llama2cSampler({ temperature = 1, topP = 0.9, seed }: Llama2cOptions): Llama2cSampler {
  checkNumber("temperature", temperature, NOT_NEGATIVE);
  checkNumber("topP", topP, PROBABILITY);
  checkNumber("seed", seed, { ...SEED, min: 1 });
  const random = new Llama2cRandom(seed);
  let probs = new Float32Array(0);
  return {
    sample(logits) {
      if (logits.length === 0) {
        throw new RequestError({ doing: "sample a token", expected: "at least one logit", found: "none" });
      }
      if (temperature === 0) return argmax(logits);
      if (probs.length !== logits.length) probs = new Float32Array(logits.length);
      softmaxF32(logits, Math.fround(temperature), probs);
      const coin = random.f32();
      const p = Math.fround(topP);
      return p <= 0 || p >= 1 ? drawFromAll(probs, coin) : drawFromNucleus(probs, p, coin);
    },
  };
}

/** Index of the greatest value; the first among equals. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** Rounds every operation to float32, as C's float does. */
function softmaxF32(logits: Float32Array, temperature: number, out: Float32Array): void {
  const f = Math.fround;
  let max = -Infinity;
  for (let i = 0; i < logits.length; i++) {
    out[i] = logits[i] / temperature;
    if (out[i] > max) max = out[i];
  }
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.exp(f(out[i] - max));
    sum = f(sum + out[i]);
  }
  for (let i = 0; i < out.length; i++) out[i] /= sum;
}

function drawFromAll(probs: Float32Array, coin: number): number {
  let sum = 0;
  for (let i = 0; i < probs.length; i++) {
    sum = Math.fround(sum + probs[i]);
    if (coin < sum) return i;
  }
  return probs.length - 1;
}

function drawFromNucleus(probs: Float32Array, topP: number, coin: number): number {
  const f = Math.fround;
  const cutoff = f(f(1 - topP) / (probs.length - 1));
  const kept: number[] = [];
  for (let i = 0; i < probs.length; i++) if (probs[i] >= cutoff) kept.push(i);
  // A stable sort: equal probabilities stay in token order.
  kept.sort((a, b) => probs[b] - probs[a]);
  let sum = 0;
  let last = kept.length - 1;
  for (let i = 0; i < kept.length; i++) {
    sum = f(sum + probs[kept[i]]);
    if (sum > topP) {
      last = i;
      break;
    }
  }
  const target = f(coin * sum);
  let below = 0;
  for (let i = 0; i <= last; i++) {
    below = f(below + probs[kept[i]]);
    if (target < below) return kept[i];
  }
  return kept[last];
}
