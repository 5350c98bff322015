import { describe, expect, it } from "vitest";
import { bf16ToF32, f16ToF32, f16Values, f32ToBf16, f32ToF16 } from "./half.ts";

const isNan16 = (bits: number, infinity: number): boolean => (bits & 0x7fff) > infinity;

/** The f32 just above or below (in magnitude) a positive f32. */
function neighbour(value: number, step: 1 | -1): number {
  const single = Float32Array.of(value);
  new Uint32Array(single.buffer)[0] += step;
  return single[0];
}

/** Value of f16 bits, by the standard's formula. */
function byFormula(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

describe("f16", () => {
  it("decodes by the formula and by table alike, and encodes every pattern back to itself", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = f16ToF32(bits);
      if (!Object.is(value, byFormula(bits))) throw new Error(`${bits} becomes ${value}`);
      if (!Object.is(value, f16Values()[bits])) throw new Error(`table differs at ${bits}`);
      if (isNan16(bits, 0x7c00)) {
        if (!Number.isNaN(value) || !isNan16(f32ToF16(value), 0x7c00)) throw new Error(`NaN lost at ${bits}`);
      } else if (f32ToF16(value) !== bits) throw new Error(`${bits} becomes ${f32ToF16(value)}`);
    }
    expect(f16ToF32(0x3555)).toBe(0.333251953125);
    expect(f16ToF32(0x0001)).toBe(2 ** -24);
    expect(f16ToF32(0x03ff)).toBe(1023 * 2 ** -24);
  });

  it("rounds half-way values to even and all others to the nearer, between every two neighbours", () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const middle = (f16ToF32(bits) + f16ToF32(bits + 1)) / 2; // exact in f32
      const even = bits & 1 ? bits + 1 : bits;
      const rounded = [f32ToF16(middle), f32ToF16(neighbour(middle, -1)), f32ToF16(neighbour(middle, 1))];
      if (
        rounded[0] !== even ||
        rounded[1] !== bits ||
        rounded[2] !== bits + 1 ||
        f32ToF16(-middle) !== (even | 0x8000)
      ) {
        throw new Error(`between ${bits} and ${bits + 1}: ${rounded}`);
      }
    }
    expect(f32ToF16(65520)).toBe(0x7c00);
    expect(f32ToF16(neighbour(65520, -1))).toBe(0x7bff);
    expect(f32ToF16(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
    expect(f32ToF16(-0)).toBe(0x8000);
  });
});

describe("bf16", () => {
  it("encodes every pattern back to itself", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = bf16ToF32(bits);
      if (isNan16(bits, 0x7f80)) {
        if (!Number.isNaN(value) || !isNan16(f32ToBf16(value), 0x7f80))
          throw new Error(`NaN lost at ${bits}`);
      } else if (f32ToBf16(value) !== bits) throw new Error(`${bits} becomes ${f32ToBf16(value)}`);
    }
    expect(bf16ToF32(0x3f80)).toBe(1);
    expect(bf16ToF32(0xc049)).toBe(-3.140625);
  });

  it("rounds half-way values to even and all others to the nearer, between every two neighbours", () => {
    const word = new Uint32Array(1);
    const single = new Float32Array(word.buffer);
    const rounded = (pattern: number): number => {
      word[0] = pattern;
      return f32ToBf16(single[0]);
    };
    for (let bits = 0; bits < 0x7f80; bits++) {
      const even = bits & 1 ? bits + 1 : bits;
      const middle = ((bits << 16) | 0x8000) >>> 0;
      const got = [
        rounded(middle - 1),
        rounded(middle),
        rounded(middle + 1),
        rounded((middle | 0x80000000) >>> 0),
      ];
      if (got[0] !== bits || got[1] !== even || got[2] !== bits + 1 || got[3] !== (even | 0x8000)) {
        throw new Error(`between ${bits} and ${bits + 1}: ${got}`);
      }
    }
    expect(rounded(0x7f7fffff)).toBe(0x7f80);
  });

  it("keeps a NaN whose payload is only in the lower half", () => {
    const single = Float32Array.of(0);
    new Uint32Array(single.buffer)[0] = 0x7f800001;
    expect(f32ToBf16(single[0])).toBe(0x7fc0);
  });
});
