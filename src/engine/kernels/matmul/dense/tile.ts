/**
 * A tile of a dense product: a few rows × two vectors of columns, over a chunk of words. The sums stay in registers:
 *
 *     sum[i][v] += first[i][word] · panel[word][v]
 *
 * Words are added in order, with fused multiply-add if the target has it. A word of two bf16 terms is a dot product. At
 * the end the sums are stored or added to the output.
 */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { AddressOperand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { wholeOrMasked } from "../../lanes.ts";
import type { DenseLayout } from "./operands.ts";
import { TILE_VECTORS, tileColumns } from "./sizes.ts";

/** Arguments of a tile. */
export const TILE_ARGUMENTS = {
  /** The tile's first row at the chunk's first word. */
  first: "ptr",
  /** Bytes from one row of the first operand to the next; for [depth][rows] from one term to the next. */
  stride: "int",
  /** The panel at the chunk's first word. */
  panel: "ptr",
  out: "ptr",
  outStride: "int",
  /** Terms of the chunk; for bf16 pairs of terms. */
  terms: "int",
  /** Columns of the matrix from the panel's first one on. */
  left: "int",
  /** 1 if the sums are added to the output. */
  adds: "int",
} as const;
/** Bytes of a tile's arguments. */
export const TILE_BLOCK = 8 * Object.keys(TILE_ARGUMENTS).length;

export type TilePlaces = Arguments<typeof TILE_ARGUMENTS>;
export type TileKernel = Kernel<typeof TILE_ARGUMENTS>;

/**
 * Words of an iteration of the inner loop. Engines of WebAssembly move all loads of an iteration before its sums: those
 * of one word fit the registers, more are spilled.
 */
const wordsAtOnce = ({ isa }: Pick<Target, "isa">): number => (isa === "wasm" ? 1 : 4);

/** A position in the first operand: gives the address of a row's word, relative to the position. */
interface FirstCursor {
  at(row: number, word: number): AddressOperand;
  advance(words: number): void;
}

/** Four rows share a pointer: index registers with one and three times the stride reach all four. */
function rowCursor(k: KernelBuilder, rows: number, places: TilePlaces): FirstCursor {
  const one = k.variable(places.stride);
  const three = k.variable(k.mul(one, 3));
  const bases: Variable<"ptr">[] = [];
  for (let row = 0; row < rows; row += 4) {
    bases.push(k.variable(row === 0 ? places.first : k.offset(bases[bases.length - 1], k.shl(one, 2))));
  }
  return {
    at(row, word) {
      const base = bases[row >> 2];
      const disp = 4 * word;
      if (row % 4 === 0) return { base, disp };
      return { base, index: row % 4 === 3 ? three : one, scale: row % 4 === 2 ? 2 : 1, disp };
    },
    advance(words) {
      for (const base of bases) k.advance(base, 4 * words);
    },
  };
}

/** For operands in which a term's values for all rows are contiguous. */
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

const kernels = new Map<string, TileKernel>();

/**
 * A tile of `rows` rows, as a kernel that others call. Rounded operands are always stored in rows. With fewer vectors than
 * a panel has, only the panel's first columns are computed.
 */
export function tileKernel(layout: DenseLayout, rows: number, vectors = TILE_VECTORS): TileKernel {
  const { precision } = layout;
  const first = precision === "bf16" ? "rows" : layout.first;
  const name = `dense_tile_${first}_${rows}x${vectors}_${precision}`;
  const known =
    kernels.get(name) ??
    kernel(name, TILE_ARGUMENTS, (k, p) => multiplyTile(k, { precision, first }, { rows, vectors }, p));
  kernels.set(name, known);
  return known;
}

/** sum + word · word, in f32. */
function addWord(
  k: KernelBuilder,
  precision: MatmulPrecision,
  sum: Variable<"f32v">,
  [columns, value]: readonly [Value<"i32v">, Value<"i32v">],
): Value<"f32v"> {
  if (precision === "bf16") return k.dotBf16(sum, k.as("i16v", columns), k.as("i16v", value));
  return k.fma(k.as("f32v", columns), k.as("f32v", value), sum);
}

function multiplyTile(
  k: KernelBuilder,
  { precision, first: direction }: Pick<DenseLayout, "precision" | "first">,
  { rows, vectors }: { readonly rows: number; readonly vectors: number },
  places: TilePlaces,
): void {
  const zero = k.constant("f32v", 0);
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => k.variable(zero)));
  const first = direction === "rows" ? rowCursor(k, rows, places) : termCursor(k, places);
  const panel = k.variable(places.panel);
  const panelBytes = 4 * tileColumns(k);
  const addWords = (count: number): void => {
    for (let word = 0; word < count; word++) {
      const columns = Array.from({ length: vectors }, (_, v) =>
        k.load("i32v", { base: panel, disp: word * panelBytes + 4 * k.lanes * v }),
      );
      sums.forEach((ofRow, row) => {
        const value = k.broadcast4("i32v", first.at(row, word));
        ofRow.forEach((sum, v) => {
          sum.set(addWord(k, precision, sum, [columns[v], value]));
        });
      });
    }
    first.advance(count);
    k.advance(panel, count * panelBytes);
  };
  const atOnce = wordsAtOnce(k.target);
  const whole = k.and(places.terms, -atOnce);
  k.loop(0, whole, atOnce, () => addWords(atOnce));
  if (atOnce > 1) k.loop(whole, places.terms, 1, () => addWords(1));
  storeTile(k, sums, places);
}

function storeTile(
  k: KernelBuilder,
  sums: readonly (readonly Variable<"f32v">[])[],
  { out, outStride, left, adds }: TilePlaces,
): void {
  wholeOrMasked(k, left, sums[0].length, (masks) => {
    masks.forEach((mask, v) => {
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
    });
  });
}
