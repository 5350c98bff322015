/**
 * Transposition in registers: words of as many rows as a vector has lanes become vectors with a lane for each row.
 * So packing reads and writes whole vectors, and every cache line of a packed weight is written once.
 */
import type { AddressOperand, Operand, Value, Variable } from "../../kernel/build/core.ts";
import type { KernelBuilder } from "../../kernel/builder.ts";

/** Neighbouring rows in memory. Four registers of strides reach eight rows from one pointer. */
export class Rows {
  readonly #k: KernelBuilder;
  /** Once, three, five and seven times the stride. */
  readonly #odd: readonly Variable<"int">[];

  /** @param stride bytes from a row to the next. */
  constructor(k: KernelBuilder, stride: Operand<"int">) {
    this.#k = k;
    this.#odd = [1, 3, 5, 7].map((times) => k.variable(k.mul(stride, times)));
  }

  /** Calls `read` with the address of each of `count` rows from `first` on, `disp` bytes further; good in the call. */
  each<T>(
    first: Operand<"ptr">,
    count: number,
    disp: number,
    read: (at: AddressOperand, row: number) => T,
  ): T[] {
    const k = this.#k;
    const base = k.variable(first);
    const results: T[] = [];
    for (let row = 0; row < count; row++) {
      const within = row % 8;
      if (row > 0 && within === 0) base.set(k.offset(base, k.shl(this.#odd[0], 3)));
      const scale = [1, 1, 2, 1, 4, 1, 2, 1][within] as 1 | 2 | 4;
      const index = this.#odd[[0, 0, 0, 1, 0, 2, 1, 3][within]];
      results.push(read(within === 0 ? { base, disp } : { base, index, scale, disp }, row));
    }
    return results;
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
  return k.permute2(a, b, Array.from({ length: k.lanes }, (_, lane) => from(lane)));
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
