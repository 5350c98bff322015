import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

const { one, quarter } = HALF;
/** d = 1, dmin = 1/4, every scale 1, every minimum 0. */
const base = { 0: Array(16).fill(0x01), 80: one, 82: quarter };

describe("Q2_K", () => {
  it("finds four values in each byte, 32 apart, and the second half 32 bytes on", () => {
    // 0b11_10_01_00: 0, 1, 2, 3 from the low bits upwards
    expect(effectOf("Q2_K", base, { 16: [0xe4] })).toEqual({ 32: 1, 64: 2, 96: 3 });
    expect(effectOf("Q2_K", base, { 49: [0x1b] })).toEqual({ 129: 3, 161: 2, 193: 1 });
  });

  it("applies scale and minimum k to values 16k … 16k + 15", () => {
    const ones = { ...base, 16: Array(64).fill(0x55) };
    expect(effectOf("Q2_K", ones, { 0: [0x01, 0x03] })).toEqual(run(16, 16, 3));
    expect(effectOf("Q2_K", ones, { 13: [0x21] })).toEqual(run(208, 16, 1 - 0.25 * 2));
  });

  it("subtracts minima scaled by dmin only", () => {
    const values = valuesOf("Q2_K", { 0: Array(16).fill(0xf0), 80: one, 82: quarter });
    expect(values).toEqual(Array(256).fill(-0.25 * 15));
  });
});
