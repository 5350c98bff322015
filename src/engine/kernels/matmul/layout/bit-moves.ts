/** Moves bits within a word, once, while a weight is packed. */

import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";

/** A word of one row, or a vector with a word of one row in each lane. Packing moves bits of both. */
export type WordKind = "int" | "i32v";

/** Moves `count` bits from bit `from` to bit `to`. */
export type Move = readonly [from: number, count: number, to: number];

/** A new word of the moved bits only. */
export function moveBits<K extends WordKind>(
  k: KernelBuilder,
  word: Value<K>,
  moves: readonly Move[],
): Value<K> {
  const moved = ([from, count, to]: Move): Value<K> => {
    const low = k.and(from === 0 ? word : k.shr(word, from), 2 ** count - 1);
    return to === 0 ? low : k.shl(low, to);
  };
  const [first, ...others] = moves;
  return others.reduce((all, move) => k.or(all, moved(move)), moved(first));
}

/** Permutes bits by swapping two bits (`high` > `low`) of each bit's index: bit …0…1… changes places with bit …1…0…. */
function swapNumberBits<K extends WordKind>(
  k: KernelBuilder,
  value: Value<K>,
  high: number,
  low: number,
): Value<K> {
  const shift = (1 << high) - (1 << low);
  let mask = 0;
  for (let i = 0; i < 32; i++) if (((i >> low) & 1) === 1 && ((i >> high) & 1) === 0) mask += 2 ** i;
  const difference = k.and(k.xor(value, k.shr(value, shift)), mask);
  return k.xor(k.xor(value, difference), k.shl(difference, shift));
}

/** Applies several swaps of index bits, in order. */
export function swapNumbers<K extends WordKind>(
  k: KernelBuilder,
  value: Value<K>,
  swaps: readonly (readonly [high: number, low: number])[],
): Value<K> {
  return swaps.reduce((moved, [high, low]) => swapNumberBits(k, moved, high, low), value);
}

/**
 * Moves bit 4j + b to bit 8b + j. Byte b of the result holds the bits of the values 4j + b, so one shift aligns the
 * bits of four neighbouring values with their codes. The index jjjbb of a bit becomes bbjjj.
 */
export function spreadBits<K extends WordKind>(k: KernelBuilder, word: Value<K>): Value<K> {
  return swapNumbers(k, word, [
    [4, 1],
    [3, 0],
    [2, 1],
    [1, 0],
  ]);
}
