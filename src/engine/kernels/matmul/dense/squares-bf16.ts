/**
 * Squares of 16 lanes × 16 words of bf16 pairs, read from f32 matrices. Operands are rounded in such squares. Lanes and
 * words beyond the end of a matrix become zeros, and their memory is not read.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import { type RowAddress, type Rows, transpose } from "../layout/transpose.ts";

/** Extent of the matrix from the square's first element on; may be smaller or larger than the square. */
export interface Present {
  /** Rows of memory. */
  readonly rows: Operand<"int">;
  /** Elements of each. */
  readonly elements: Operand<"int">;
}

type Vectors = readonly Value<"i32v">[];

/**
 * The direction of pairs (two elements of one row of memory, or of two rows), and the rows and elements of a square.
 */
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

/** Pairs of neighbouring elements, of 16 rows. */
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

/** Pairs of neighbouring rows, of 16 elements. */
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

/** Reads a square and passes it to `use`. Loads are masked only if the matrix ends within the square. */
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
