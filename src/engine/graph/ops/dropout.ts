/**
 * dropout: y[i] = x[i] / (1 − rate) where an element is kept, else 0 [Dropout]. Whether element i is kept follows from
 * its number, the seed of the step and the number of this application alone, so recomputing gives the same result, and so
 * does any number of threads:
 *
 *     kept ⇔ (mix(mix(i ⊕ seed) ⊕ application · 0x9e3779b9) >> 8) ≥ round(rate · 2²⁴)
 */

import { mixBits } from "../../../base/random.ts";
import { expectShape, type Node } from "../graph.ts";
import { floats, integers, type Op } from "../op.ts";

export interface DropoutAttributes {
  /** Probability that an element becomes 0, from 0 to below 1. */
  readonly rate: number;
  /** Number of this application: others of the same step drop other elements. */
  readonly application: number;
}

/** Seeds are below this. */
export const SEEDS = 2 ** 31 - 1;

export const HASH_BITS = 24;

/** The smallest hash of a kept element. */
export const leastKept = (rate: number): number => Math.round(rate * 2 ** HASH_BITS);

/** What the first hash is xored with, as a signed 32-bit number. */
export const streamOf = (application: number): number => Math.imul(application, 0x9e3779b9);

/** The random bits of an element: HASH_BITS of them. */
export function elementHash(element: number, seed: number, stream: number): number {
  return mixBits(mixBits(element ^ seed) ^ stream) >>> (32 - HASH_BITS);
}

export const DROPOUT: Op<DropoutAttributes> = {
  name: "dropout",
  infer([x, seed]) {
    expectShape("dropout", "a seed", seed, [1]);
    return { shape: x.shape, dtype: "F32" };
  },
  reference([x, seed], [output], { rate, application }) {
    const [values, out, [start]] = [floats(x), floats(output), integers(seed)];
    const [least, stream] = [leastKept(rate), streamOf(application)];
    for (let i = 0; i < out.length; i++) {
      out[i] = elementHash(i, start, stream) >= least ? values[i] / (1 - rate) : 0;
    }
  },
  gradient: ({ inputs: [, seed] }, dOut, attributes) => [
    dOut.graph.apply(DROPOUT, [dOut, seed], attributes),
    undefined,
  ],
};

/** Drops elements of x; `seed` is an input [1] of integers below SEEDS. */
export function dropout(x: Node, seed: Node, attributes: DropoutAttributes): Node {
  return x.graph.apply(DROPOUT, [x, seed], attributes);
}
