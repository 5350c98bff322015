/**
 * A tile of a dense product: a few rows times two vectors of columns, over a chunk of terms. The sums stay in registers:
 *
 *     sum[i][v] += first[i][term] · panel[term][v]
 *
 * each in the order of the terms, fused where the target fuses. At the end they are stored, or added to what is there.
 */
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { AddressOperand, Value, Variable } from "../../../jit/language/core.ts";
import type { FormLayout } from "./operands.ts";
import { TILE_VECTORS, tileColumns } from "./sizes.ts";

const PARAMETERS = {
  /** The tile's first row at the chunk's first term. */
  first: "ptr",
  /** Bytes from a row of the first operand to the next; of [depth][rows] from a term to the next. */
  stride: "int",
  /** The panel at the chunk's first term. */
  panel: "ptr",
  out: "ptr",
  outStride: "int",
  terms: "int",
  /** Columns from the panel's first on. */
  left: "int",
  /** 1 if the sums are added to what is there. */
  adds: "int",
} as const;
type TilePlaces = Arguments<typeof PARAMETERS>;

/** Bytes of a tile's arguments. */
export const TILE_BLOCK = 8 * Object.keys(PARAMETERS).length;

/** Terms of a turn of the inner loop. */
const UNROLL = 4;

/** Reads the first operand: the address of a row's term, counted from where the cursor stands. */
interface FirstCursor {
  at(row: number, term: number): AddressOperand;
  advance(terms: number): void;
}

/** Rows in fours share a pointer: with once and three times the stride its addresses reach all four. */
function rowCursor(k: KernelBuilder, rows: number, places: TilePlaces): FirstCursor {
  const one = k.variable(places.stride);
  const three = k.variable(k.mul(one, 3));
  const bases: Variable<"ptr">[] = [];
  for (let row = 0; row < rows; row += 4) {
    bases.push(k.variable(row === 0 ? places.first : k.offset(bases[bases.length - 1], k.shl(one, 2))));
  }
  return {
    at(row, term) {
      const base = bases[row >> 2];
      const disp = 4 * term;
      if (row % 4 === 0) return { base, disp };
      return { base, index: row % 4 === 3 ? three : one, scale: row % 4 === 2 ? 2 : 1, disp };
    },
    advance(terms) {
      for (const base of bases) k.advance(base, 4 * terms);
    },
  };
}

/** A term's values for all rows lie side by side. */
function termCursor(k: KernelBuilder, places: TilePlaces): FirstCursor {
  const one = k.variable(places.stride);
  const three = k.variable(k.mul(one, 3));
  const base = k.variable(places.first);
  return {
    at(row, term) {
      const disp = 4 * row;
      if (term === 0) return { base, disp };
      return { base, index: term === 3 ? three : one, scale: term === 2 ? 2 : 1, disp };
    },
    advance(terms) {
      k.advance(base, terms === 1 ? one : k.mul(one, terms));
    },
  };
}

const kernels = new Map<string, Kernel<typeof PARAMETERS>>();

/** A tile of `rows` rows, as a kernel that others call. */
export function tileKernel(layout: FormLayout, rows: number): Kernel<typeof PARAMETERS> {
  const name = `dense_tile_${layout.first}_${rows}`;
  const known = kernels.get(name) ?? kernel(name, PARAMETERS, (k, p) => multiplyTile(k, layout, rows, p));
  kernels.set(name, known);
  return known;
}

function multiplyTile(k: KernelBuilder, layout: FormLayout, rows: number, places: TilePlaces): void {
  const zero = k.constant("f32v", 0);
  const sums = Array.from({ length: rows }, () =>
    Array.from({ length: TILE_VECTORS }, () => k.variable(zero)),
  );
  const first = layout.first === "rows" ? rowCursor(k, rows, places) : termCursor(k, places);
  const panel = k.variable(places.panel);
  const panelBytes = 4 * tileColumns(k);
  const addTerms = (count: number): void => {
    for (let term = 0; term < count; term++) {
      const columns = Array.from({ length: TILE_VECTORS }, (_, v) =>
        k.load("f32v", { base: panel, disp: term * panelBytes + 4 * k.lanes * v }),
      );
      sums.forEach((ofRow, row) => {
        const value = k.broadcastF32(first.at(row, term));
        ofRow.forEach((sum, v) => {
          sum.set(k.fma(columns[v], value, sum));
        });
      });
    }
    first.advance(count);
    k.advance(panel, count * panelBytes);
  };
  const whole = k.and(places.terms, -UNROLL);
  k.loop(0, whole, UNROLL, () => addTerms(UNROLL));
  k.loop(whole, places.terms, 1, () => addTerms(1));
  storeTile(k, sums, places);
}

function storeTile(
  k: KernelBuilder,
  sums: readonly (readonly Variable<"f32v">[])[],
  { out, outStride, left, adds }: TilePlaces,
): void {
  for (let v = 0; v < TILE_VECTORS; v++) {
    const mask = k.firstLanes(k.max(k.sub(left, v * k.lanes), 0));
    const storeAll = (value: (sum: Variable<"f32v">, at: Variable<"ptr">) => Value<"f32v">): void => {
      const at = k.variable(k.offset(out, 4 * k.lanes * v));
      for (const ofRow of sums) {
        k.store(at, value(ofRow[v], at), { mask });
        k.advance(at, outStride);
      }
    };
    k.if(
      k.is(adds, "==", 0),
      () => storeAll((sum) => sum.value),
      () => storeAll((sum, at) => k.add(sum, k.load("f32v", at, { mask }))),
    );
  }
}
