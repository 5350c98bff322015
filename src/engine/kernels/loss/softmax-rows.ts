/** The softmax of a row of logits for losses and their gradients: greatest element, exponentials, ln Σ. */
import type { KernelBuilder } from "../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../jit/language/core.ts";

/** A row of floats. */
export interface FloatRow {
  readonly k: KernelBuilder;
  readonly at: Variable<"ptr">;
  /** Elements. */
  readonly columns: Variable<"int">;
}

export function floatRow(
  k: KernelBuilder,
  matrix: Operand<"ptr">,
  row: Operand<"int">,
  columns: Operand<"int">,
): FloatRow {
  const at = k.variable(k.offset(matrix, k.shl(k.mul(row, columns), 2)));
  return { k, at, columns: k.variable(columns) };
}

/** The greatest element that is not NaN, in every lane. */
export function greatest({ k, at, columns }: FloatRow): Value<"f32v"> {
  const most = k.variable(k.constant("f32v", Number.NEGATIVE_INFINITY));
  k.vectorLoop(columns, (index, mask) => {
    const loaded = k.load("f32v", { base: at, index, scale: 4 }, { mask });
    const values = mask === undefined ? loaded : k.select(mask, loaded, Number.NEGATIVE_INFINITY);
    most.set(k.max(values, most));
  });
  return k.splat(k.reduceMax(most));
}

/** Σ e^(x − most), in every lane; NaN if any element is. `visit` gets every vector of exponentials. */
export function sumOfExponentials(
  { k, at, columns }: FloatRow,
  most: Variable<"f32v">,
  visit: (
    exponentials: Value<"f32v">,
    index: Value<"int">,
    mask: Value<"mask"> | undefined,
  ) => void = () => {},
): Value<"f32v"> {
  const sum = k.variable(k.constant("f32v", 0));
  k.vectorLoop(columns, (index, mask) => {
    const values = k.load("f32v", { base: at, index, scale: 4 }, { mask });
    const all = k.exp(k.sub(values, most));
    const exponentials = mask === undefined ? all : k.select(mask, all, 0);
    sum.set(k.add(sum, exponentials));
    visit(exponentials, index, mask);
  });
  return k.splat(k.reduceAdd(sum));
}

/** Adds `amount` to one element. */
export function addToElement({ k, at }: FloatRow, index: Operand<"int">, amount: Operand<"f32">): void {
  const place = { base: at, index, scale: 4 } as const;
  k.storeF32(place, k.add(k.lane0(k.broadcastF32(place)), amount));
}
