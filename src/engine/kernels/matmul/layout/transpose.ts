/**
 * Transposition in registers: words of as many rows as a vector has lanes become vectors with a lane for each row.
 * So packing reads and writes whole vectors, and every cache line of a packed weight is written once.
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
  /** Once and three times the stride: with the address's scale they reach four rows. */
  readonly #strides: readonly Variable<"int">[];

  /** @param stride bytes from a row to the next. */
  constructor(k: KernelBuilder, stride: Operand<"int">) {
    this.#k = k;
    this.#strides = [k.variable(stride), k.variable(k.mul(stride, 3))];
  }

  /**
   * Calls `read` with the address of `count` rows from row `from` of those at `first` on, `disp` bytes further; the
   * address is good in the call alone.
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
 * Exchanges a bit of the vector's number with one of the lane's: of the lanes of a and b that have this bit 0 and
 * of those that have it 1, the `half` asked for, those of a where the lane's bit is 0, those of b where it is 1.
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
 * Vector i of the result has in lane l word i of row l.
 * @param rows as many as lanes; each holds `width` words in its first lanes, whatever the others hold.
 * @param width a power of two, at most the lanes: how many vectors come out.
 */
export function transpose(
  k: KernelBuilder,
  rows: readonly Value<"i32v">[],
  width: number,
): readonly Value<"i32v">[] {
  let vectors = [...rows];
  // A bit of the row's number becomes a bit of the lane's; first those that have no words of their own there.
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
