/** Shared by tests of products: blocks of any packed type with every code, and an error measure. */
import { type DType, dtypeInfo } from "../../src/base/dtypes.ts";
import { f32ToF16 } from "../../src/base/half.ts";
import type { Random } from "../../src/base/random.ts";
import { codecs } from "../../src/quant/codecs.ts";

/** Sixteen bits in the top nibbles of four 16-bit numbers: the scale of IQ1_M. */
function writeNibbles(bytes: Uint8Array, at: number, bits: number): void {
  for (let i = 0; i < 4; i++) {
    const last = at + 2 * i + 1;
    bytes[last] = (bytes[last] & 15) | (((bits >> (4 * i)) & 15) << 4);
  }
}

/** Blocks of random codes and scales; float fields get reasonable values. */
export function randomBlocks(random: Random, dtype: DType, count: number): Uint8Array {
  const { blockBytes } = dtypeInfo(dtype);
  const bytes = Uint8Array.from({ length: count * blockBytes }, () => random.below(256));
  let at = 0;
  for (const { byteLength, holds } of codecs[dtype].fields) {
    if (holds.startsWith("f32"))
      for (let start = at; start < bytes.byteLength; start += blockBytes)
        new DataView(bytes.buffer).setFloat32(start, random.normal() * 0.02, true);
    else if (holds.includes("f16"))
      for (let start = at; start < bytes.byteLength; start += blockBytes) {
        const bits = f32ToF16(random.normal() * 0.02);
        if (holds.startsWith("f16")) {
          bytes[start] = bits & 255;
          bytes[start + 1] = bits >> 8;
        } else writeNibbles(bytes, start, bits);
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
