import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

const { one } = HALF;
/** Point 0 of every IQ2 grid is eight times 8, and the scale code 0 means ⅛: 8 · ⅛ = 1. */
const allOnes = Array(256).fill(1);
/** Values `from` … `from + 7` negated where `signs` has a bit. */
const negated = (from: number, signs: number): Record<number, number> =>
  Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].filter((j) => (signs >> j) & 1).map((j) => [from + j, -1]));
/** Point 1 of every IQ2 grid is (43, 8, …) where only even sums are points, so its first value alone moves. */
const point1 = (from: number): Record<number, number> => ({ [from]: 43 / 8 });

describe("IQ2_XXS", () => {
  const base = { 0: one };
  it("decodes point 0 with scale code 0 to ones", () => {
    expect(valuesOf("IQ2_XXS", base)).toEqual(allOnes);
  });
  it("takes a grid number per group of eight", () => {
    expect(effectOf("IQ2_XXS", base, { 2: [1] })).toEqual(point1(0));
    expect(effectOf("IQ2_XXS", base, { 5: [1] })).toEqual(point1(24));
    expect(effectOf("IQ2_XXS", base, { 58: [1] })).toEqual(point1(224));
  });
  it("takes seven signs per group, the eighth makes their number even", () => {
    expect(effectOf("IQ2_XXS", base, { 6: [0x03] })).toEqual(negated(0, 0b0000_0011));
    expect(effectOf("IQ2_XXS", base, { 6: [0x80] })).toEqual(negated(8, 0b1000_0001));
    expect(effectOf("IQ2_XXS", base, { 9: [0x08] })).toEqual(negated(24, 0b1100_0000));
  });
  it("takes the scale of 32 values from the top four bits", () => {
    expect(effectOf("IQ2_XXS", base, { 65: [0xf0] })).toEqual(run(224, 32, 31));
  });
});

describe("IQ2_XS", () => {
  const base = { 0: one };
  it("decodes point 0 with scale code 0 to ones", () => {
    expect(valuesOf("IQ2_XS", base)).toEqual(allOnes);
  });
  it("has nine bits of grid number and seven of signs in a word", () => {
    expect(effectOf("IQ2_XS", base, { 4: [1] })).toEqual(point1(8));
    expect(effectOf("IQ2_XS", base, { 5: [0x02] })).toEqual(negated(8, 0b1000_0001));
    expect(effectOf("IQ2_XS", base, { 65: [0x80] })).toEqual(negated(248, 0b1100_0000));
  });
  it("has a scale for every 16 values, low nibble first", () => {
    expect(effectOf("IQ2_XS", base, { 66: [0x02] })).toEqual(run(0, 16, 5));
    expect(effectOf("IQ2_XS", base, { 73: [0x20] })).toEqual(run(240, 16, 5));
  });
});

describe("IQ2_S", () => {
  const base = { 0: one };
  it("decodes point 0 with scale code 0 to ones", () => {
    expect(valuesOf("IQ2_S", base)).toEqual(allOnes);
  });
  it("has eight bits of grid number per group, and eight free signs", () => {
    expect(effectOf("IQ2_S", base, { 33: [1] })).toEqual(point1(248));
    expect(effectOf("IQ2_S", base, { 34: [0x01], 65: [0xff] })).toEqual({
      ...negated(0, 0x01),
      ...negated(248, 0xff),
    });
  });
  it("has two more bits of grid number per group", () => {
    const at = (value: number) => Object.keys(effectOf("IQ2_S", base, { 67: [value] })).map(Number);
    for (const [value, group] of [
      [0x01, 4],
      [0x08, 5],
      [0x20, 6],
      [0x80, 7],
    ] as const) {
      expect(at(value).length).toBeGreaterThan(0);
      expect(at(value).every((i) => i >> 3 === group)).toBe(true);
    }
  });
  it("has a scale for every 16 values, low nibble first", () => {
    expect(effectOf("IQ2_S", base, { 74: [0x02] })).toEqual(run(0, 16, 5));
    expect(effectOf("IQ2_S", base, { 81: [0x20] })).toEqual(run(240, 16, 5));
  });
});
