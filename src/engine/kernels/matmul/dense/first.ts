/**
 * How a task reads its rows of the first operand. f32 rows are read in place. A chunk of [depth][rows] is copied tile
 * by tile, because in place each of its terms could be on a different page. bf16 operands are rounded during the copy.
 */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import { type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { COPY_ARGUMENTS, type CopyKernel, type CopyPlaces } from "./copy-arguments.ts";
import { copyTerms } from "./copy-terms.ts";
import { ROUND_COLUMNS, ROUND_ROWS, ROUNDED_ROW_BYTES } from "./first-bf16.ts";
import type { DenseLayout } from "./operands.ts";
import { CHUNK_WORDS, taskRows, tileRows } from "./sizes.ts";

export interface FirstOperand {
  /** A kernel that copies a chunk, called by other kernels. undefined: tiles read the operand itself. */
  readonly copy: CopyKernel | undefined;
  /** What is contiguous for tiles: the words of a row, or the rows of a term. */
  readonly tiles: DenseLayout["first"];
  /** Bytes from one row of the copy to the next, or from one term to the next. */
  copyStride(target: Target): number;
  /** Offset of a row in the copy, counted from the task's first row. A tile's rows follow each other. */
  rowOffset(k: KernelBuilder, row: Operand<"int">): Value<"int">;
  /** Bytes of a copy. */
  copyBytes(target: Target): number;
}

/** Copies the task's rows of [depth][rows] for the largest tile: [tile][term][row of the tile]. */
const COPY_COLUMNS: CopyKernel = kernel("dense_copy_columns_f32", COPY_ARGUMENTS, copyColumns);

const copiedTileBytes = (target: Target): number => 4 * CHUNK_WORDS * tileRows(target)[0];

function copyColumns(k: KernelBuilder, p: CopyPlaces): void {
  const rowsOfTile = tileRows(k.target)[0];
  const from = k.variable(k.offset(p.source, k.shl(k.add(k.mul(p.term, p.rows), p.row), 2)));
  const to = k.variable(p.to);
  const rowBytes = k.variable(k.shl(p.rows, 2));
  const ahead = k.variable(k.mul(rowBytes, 8));
  k.loop(p.row, p.rowEnd, rowsOfTile, (row) => {
    const left = k.variable(k.sub(p.rows, row));
    copyTerms(k, { from, to, left, count: p.terms, rowBytes, bytes: 4 * rowsOfTile, ahead });
    k.advance(from, 4 * rowsOfTile);
    k.advance(to, copiedTileBytes(k.target));
  });
}

const roundedBy = (copy: CopyKernel): FirstOperand => ({
  copy,
  tiles: "rows",
  copyStride: () => ROUNDED_ROW_BYTES,
  rowOffset: (k, row) => k.mul(row, ROUNDED_ROW_BYTES),
  copyBytes: (target) => ROUNDED_ROW_BYTES * Math.ceil(taskRows("bf16", target) / 16) * 16,
});

const FIRST_OPERANDS: Readonly<
  Record<MatmulPrecision, Readonly<Record<DenseLayout["first"], FirstOperand>>>
> = {
  f32: {
    rows: {
      copy: undefined,
      tiles: "rows",
      copyStride: () => 0,
      rowOffset: (k) => k.constant("int", 0),
      copyBytes: () => 0,
    },
    depth: {
      copy: COPY_COLUMNS,
      tiles: "depth",
      copyStride: (target) => 4 * tileRows(target)[0],
      rowOffset: (k, row) => {
        const rows = tileRows(k.target)[0];
        return k.add(k.mul(k.div(row, rows), copiedTileBytes(k.target)), k.shl(k.rem(row, rows), 2));
      },
      // The last vector can exceed the last tile.
      copyBytes: (target) => 4 * CHUNK_WORDS * taskRows("f32", target) + 4 * target.lanes,
    },
  },
  bf16: { rows: roundedBy(ROUND_ROWS), depth: roundedBy(ROUND_COLUMNS) },
};

export function firstOperand({ precision, first }: DenseLayout): FirstOperand {
  return FIRST_OPERANDS[precision][first];
}
