import { describe, expect, it } from "vitest";
import { decode } from "./index.ts";

const one = (dtype: "F8_E4M3" | "F8_E5M2", bits: number): number => decode(dtype, Uint8Array.of(bits), 1)[0];

describe("8-bit floats", () => {
  it.each([
    [0x00, 0],
    [0x80, -0],
    [0x01, 2 ** -9],
    [0x07, 7 * 2 ** -9],
    [0x08, 2 ** -6],
    [0x38, 1],
    [0xb9, -1.125],
    [0x7e, 448],
    [0x7f, Number.NaN],
    [0xff, Number.NaN],
  ])("F8_E4M3 %i is %d", (bits, value) => {
    expect(one("F8_E4M3", bits)).toBe(value);
  });

  it.each([
    [0x00, 0],
    [0x01, 2 ** -16],
    [0x04, 2 ** -14],
    [0x3c, 1],
    [0xbd, -1.25],
    [0x7b, 57344],
    [0x7c, Number.POSITIVE_INFINITY],
    [0xfc, Number.NEGATIVE_INFINITY],
    [0x7d, Number.NaN],
  ])("F8_E5M2 %i is %d", (bits, value) => {
    expect(one("F8_E5M2", bits)).toBe(value);
  });

  it.each(["F8_E4M3", "F8_E5M2"] as const)("%s grows with its bits and mirrors its sign", (dtype) => {
    const top = dtype === "F8_E4M3" ? 0x7e : 0x7c;
    for (let bits = 1; bits <= top; bits++) {
      expect(one(dtype, bits)).toBeGreaterThan(one(dtype, bits - 1));
      expect(one(dtype, bits | 0x80)).toBe(-one(dtype, bits));
    }
  });
});
