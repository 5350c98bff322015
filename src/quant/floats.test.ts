import { describe, expect, it } from "vitest";
import { decode, encode } from "./index.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("plain floats", () => {
  const values = Float32Array.of(1, -2.5, 65504, 2 ** -24, -0);
  it.each([
    ["F32", [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0, 0xe0, 0x7f, 0x47, 0, 0, 0x80, 0x33, 0, 0, 0, 0x80]],
    ["F16", [0, 0x3c, 0, 0xc1, 0xff, 0x7b, 1, 0, 0, 0x80]],
    ["BF16", [0x80, 0x3f, 0x20, 0xc0, 0x80, 0x47, 0x80, 0x33, 0, 0x80]],
  ] as const)("%s is little-endian both ways", (dtype, expected) => {
    expect([...encode(dtype, values, 5)]).toEqual([...expected]);
    const back = decode(dtype, bytes(...expected), 5);
    expect([...back]).toEqual(dtype === "BF16" ? [1, -2.5, 65536, 2 ** -24, -0] : [...values]);
  });

  it("F64 keeps what the target can hold", () => {
    const tenth = new Uint8Array(Float64Array.of(0.1, 1e300).buffer);
    expect([...decode("F64", tenth, 2)]).toEqual([Math.fround(0.1), Number.POSITIVE_INFINITY]);
    expect(new Float64Array(encode("F64", Float32Array.of(0.5, -3), 2).buffer)).toEqual(
      Float64Array.of(0.5, -3),
    );
  });

  it("F16 overflows to infinity, BF16 does not before F32 does", () => {
    const big = Float32Array.of(65519, 65520, -1e30);
    expect([...decode("F16", encode("F16", big, 3), 3)]).toEqual([65504, Infinity, -Infinity]);
    expect(decode("BF16", encode("BF16", big, 3), 3)[2]).toBeCloseTo(-1e30, -28);
  });
});
