/**
 * The memory layout of operands: which index is contiguous. Tiles read words of 4 bytes, which hold one f32 term or
 * two bf16 terms.
 */
import type { MatmulForm } from "../../../graph/ops/matmul.ts";
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";

export interface DenseLayout {
  /** First operand: [rows][depth] ("rows": the terms of a row are contiguous) or [depth][rows]. */
  readonly first: "rows" | "depth";
  /** Second operand: [columns][depth], the layout of weights; or [depth][columns]. */
  readonly second: "columns" | "depth";
  /** Type of the numbers that are multiplied. Operands in memory are f32. */
  readonly precision: MatmulPrecision;
}

const inForms = (precision: MatmulPrecision): Readonly<Record<MatmulForm, DenseLayout>> => ({
  NN: { first: "rows", second: "depth", precision },
  NT: { first: "rows", second: "columns", precision },
  TN: { first: "depth", second: "depth", precision },
});

/** One object for each kind of product; kernels are cached by it. */
export const DENSE_LAYOUTS: Readonly<Record<MatmulPrecision, Readonly<Record<MatmulForm, DenseLayout>>>> = {
  f32: inForms("f32"),
  bf16: inForms("bf16"),
};

/** The terms of bf16 operands are padded with zeros to a multiple of this: the terms of a matrix tile. */
export const GROUP_TERMS = 32;

/** Words of `terms` terms in a packed operand. */
export function wordsOf(
  k: KernelBuilder,
  { precision }: DenseLayout,
  terms: Operand<"int">,
): Operand<"int"> | Value<"int"> {
  if (precision === "f32") return terms;
  const groups = k.shr(k.add(terms, GROUP_TERMS - 1), Math.log2(GROUP_TERMS));
  return k.mul(groups, GROUP_TERMS / 2);
}
