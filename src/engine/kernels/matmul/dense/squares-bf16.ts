/**
 * Squares of 16 lanes by 16 words of bf16 pairs, read from f32 matrices: what operands are rounded by. Where a matrix
 * ends, lanes and words that are not there become zeros and nothing is read.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import { type RowAddress, type Rows, transpose } from "../layout/transpose.ts";

/** How much of the matrix is there from the square's first element on: less than the square, or more. */
export interface Present {
  /** Rows of memory. */
  readonly rows: Operand<"int">;
  /** Elements of each. */
  readonly elements: Operand<"int">;
}

type Vectors = readonly Value<"i32v">[];

/** Which way pairs run: two elements of a row of memory, or of two rows. Elements and rows that a square spans. */
export interface Square {
  readonly rows: number;
  readonly elements: number;
  /** Vector i holds word i, a lane for each row or element. @param first the square's first element. */
  read(k: KernelBuilder, rows: Rows, first: Operand<"ptr">, present?: Present): Vectors;
}

function load(
  k: KernelBuilder,
  at: RowAddress,
  { row, from, present }: { row: number; from: number; present: Present | undefined },
): Value<"f32v"> {
  const place = { ...at, disp: at.disp + 4 * from };
  if (present === undefined) return k.load("f32v", place);
  const exists = k.max(k.min(k.sub(present.rows, row), 1), 0);
  const elements = k.max(k.sub(k.mul(exists, present.elements), from), 0);
  return k.load("f32v", place, { mask: k.firstLanes(elements) });
}

/** Of 16 rows the pairs of neighbouring elements. */
export const ALONG_ROWS: Square = {
  rows: 16,
  elements: 32,
  read(k, rows, first, present) {
    const joined = rows.each(first, 0, k.lanes, 0, (at, row) => {
      const [low, high] = [0, k.lanes].map((from) => load(k, at, { row, from, present }));
      return k.as("i32v", k.joinBf16(low, high));
    });
    return transpose(k, joined, k.lanes);
  },
};

/** Of 16 elements the pairs of neighbouring rows. */
export const ACROSS_ROWS: Square = {
  rows: 32,
  elements: 16,
  read(k, rows, first, present) {
    const pairs: Value<"i32v">[] = [];
    let even: Value<"f32v"> | undefined;
    rows.each(first, 0, 2 * k.lanes, 0, (at, row) => {
      const values = load(k, at, { row, from: 0, present });
      if (even !== undefined) pairs.push(k.as("i32v", k.pairBf16(even, values)));
      even = even === undefined ? values : undefined;
    });
    return pairs;
  },
};

/** Reads a square, masked only where the matrix ends within it, and hands it on. */
export function readSquare(
  k: KernelBuilder,
  square: Square,
  from: { readonly rows: Rows; readonly first: Operand<"ptr">; readonly present: Present },
  use: (words: Vectors) => void,
): void {
  const { rows, first, present } = from;
  const spare = k.min(k.sub(present.rows, square.rows), k.sub(present.elements, square.elements));
  k.if(
    k.is(spare, ">=", 0),
    () => use(square.read(k, rows, first)),
    () => use(square.read(k, rows, first, present)),
  );
}
