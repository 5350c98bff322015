/** What tests of products share: blocks of any packed type with every code, and a measure of error. */
import { type DType, dtypeInfo } from "../../../base/dtypes.ts";
import { f32ToF16 } from "../../../base/half.ts";
import type { Random } from "../../../base/random.ts";
import { codecs } from "../../../quant/codecs.ts";

/** Blocks of random codes and scales; fields that hold floats get sensible ones. */
export function randomBlocks(random: Random, dtype: DType, count: number): Uint8Array {
  const { blockBytes } = dtypeInfo(dtype);
  const bytes = Uint8Array.from({ length: count * blockBytes }, () => random.below(256));
  let at = 0;
  for (const { byteLength, holds } of codecs[dtype].fields) {
    if (holds.startsWith("f16"))
      for (let block = 0; block < count; block++) {
        const bits = f32ToF16(random.normal() * 0.02);
        bytes[block * blockBytes + at] = bits & 255;
        bytes[block * blockBytes + at + 1] = bits >> 8;
      }
    at += byteLength;
  }
  return bytes;
}

/** Σ (a − b)² / Σ b². */
export function normalisedError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [error, energy] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i] - expected[i]) ** 2;
    energy += expected[i] ** 2;
  }
  return energy === 0 ? error : error / energy;
}
