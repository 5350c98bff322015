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

/** Where rows that are read side by side are. */
export interface RowPlaces {
  /** Address of byte `disp` of a row. */
  at(row: number, disp: number): RowAddress;
  /** Addresses of byte `disp` of `count` rows of the same eight, from `row` on. */
  some(row: number, count: number, disp: number): readonly RowAddress[];
}

/** Rows with a known number of bytes from one to the next. */
export function constantRows(base: Operand<"ptr">, stride: number): RowPlaces {
  const at = (row: number, disp: number): RowAddress => ({ base, disp: row * stride + disp });
  return { at, some: (row, count, disp) => Array.from({ length: count }, (_, i) => at(row + i, disp)) };
}

/** The stride of `count` rows times 1, 3, 5 and 7. */
function oddMultiples(
  k: KernelBuilder,
  stride: Operand<"int">,
  count: number,
): ReadonlyMap<number, Variable<"int">> {
  const one = k.variable(stride);
  const odd = [1, 3, 5, 7].filter((times) => times < count);
  return new Map(odd.map((times) => [times, times === 1 ? one : k.variable(k.mul(one, times))]));
}

/**
 * Neighbouring rows that a loop reads side by side. The addresses of the first 16 need no arithmetic: a pointer moves for
 * each eight rows. More pointers than that would leave too few registers.
 */
export class MovingRows implements RowPlaces {
  readonly #k: KernelBuilder;
  readonly #pointers: readonly Variable<"ptr">[];
  /** Odd multiples of the stride; with the scale of an address they reach the even ones. */
  readonly #strides: ReadonlyMap<number, Variable<"int">>;

  /**
   * @param stride bytes from one row to the next. @param count at most 32 rows.
   * @param like rows with the same stride and count, whose registers serve these too.
   */
  constructor(
    k: KernelBuilder,
    first: Operand<"ptr">,
    stride: Operand<"int">,
    count: number,
    like?: MovingRows,
  ) {
    this.#k = k;
    this.#strides = like === undefined ? oddMultiples(k, stride, count) : like.#strides;
    this.#pointers = Array.from({ length: Math.min(2, Math.ceil(count / 8)) }, (_, i) =>
      k.variable(i === 0 ? first : k.offset(first, k.mul(stride, 8 * i))),
    );
  }

  /** Byte 0 of eight rows, from row 8 · `group` on. */
  #pointerOf(group: number): Operand<"ptr"> {
    const k = this.#k;
    const one = this.#strides.get(1) as Variable<"int">;
    return this.#pointers[group] ?? k.offset(this.#pointers[group - 2], k.shl(one, 4));
  }

  /** Address of byte `disp` of a row, until rows move on. */
  at(row: number, disp: number): RowAddress {
    return this.some(row, 1, disp)[0];
  }

  /** Addresses of byte `disp` of `count` rows of the same eight, from `row` on, until rows move on. */
  some(row: number, count: number, disp: number): readonly RowAddress[] {
    const base = this.#pointerOf(row >> 3);
    return Array.from({ length: count }, (_, i) => {
      const times = (row & 7) + i;
      if (times === 0) return { base, disp };
      const scale = times % 4 === 0 ? 4 : times % 2 === 0 ? 2 : 1;
      return { base, index: this.#strides.get(times / scale) as Variable<"int">, scale, disp };
    });
  }

  advance(bytes: number): void {
    for (const pointer of this.#pointers) this.#k.advance(pointer, bytes);
  }
}

/** Bytes of a quarter of the longest vectors. */
export const QUAD_BYTES = 16;

/**
 * Transposes each 16 bytes of vectors on their own: there, vector i of the result holds element i of every vector, in order.
 * The vectors are as many as 16 bytes have elements, so log2 n rounds of zips do it.
 * @param bytes size of an element.
 */
export function transposeQuads(
  k: KernelBuilder,
  rows: readonly Value<"i32v">[],
  bytes: 2 | 4,
): readonly Value<"i32v">[] {
  const count = QUAD_BYTES / bytes;
  let vectors = rows;
  for (let done = 1; done < count; done *= 2)
    vectors = vectors.map((_, i) => {
      const [a, b] = [vectors[i >> 1], vectors[(i >> 1) + count / 2]];
      return k.zip(a, b, bytes, i % 2 === 0 ? "lower" : "upper");
    });
  return vectors;
}

/**
 * Reads 4 words of each of as many rows as a vector has lanes, and transposes them: vector i of the result holds word i of
 * all rows, in order. Each quarter of the vectors has rows that follow one another, so quarters need not be exchanged.
 */
export function wordsOf(k: KernelBuilder, rows: RowPlaces, disp: number): readonly Value<"i32v">[] {
  const loaded = [0, 1, 2, 3].map((i) => {
    let vector: Value<"i32v"> | undefined;
    for (let quarter = 0; 4 * quarter < k.lanes; quarter++)
      vector = k.loadQuad("i32v", rows.at(4 * quarter + i, disp), quarter, vector);
    return vector as Value<"i32v">;
  });
  return transposeQuads(k, loaded, 4);
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
