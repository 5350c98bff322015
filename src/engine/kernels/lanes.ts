/** Numbers of lanes, and random choices that any thread makes the same way. */
import { HASH_BITS } from "../graph/ops/dropout.ts";
import type { KernelBuilder } from "../jit/builder.ts";
import type { Operand, Value } from "../jit/language/core.ts";

/** 0, 1, 2, … */
export function lanesFromZero(k: KernelBuilder): Value<"i32v"> {
  return k.table(Array.from({ length: k.lanes }, (_, lane) => lane));
}

/** Lane l of the result is `first` + l. A loop may pass the numbers from zero, to keep them in a register. */
export function laneNumbers(
  k: KernelBuilder,
  first: Operand<"int">,
  fromZero: Operand<"i32v"> = lanesFromZero(k),
): Value<"i32v"> {
  return k.add(fromZero, k.splat(first));
}

/** No mask for a vector that is whole. */
export type LaneMasks = readonly (Value<"mask"> | undefined)[];

/**
 * Code for `vectors` vectors of which the first `left` lanes count: without masks if all do, because some processors store
 * with a mask at a tenth of the speed, else with a mask for each.
 */
export function wholeOrMasked(
  k: KernelBuilder,
  left: Operand<"int">,
  vectors: number,
  body: (masks: LaneMasks) => void,
): void {
  const each = Array.from({ length: vectors }, (_, v) => v);
  k.if(
    k.is(left, ">=", vectors * k.lanes),
    () => body(each.map(() => undefined)),
    () => body(each.map((v) => k.firstLanes(k.max(k.sub(left, v * k.lanes), 0)))),
  );
}

/** `mixBits` of base/random.ts in every lane. */
function mixLanes(k: KernelBuilder, value: Operand<"i32v">): Value<"i32v"> {
  const first = k.mul(k.xor(value, k.shr(value, 16)), 0x85ebca6b | 0);
  const second = k.mul(k.xor(first, k.shr(first, 13)), 0xc2b2ae35 | 0);
  return k.xor(second, k.shr(second, 16));
}

const HASH_SHIFT = 32 - HASH_BITS;

/** `elementHash` of graph/ops/dropout.ts in every lane: 24 bits. */
export function hashLanes(
  k: KernelBuilder,
  number: Operand<"i32v">,
  seed: Operand<"i32v">,
  stream: Operand<"i32v">,
): Value<"i32v"> {
  return k.shr(mixLanes(k, k.xor(mixLanes(k, k.xor(number, seed)), stream)), HASH_SHIFT);
}
