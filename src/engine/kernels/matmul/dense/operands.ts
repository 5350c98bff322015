/**
 * How products read their operands: which index runs along memory, and what tiles take at a time: a word of 4 bytes,
 * which holds a term of f32 or two terms of bf16.
 */
import type { MatmulForm } from "../../../graph/ops/matmul.ts";
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";

export interface DenseLayout {
  /** First operand: [rows][depth], so that a row's terms lie side by side; or [depth][rows]. */
  readonly first: "rows" | "depth";
  /** Second operand: [columns][depth], as weights lie; or [depth][columns]. */
  readonly second: "columns" | "depth";
  /** What is multiplied. Operands in memory are f32. */
  readonly precision: MatmulPrecision;
}

const inForms = (precision: MatmulPrecision): Readonly<Record<MatmulForm, DenseLayout>> => ({
  NN: { first: "rows", second: "depth", precision },
  NT: { first: "rows", second: "columns", precision },
  TN: { first: "depth", second: "depth", precision },
});

/** One object for each product, which its kernels are remembered by. */
export const DENSE_LAYOUTS: Readonly<Record<MatmulPrecision, Readonly<Record<MatmulForm, DenseLayout>>>> = {
  f32: inForms("f32"),
  bf16: inForms("bf16"),
};

/** Terms that bf16 operands are padded to with zeros: what a matrix tile takes at a time. */
export const GROUP_TERMS = 32;

/** Words that so many terms take in packed operands. */
export function wordsOf(
  k: KernelBuilder,
  { precision }: DenseLayout,
  terms: Operand<"int">,
): Operand<"int"> | Value<"int"> {
  if (precision === "f32") return terms;
  const groups = k.shr(k.add(terms, GROUP_TERMS - 1), Math.log2(GROUP_TERMS));
  return k.mul(groups, GROUP_TERMS / 2);
}
