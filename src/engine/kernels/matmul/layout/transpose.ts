/**
 * Transposition in registers: vectors that each hold words of one row become vectors with one row per lane. Packing
 * can then read and write whole vectors, and writes every cache line of a packed weight once.
 */

import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";

/** Where a row begins. */
export interface RowAddress {
  readonly base: Operand<"ptr">;
  readonly index?: Operand<"int">;
  readonly scale?: 1 | 2 | 4;
  readonly disp: number;
}

/** Neighbouring rows in memory. */
export class Rows {
  readonly #k: KernelBuilder;
  /** The stride and three times the stride: with the scale of an address they reach four rows. */
  readonly #strides: readonly Variable<"int">[];

  /** @param stride bytes from one row to the next. */
  constructor(k: KernelBuilder, stride: Operand<"int">) {
    this.#k = k;
    this.#strides = [k.variable(stride), k.variable(k.mul(stride, 3))];
  }

  /**
   * Calls `read` with the address of byte `disp` of each of `count` rows, from row `from` of those that start at
   * `first`. The address is valid only during the call.
   * @param from a multiple of 4.
   */
  each<T>(
    first: Operand<"ptr">,
    from: number,
    count: number,
    disp: number,
    read: (at: RowAddress, row: number) => T,
  ): T[] {
    const k = this.#k;
    const [one, three] = this.#strides;
    const base = k.variable(from === 0 ? first : k.offset(first, k.mul(one, from)));
    return Array.from({ length: count }, (_, row) => {
      if (row > 0 && row % 4 === 0) base.set(k.offset(base, k.shl(one, 2)));
      if (row % 4 === 0) return read({ base, disp }, row);
      return read({ base, index: row % 4 === 3 ? three : one, scale: row % 4 === 2 ? 2 : 1, disp }, row);
    });
  }
}

/**
 * One step of the transposition: exchanges a bit of the vector's index with the same bit of the lane's index. The
 * result takes the lanes of a and b in which the bit equals `half`: a's go to the lanes in which the bit is 0, b's to
 * those in which it is 1.
 */
function exchange(
  k: KernelBuilder,
  a: Value<"i32v">,
  b: Value<"i32v">,
  bit: number,
  half: 0 | 1,
): Value<"i32v"> {
  const from = (lane: number) => (lane & ~bit) + half * bit + ((lane & bit) === 0 ? 0 : k.lanes);
  return k.permute2(
    a,
    b,
    Array.from({ length: k.lanes }, (_, lane) => from(lane)),
  );
}

/**
 * Lane l of vector i of the result is word i of row l.
 * @param rows one vector per lane; each holds `width` words in its first lanes. Its other lanes are ignored.
 * @param width number of vectors of the result: a power of two, at most the number of lanes.
 */
export function transpose(
  k: KernelBuilder,
  rows: readonly Value<"i32v">[],
  width: number,
): readonly Value<"i32v">[] {
  let vectors = [...rows];
  // Each bit of the row's index becomes a bit of the lane's index; first the bits that select unused lanes.
  for (let bit = k.lanes / 2; bit >= width; bit /= 2)
    vectors = vectors.slice(0, bit).map((vector, i) => exchange(k, vector, vectors[i + bit], bit, 0));
  for (let bit = width / 2; bit >= 1; bit /= 2) {
    for (let i = 0; i < width; i++) {
      if ((i & bit) !== 0) continue;
      const [a, b] = [vectors[i], vectors[i + bit]];
      vectors[i] = exchange(k, a, b, bit, 0);
      vectors[i + bit] = exchange(k, a, b, bit, 1);
    }
  }
  return vectors;
}
