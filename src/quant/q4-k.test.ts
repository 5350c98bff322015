import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

const { one, quarter } = HALF;

describe.each([
  { dtype: "Q4_K", q: 16 },
  { dtype: "Q5_K", q: 48 },
] as const)("$dtype", ({ dtype, q }) => {
  /** d = 1, dmin = 1/4, all codes 1, all scales and minima 0. */
  const codes = { 0: one, 2: quarter, [q]: Array(128).fill(0x11) };
  /** The same with all scales 1. */
  const base = { ...codes, 4: [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1] };

  it("takes 32 low nibbles, then the 32 high nibbles of the same bytes", () => {
    expect(effectOf(dtype, base, { [q + 2]: [0xf3] })).toEqual({ 2: 3, 34: 15 });
    expect(effectOf(dtype, base, { [q + 127]: [0x21] })).toEqual({ 255: 2 });
  });

  it("keeps scales 0 … 3 and minima 0 … 3 in six bits of a byte each", () => {
    expect(effectOf(dtype, codes, { 6: [63] })).toEqual(run(64, 32, 63));
    expect(effectOf(dtype, codes, { 11: [63] })).toEqual(run(96, 32, -0.25 * 63));
  });

  it("assembles scales and minima 4 … 7 from nibbles and the top bits of the first eight bytes", () => {
    expect(effectOf(dtype, codes, { 13: [0x0f] })).toEqual(run(160, 32, 15));
    expect(effectOf(dtype, codes, { 13: [0xf0] })).toEqual(run(160, 32, -0.25 * 15));
    expect(effectOf(dtype, codes, { 7: [0x80] })).toEqual(run(224, 32, 32));
    expect(effectOf(dtype, codes, { 8: [0x40] })).toEqual(run(128, 32, -0.25 * 16));
  });
});

describe("Q5_K", () => {
  const base = { 0: one, 4: [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1] };

  it("adds 16 where the high bit is set: bit k of byte l belongs to value 32·k + l", () => {
    expect(effectOf("Q5_K", base, { 16: [0x01], 47: [0xc0] })).toEqual({ 0: 16, 223: 16, 255: 16 });
  });

  it("reaches code 31", () => {
    expect(valuesOf("Q5_K", { ...base, 16: Array(160).fill(0xff) })).toEqual(Array(256).fill(31));
  });
});
