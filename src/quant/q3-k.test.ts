import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

/** d = 1, all codes 5 (value 1), all scales 1: 33 is low 1, high 2. */
const base = {
  0: Array(32).fill(0xff),
  32: Array(64).fill(0x55),
  96: [...Array(8).fill(0x11), ...Array(4).fill(0xaa)],
  108: HALF.one,
};

describe("Q3_K", () => {
  it("decodes the base block to ones", () => {
    expect(valuesOf("Q3_K", base)).toEqual(Array(256).fill(1));
  });

  it("subtracts 4 where the high bit is clear: bit i of byte l belongs to value 32·i + l", () => {
    expect(effectOf("Q3_K", base, { 3: [0xfe] })).toEqual({ 3: -3 });
    expect(effectOf("Q3_K", base, { 31: [0x7f] })).toEqual({ 255: -3 });
  });

  it("finds the low bits of four values in each byte", () => {
    expect(effectOf("Q3_K", base, { 32: [0xe4] })).toEqual({ 0: 0, 64: 2, 96: 3 });
    expect(effectOf("Q3_K", base, { 95: [0x54] })).toEqual({ 159: 0 });
  });

  it("assembles scales from nibbles and pairs of bits", () => {
    expect(effectOf("Q3_K", base, { 97: [0x12] })).toEqual(run(16, 16, 2)); // scale 1, low bits
    expect(effectOf("Q3_K", base, { 103: [0xf1] })).toEqual(run(240, 16, 15)); // scale 15
    expect(effectOf("Q3_K", base, { 104: [0xab] })).toEqual(run(0, 16, 17)); // scale 0, high bits
    expect(effectOf("Q3_K", base, { 105: [0xa2] })).toEqual(run(80, 16, 1 - 32)); // scale 5
    expect(effectOf("Q3_K", base, { 106: [0x8a] })).toEqual(run(160, 16, 1 - 32)); // scale 10
    expect(effectOf("Q3_K", base, { 107: [0x6a] })).toEqual(run(240, 16, 1 - 16)); // scale 15
  });
});
