/**
 * The two orders of rotary pairs. Meta and GGUF's `llama` rotate neighbouring rows (2i, 2i+1) of a head's
 * part of wq and wk; Hugging Face rotates rows i and i + d/2. Conversion between them moves whole rows, so it
 * works on the bytes of any storage type, including quantised ones:
 *
 *     interleaved  0 1 2 3 4 5 6 7        halves  0 2 4 6 1 3 5 7        (one head, d = 8)
 *
 * Only the first rotaryDim rows of a head take part.
 */
import { ShapeError } from "../base/errors.ts";

/** The positions of pairs; the same values as ModelConfig's ropePairing. */
export type Pairing = "interleaved" | "halves";

export interface HeadRows {
  /** Heads in this tensor: nHeads for q, nKvHeads for k. */
  readonly nHeads: number;
  /** Rows (of a bias: elements) per head. */
  readonly headDim: number;
  /** Number of rotated rows. */
  readonly rotaryDim: number;
}

/** For each row of a head in the order `to`, its index in the other order. */
function sourceRows({ headDim, rotaryDim }: HeadRows, to: Pairing): number[] {
  const half = rotaryDim / 2;
  return Array.from({ length: headDim }, (_, row) => {
    if (row >= rotaryDim) return row;
    if (to === "halves") return row < half ? 2 * row : 2 * (row - half) + 1;
    return row % 2 === 0 ? row / 2 : half + (row - 1) / 2;
  });
}

/**
 * A copy of wq's, wk's or their biases' bytes with the rows of each head converted to the order `to` from the
 * other one. Throws ShapeError if the bytes are not a whole number of rows.
 */
export function permuteRows(bytes: Uint8Array, rows: HeadRows, to: Pairing): Uint8Array {
  const total = rows.nHeads * rows.headDim;
  const rowBytes = bytes.byteLength / total;
  if (!Number.isInteger(rowBytes) || rows.rotaryDim % 2 !== 0 || rows.rotaryDim > rows.headDim) {
    throw new ShapeError({
      doing: "reorder the rows of attention heads",
      expected: `${rows.nHeads} heads of ${rows.headDim} rows, an even number of them rotated`,
      found: `${bytes.byteLength} bytes, ${rows.rotaryDim} rows rotated`,
    });
  }
  const source = sourceRows(rows, to);
  const out = new Uint8Array(bytes.byteLength);
  for (let head = 0; head < rows.nHeads; head++) {
    const first = head * rows.headDim;
    for (let row = 0; row < rows.headDim; row++) {
      const from = (first + source[row]) * rowBytes;
      out.set(bytes.subarray(from, from + rowBytes), (first + row) * rowBytes);
    }
  }
  return out;
}
