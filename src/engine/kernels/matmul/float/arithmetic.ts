/**
 * How rows of float weights are multiplied with activations: as f32; or with activations in bf16 and weights rounded to it, in
 * pairs of neighbouring columns that one instruction adds. Half as many instructions multiply the same columns.
 */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import { BF16, type FloatType } from "./panels.ts";

interface At {
  readonly base: Operand<"ptr">;
  readonly disp: number;
}

/** A vector of values: f32, or pairs of bf16. */
type Values = Value<"f32v"> | Value<"i16v">;

export interface Arithmetic {
  /** Columns of a lane. */
  readonly perLane: 1 | 2;
  /** Bytes of an activation. */
  readonly xBytes: 2 | 4;
  /** The type of weights that were copied to a block. */
  blockType(type: FloatType): FloatType;
  /** Copies the weights of some columns of a row to a block. */
  copy(k: KernelBuilder, type: FloatType, columns: number, from: Operand<"ptr">, to: Operand<"ptr">): void;
  weight(k: KernelBuilder, type: FloatType, at: At): Values;
  x(k: KernelBuilder, at: At): Values;
  /** sum + weight · x */
  add(k: KernelBuilder, sum: Operand<"f32v">, weight: Values, x: Values): Value<"f32v">;
}

/** Values of a float type, rounded to bf16. */
function loadBf16(k: KernelBuilder, type: FloatType, { base, disp }: At): Value<"i16v"> {
  if (type.dtype === BF16.dtype) return k.load("i16v", { base, disp });
  const half = (upper: 0 | 1) => type.load(k, { base, disp: disp + upper * k.lanes * type.bytes });
  return k.joinBf16(half(0), half(1));
}

export const ARITHMETIC: Readonly<Record<MatmulPrecision, Arithmetic>> = {
  f32: {
    perLane: 1,
    xBytes: 4,
    blockType: (type) => type,
    copy(k, type, columns, from, to) {
      for (let disp = 0; disp < type.bytes * columns; disp += 4 * k.lanes)
        k.store({ base: to, disp }, k.load("i32v", { base: from, disp }));
    },
    weight: (k, type, at) => type.load(k, at),
    x: (k, at) => k.load("f32v", at),
    add: (k, sum, weight, x) => k.fma(weight as Value<"f32v">, x as Value<"f32v">, sum),
  },
  bf16: {
    perLane: 2,
    xBytes: 2,
    blockType: () => BF16,
    copy(k, type, columns, from, to) {
      for (let column = 0; column < columns; column += 2 * k.lanes) {
        const weight = loadBf16(k, type, { base: from, disp: type.bytes * column });
        k.store({ base: to, disp: 2 * column }, weight);
      }
    },
    weight: loadBf16,
    x: (k, at) => k.load("i16v", at),
    add: (k, sum, weight, x) => k.dotBf16(sum, weight as Value<"i16v">, x as Value<"i16v">),
  },
};
