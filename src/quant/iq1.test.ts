import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

/** Point 0 is eight times −1, point 1 (rank 2) is (1, −1, …); shifts are ±⅛. */
describe("IQ1_S", () => {
  const base = { 0: HALF.one };
  it("decodes point 0 to −1 + ⅛", () => {
    expect(valuesOf("IQ1_S", base)).toEqual(Array(256).fill(-0.875));
  });
  it("takes eight bits of grid number per group of eight", () => {
    expect(effectOf("IQ1_S", base, { 2: [1], 33: [1] })).toEqual({ 0: 1.125, 248: 1.125 });
  });
  it("takes three more from the group's place in the word", () => {
    for (const [patch, group] of [
      [[0x04], 0],
      [[0x20], 1],
      [[0x00, 0x01], 2],
      [[0x00, 0x08], 3],
    ] as const) {
      const changed = Object.keys(effectOf("IQ1_S", base, { 36: patch })).map(Number);
      expect(changed.length).toBeGreaterThan(0);
      expect(changed.every((i) => i >> 3 === 4 + group)).toBe(true);
    }
  });
  it("scales 32 values by an odd number", () => {
    expect(effectOf("IQ1_S", base, { 35: [0x70] })).toEqual(run(0, 32, -0.875 * 15));
  });
  it("reverses the shift of 32 values", () => {
    expect(effectOf("IQ1_S", base, { 49: [0x80] })).toEqual(run(224, 32, -1.125));
  });
});

describe("IQ1_M", () => {
  /** d = 1 = 0x3c00, its nibbles 0, 0, c, 3 on top of the four words. */
  const base = { 53: [0xc0], 55: [0x30] };
  it("gathers d from the top nibbles of the four words", () => {
    expect(valuesOf("IQ1_M", base)).toEqual(Array(256).fill(-0.875));
    // 0x3c21 is 1 + 33/1024: nibbles 1 and 2 into the first two words
    expect(valuesOf("IQ1_M", base, { 49: [0x10], 51: [0x20] })).toEqual(
      Array(256).fill(-0.875 * (1 + 33 / 1024)),
    );
  });
  it("takes eight bits of grid number per group of eight", () => {
    expect(effectOf("IQ1_M", base, { 0: [1], 31: [1] })).toEqual({ 0: 1.125, 248: 1.125 });
  });
  it("takes three more, and the shift's sign, from a nibble per group", () => {
    expect(effectOf("IQ1_M", base, { 32: [0x08] })).toEqual(run(0, 8, -1.125));
    expect(effectOf("IQ1_M", base, { 47: [0x80] })).toEqual(run(248, 8, -1.125));
    for (const [value, group] of [
      [0x04, 2],
      [0x40, 3],
    ] as const) {
      const changed = Object.keys(effectOf("IQ1_M", base, { 33: [value] })).map(Number);
      expect(changed.length).toBeGreaterThan(0);
      expect(changed.every((i) => i >> 3 === group)).toBe(true);
    }
  });
  it("scales 16 values by an odd number", () => {
    expect(effectOf("IQ1_M", base, { 48: [0x01] })).toEqual(run(0, 16, -0.875 * 3));
    expect(effectOf("IQ1_M", base, { 48: [0x08] })).toEqual(run(16, 16, -0.875 * 3));
    expect(effectOf("IQ1_M", base, { 55: [0x3e] })).toEqual(run(240, 16, -0.875 * 15));
  });
});
