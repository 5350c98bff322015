/** Precisions of products of floats. */
import type { MatmulPrecision } from "../../graph/ops/matmul-precision.ts";
import type { Target } from "../../jit/target.ts";
import { GROUP_TERMS } from "./dense/operands.ts";

/** Whether the target has products of this precision. */
export function multipliesIn(precision: MatmulPrecision, { lanes, native }: Target): boolean {
  return precision === "f32" || (native.has("bf16") && 2 * lanes === GROUP_TERMS);
}
