/**
 * A shuffled order without a list: a Feistel network over a power of four, applied until the result is below the length
 * (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002). It needs no memory and can be resumed anywhere. The same
 * seed gives the same order on every machine.
 */
import { assert } from "../../base/errors.ts";
import { mixBits, Random } from "../../base/random.ts";

const ROUNDS = 6;

/** A random order of the numbers below `length` (at most 2^32). */
export class Permutation {
  readonly length: number;
  readonly #halfBits: number;
  readonly #keys: Uint32Array;

  constructor(length: number, random: Random) {
    assert(Number.isInteger(length) && length >= 0 && length <= 2 ** 32, `a permutation of ${length}`);
    this.length = length;
    this.#halfBits = Math.ceil(Math.log2(Math.max(length, 2)) / 2);
    this.#keys = Uint32Array.from({ length: ROUNDS }, () => random.u32());
  }

  /** The number at `place`. */
  at(place: number): number {
    assert(place >= 0 && place < this.length, `place ${place} of ${this.length}`);
    let value = place;
    do value = this.#step(value);
    while (value >= this.length);
    return value;
  }

  #step(value: number): number {
    const keys = this.#keys;
    const shift = 32 - this.#halfBits;
    const size = 2 ** this.#halfBits;
    let right = value % size;
    let left = (value - right) / size;
    for (let round = 0; round < ROUNDS; round++) {
      const next = left ^ (mixBits(right ^ keys[round]) >>> shift);
      left = right;
      right = next;
    }
    return left * size + right;
  }
}

/** 32-bit hash of a text (FNV-1a). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A generator for one purpose. Different paths give independent generators. */
export function randomFor(seed: number, ...path: readonly (string | number)[]): Random {
  return path.reduce<Random>((random, part) => {
    const own = typeof part === "string" ? hashOf(part) : part;
    return new Random((random.u32() >>> 11) * 2 ** 32 + ((random.u32() ^ own) >>> 0));
  }, new Random(seed));
}
