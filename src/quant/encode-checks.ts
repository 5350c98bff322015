/**
 * Refuses values that a block cannot represent, instead of writing a block that decodes to NaN or infinity.
 */
import type { DType } from "../base/dtypes.ts";
import { UnsupportedError } from "../base/errors.ts";

/**
 * Checks one block of 32 values and the f16 bits of its scale.
 * @throws UnsupportedError if a value is NaN or infinite, or the scale is too large for f16.
 */
export function checkScale(dtype: DType, values: Float32Array, from: number, scaleBits: number): void {
  let probe = 0; // becomes NaN as soon as one value is NaN or infinite
  for (let j = 0; j < 32; j++) probe += values[from + j] * 0;
  if (probe === 0 && (scaleBits & 0x7c00) !== 0x7c00) return;
  throw new UnsupportedError({
    doing: `encode values ${from} to ${from + 31} as ${dtype}`,
    expected: "finite values whose scale fits an f16",
    found: probe === 0 ? "values too large for the block's scale" : "NaN or infinity among them",
    fix: "keep this tensor as F32 or BF16, or repair the weights",
  });
}
