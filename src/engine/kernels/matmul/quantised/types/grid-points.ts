/**
 * Code shared by the types with grids. Each 32-bit lane looks up two points at once, by two 16-bit numbers. Packing
 * therefore puts the data of two neighbouring points into the same places of the two halves of a word: the file's
 * byte order 0, 1, 2, 3 becomes 0, 2, 1, 3.
 */

import type { KernelBuilder } from "../../../../jit/builder.ts";
import type { Value } from "../../../../jit/language/core.ts";
import { swapNumbers, type WordKind } from "../../layout/bit-moves.ts";
import type { PackedBlock, RunScales } from "./block-type.ts";
import type { GridTable } from "./grid-tables.ts";

/** The low bytes of both halves of a word. */
export const BYTE_PAIR = 0x00ff00ff;

/** The two points of a pair, one in each half of a word. */
export function lookPairUp(
  block: PackedBlock,
  run: number,
  pair: number,
  numbers: () => Value<"i32v">,
): Value<"i32v"> {
  return block.once(`points ${run} ${pair}`, () => block.points(numbers()));
}

/**
 * The point in one half of a word, one coordinate per byte: those of the first four values start at bit 0 of each
 * byte.
 */
export function spreadPoint(
  block: PackedBlock,
  grid: GridTable,
  pair: Value<"i32v">,
  half: number,
): Value<"i32v"> {
  const { k } = block;
  const point = half === 0 ? k.and(pair, 0xffff) : k.shr(pair, 16);
  return k.or(point, k.shl(point, 16 - grid.bits));
}

/** Bytes `pair` and `pair + 2` of a word: the low bits of a pair of numbers. */
export function bytePair(block: PackedBlock, word: Value<"i32v">, pair: number): Value<"i32v"> {
  const { k } = block;
  return k.and(pair === 0 ? word : k.shr(word, 8), BYTE_PAIR);
}

/** Bits `from …` of both halves of a word, moved to bit 8: the high bits of a pair of numbers. */
export function highPair(block: PackedBlock, word: Value<"i32v">, from: number, bits: number): Value<"i32v"> {
  const { k } = block;
  const moved = from < 8 ? k.shl(word, 8 - from) : from > 8 ? k.shr(word, from - 8) : word;
  return k.and(moved, ((1 << bits) - 1) * 0x01000100);
}

/** (s + ½) · factor · d for each scale of a run. */
export function halfStepScales(
  block: PackedBlock,
  d: Value<"f32v">,
  factor: number,
  scales: readonly Value<"i32v">[],
): RunScales {
  const { k } = block;
  const unit = k.mul(d, factor * 2 ** -block.lift);
  return { scales: scales.map((scale) => k.mul(k.add(k.toF32(scale), 0.5), unit)) };
}

/** Bytes 0, 1, 2, 3 to 0, 2, 1, 3. */
export const swapMiddleBytes = <K extends WordKind>(k: KernelBuilder, word: Value<K>): Value<K> =>
  swapNumbers(k, word, [[4, 3]]);
