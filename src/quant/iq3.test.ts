import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

const { one, quarter } = HALF;

describe("IQ3_XXS", () => {
  /** Point 0 is four times 4, scale code 0 means ¼: ones. Point 1 (rank 2) is (20, 4, 4, 4). */
  const base = { 0: one };
  it("decodes point 0 with scale code 0 to ones", () => {
    expect(valuesOf("IQ3_XXS", base)).toEqual(Array(256).fill(1));
  });
  it("takes a grid number for every four values", () => {
    expect(effectOf("IQ3_XXS", base, { 2: [1] })).toEqual({ 0: 5 });
    expect(effectOf("IQ3_XXS", base, { 65: [1] })).toEqual({ 252: 5 });
  });
  it("takes seven signs per eight values, the eighth makes their number even", () => {
    expect(effectOf("IQ3_XXS", base, { 66: [0x01] })).toEqual({ 0: -1, 7: -1 });
    expect(effectOf("IQ3_XXS", base, { 66: [0x80, 0x08] })).toEqual({ 8: -1, 12: -1 });
    expect(effectOf("IQ3_XXS", base, { 97: [0x0f] })).toEqual({ 251: -1, 252: -1, 253: -1, 254: -1 });
  });
  it("takes the scale of 32 values from the top four bits", () => {
    expect(effectOf("IQ3_XXS", base, { 97: [0xf0] })).toEqual(run(224, 32, 31));
  });
});

describe("IQ3_S", () => {
  /** Point 0 is four times 1, scale code 0 means 1. Point 1 (rank 1) is (3, 1, 1, 1). */
  const base = { 0: quarter };
  it("decodes point 0 with scale code 0 to d", () => {
    expect(valuesOf("IQ3_S", base)).toEqual(Array(256).fill(0.25));
  });
  it("takes eight bits of grid number for every four values", () => {
    expect(effectOf("IQ3_S", base, { 3: [1], 65: [1] })).toEqual({ 4: 0.75, 252: 0.75 });
  });
  it("takes the ninth bit from one place per point", () => {
    for (const [offset, bit, point] of [
      [66, 0, 0],
      [66, 1, 1],
      [67, 0, 8],
      [73, 7, 63],
    ] as const) {
      const changed = Object.keys(effectOf("IQ3_S", base, { [offset]: [1 << bit] })).map(Number);
      expect(changed.length).toBeGreaterThan(0);
      expect(changed.every((i) => i >> 2 === point)).toBe(true);
    }
  });
  it("takes a sign bit per value", () => {
    expect(effectOf("IQ3_S", base, { 74: [0x81], 105: [0x40] })).toEqual({ 0: -0.25, 7: -0.25, 254: -0.25 });
  });
  it("has an odd scale for every 32 values, low nibble first", () => {
    expect(effectOf("IQ3_S", base, { 106: [0x01] })).toEqual(run(0, 32, 0.75));
    expect(effectOf("IQ3_S", base, { 109: [0xf0] })).toEqual(run(224, 32, 0.25 * 31));
  });
});
