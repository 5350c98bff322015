/**
 * How a task reads its rows of the first operand. f32 rows are read in place. A chunk of [depth][rows] is copied,
 * because in place each of its terms could be on a different page. bf16 operands are rounded during the copy.
 */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import { type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Target } from "../../../jit/target.ts";
import { COPY_ARGUMENTS, type CopyKernel, type CopyPlaces } from "./copy-arguments.ts";
import { ROUND_COLUMNS, ROUND_ROWS, ROUNDED_ROW_BYTES } from "./first-bf16.ts";
import type { DenseLayout } from "./operands.ts";
import { CHUNK_WORDS, taskRows } from "./sizes.ts";

export interface FirstOperand {
  /** A kernel that copies a chunk, called by other kernels. undefined: tiles read the operand itself. */
  readonly copy: CopyKernel | undefined;
  /** What is contiguous for tiles: the words of a row, or the rows of a term. */
  readonly tiles: DenseLayout["first"];
  /** Bytes from one row of the copy to the next, or from one term to the next. */
  copyStride(target: Target): number;
  /** Bytes of a copy. */
  copyBytes(target: Target): number;
}

/** Copies the task's rows of [depth][rows], term by term: [term][task row]. */
const COPY_COLUMNS: CopyKernel = kernel("dense_copy_columns_f32", COPY_ARGUMENTS, copyColumns);

function copyColumns(k: KernelBuilder, p: CopyPlaces): void {
  const from = k.variable(k.offset(p.source, k.shl(k.add(k.mul(p.term, p.rows), p.row), 2)));
  const to = k.variable(p.to);
  const rowBytes = k.variable(k.shl(p.rows, 2));
  const count = k.variable(k.sub(p.rowEnd, p.row));
  k.loop(0, p.terms, 1, () => {
    k.vectorLoop(count, (index, mask) => {
      const values = k.load("f32v", { base: from, index, scale: 4 }, { mask });
      k.store({ base: to, index, scale: 4 }, values, { mask });
    });
    k.advance(from, rowBytes);
    k.advance(to, 4 * taskRows("f32", k.target));
  });
}

const roundedBy = (copy: CopyKernel): FirstOperand => ({
  copy,
  tiles: "rows",
  copyStride: () => ROUNDED_ROW_BYTES,
  copyBytes: (target) => ROUNDED_ROW_BYTES * Math.ceil(taskRows("bf16", target) / 16) * 16,
});

const FIRST_OPERANDS: Readonly<
  Record<MatmulPrecision, Readonly<Record<DenseLayout["first"], FirstOperand>>>
> = {
  f32: {
    rows: { copy: undefined, tiles: "rows", copyStride: () => 0, copyBytes: () => 0 },
    depth: {
      copy: COPY_COLUMNS,
      tiles: "depth",
      copyStride: (target) => 4 * taskRows("f32", target),
      copyBytes: (target) => 4 * CHUNK_WORDS * taskRows("f32", target),
    },
  },
  bf16: { rows: roundedBy(ROUND_ROWS), depth: roundedBy(ROUND_COLUMNS) },
};

export function firstOperand({ precision, first }: DenseLayout): FirstOperand {
  return FIRST_OPERANDS[precision][first];
}
