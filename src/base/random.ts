/**
 * Cria's generator of pseudo-random numbers, specified bit for bit: xoshiro128** 1.1 (Blackman and Vigna,
 * "Scrambled linear pseudorandom number generators"), its four words of state taken from splitmix32 started
 * at the seed's low word, xored with splitmix32 started at the seed's high word. All random numbers in Cria
 * come from it, so a seed has the same effect in Node and in a browser.
 */

function splitmix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return mixBits(state);
  };
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

export class Random {
  readonly #s: Uint32Array;

  /** @param seed a non-negative integer up to 2^53 − 1. */
  constructor(seed: number) {
    const low = splitmix32(seed % 2 ** 32);
    const high = splitmix32(Math.floor(seed / 2 ** 32) ^ 0x6c617661);
    this.#s = Uint32Array.from({ length: 4 }, () => low() ^ high());
  }

  /** An independent generator in the same state. */
  clone(): Random {
    const copy = new Random(0);
    copy.#s.set(this.#s);
    return copy;
  }

  /** Next 32 bits. */
  u32(): number {
    const s = this.#s;
    const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11);
    return result;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.u32() >>> 5) * 2 ** 26 + (this.u32() >>> 6)) * 2 ** -53;
  }

  /** Uniform integer in [0, bound), without modulo bias. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal, by Box and Muller's method (one value per pair of uniforms). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** The finalizer of MurmurHash3: every bit of a 32-bit number affects every bit of the result. */
export function mixBits(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A default seed for callers that give none; it is printed, so that the run can be repeated. */
export function freshSeed(): number {
  // Not from `crypto`: it would load half of Node's cryptography, and nothing here is secret.
  return Math.floor(Math.random() * 2 ** 32);
}
