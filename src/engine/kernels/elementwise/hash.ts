/** `mixBits` of base/random.ts in every lane, and the numbers of lanes: random choices that any thread makes the same way. */
import type { KernelBuilder } from "../../jit/builder.ts";
import type { Operand, Value } from "../../jit/language/core.ts";

export function mixLanes(k: KernelBuilder, value: Operand<"i32v">): Value<"i32v"> {
  const first = k.mul(k.xor(value, k.shr(value, 16)), 0x85ebca6b | 0);
  const second = k.mul(k.xor(first, k.shr(first, 13)), 0xc2b2ae35 | 0);
  return k.xor(second, k.shr(second, 16));
}

/** 0, 1, 2, … */
export function laneNumbers(k: KernelBuilder): Value<"i32v"> {
  return k.table(Array.from({ length: k.lanes }, (_, lane) => lane));
}
