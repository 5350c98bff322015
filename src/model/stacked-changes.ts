/**
 * The matrices of low-rank changes as parameters: the A of all changes of a layer below one another, the columns of B side by
 * side. How a change is stored does not depend on the others, so that neither do its results:
 *
 * - A whose values f16 or the scales of Q8_0 cannot hold well is scaled by powers of two, row by row, and B by their
 *   inverses, column by column.
 * - B is rounded to f16 if its values fit. With one that does not fit, all are stored as F32, rounded as before.
 */
import { f16ToF32, f32ToF16 } from "../base/half.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { encode } from "../quant/index.ts";

export interface LowRankChange {
  readonly rank: number;
  readonly inDim: number;
  readonly outDim: number;
  /** [rank, inDim], row-major. */
  readonly a: Float32Array<ArrayBuffer>;
  /** [outDim, rank], row-major. */
  readonly b: Float32Array<ArrayBuffer>;
  /** The factor of B·A. */
  readonly scale: number;
}

/** Storage types of the matrices. */
export interface ChangeTypes {
  readonly a: "F32" | "F16" | "Q8_0";
  /** F32 if values do not fit. */
  readonly b: "F32" | "F16";
}

/** The changes of a layer. */
export interface StackedChanges {
  /** Rows of A of each change, 0 for those that lack the layer. */
  readonly ranks: readonly number[];
  readonly a: BoundTensor;
  readonly b: BoundTensor;
}

const F16_MAX = 65504;
/** Rows of A whose largest value is between these stay as they are: f16 holds it, and a 127th of it, with all bits. */
const LEAST = 2 ** -7;
const MOST = 2 ** 8;

function largestOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) {
    if (Number.isNaN(value)) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** By what a row of A is multiplied. NaN if it has values that are not finite: the row is then left out, and B not a number. */
function factorOf(row: Float32Array): number {
  const largest = largestOf(row);
  if (largest === Number.POSITIVE_INFINITY) return Number.NaN;
  return largest === 0 || (largest >= LEAST && largest <= MOST) ? 1 : 2 ** -Math.floor(Math.log2(largest));
}

/** A change with scaled rows and columns, and the factor in B. */
function scaled({ a, b, rank, inDim, outDim, scale }: LowRankChange, dtype: ChangeTypes["a"]) {
  const factors = Array.from({ length: rank }, (_, r) =>
    dtype === "F32" ? 1 : factorOf(a.subarray(r * inDim, (r + 1) * inDim)),
  );
  const rows = new Float32Array(a);
  factors.forEach((factor, r) => {
    const row = rows.subarray(r * inDim, (r + 1) * inDim);
    if (Number.isNaN(factor)) row.fill(0);
    else if (factor !== 1) for (let i = 0; i < inDim; i++) row[i] *= factor;
  });
  const columns = new Float32Array(outDim * rank);
  const scales = factors.map((factor) => scale / factor);
  for (let at = 0; at < columns.length; at += rank)
    for (let r = 0; r < rank; r++) columns[at + r] = b[at + r] * scales[r];
  return { rank, rows, columns, fits: largestOf(columns) <= F16_MAX };
}

function bytesOf(values: Float32Array<ArrayBuffer>, dtype: ChangeTypes["a"], columns: number): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer);
  if (dtype === "Q8_0") return encode(dtype, values, columns);
  const halves = new Uint16Array(values.length);
  // `from` with a function takes fifty times as long.
  for (let i = 0; i < values.length; i++) halves[i] = f32ToF16(values[i]);
  return new Uint8Array(halves.buffer);
}

function stackRows(
  changes: readonly { rows: Float32Array }[],
  rank: number,
  inDim: number,
  dtype: ChangeTypes["a"],
) {
  const values = new Float32Array(rank * inDim);
  let start = 0;
  for (const { rows } of changes) {
    values.set(rows, start);
    start += rows.length;
  }
  const bytes = bytesOf(values, dtype, inDim);
  return { dtype, shape: [rank, inDim], bytes };
}

type Scaled = ReturnType<typeof scaled>;

function stackColumns(
  changes: readonly Scaled[],
  rank: number,
  outDim: number,
  wanted: ChangeTypes["b"],
): BoundTensor {
  const dtype = changes.every(({ fits }) => fits) ? wanted : "F32";
  const values = dtype === "F16" ? new Uint16Array(outDim * rank) : new Float32Array(outDim * rank);
  let start = 0;
  for (const { rank: own, columns, fits } of changes) {
    const rounded = wanted === "F16" && fits;
    for (let row = 0; row < outDim; row++)
      for (let r = 0; r < own; r++) {
        const value = columns[row * own + r];
        const half = rounded ? f32ToF16(value) : value;
        values[row * rank + start + r] = rounded && dtype === "F32" ? f16ToF32(half) : half;
      }
    start += own;
  }
  return { dtype, shape: [outDim, rank], bytes: new Uint8Array(values.buffer) };
}

/** All changes of a layer, in order; undefined for those that lack it. @returns undefined if all do. */
export function stackChanges(
  changes: readonly (LowRankChange | undefined)[],
  types: ChangeTypes,
): StackedChanges | undefined {
  const present = changes.filter((change) => change !== undefined).filter(({ rank }) => rank > 0);
  if (present.length === 0) return undefined;
  const [{ inDim, outDim }] = present;
  const ranks = changes.map((change) => change?.rank ?? 0);
  const rank = ranks.reduce((sum, one) => sum + one, 0);
  const ready = present.map((change) => scaled(change, types.a));
  return {
    ranks,
    a: stackRows(ready, rank, inDim, types.a),
    b: stackColumns(ready, rank, outDim, types.b),
  };
}
