import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

const { one, minusOne, quarter } = HALF;

describe("Q5_0", () => {
  it("joins nibble and high bit, and subtracts 16", () => {
    const values = valuesOf("Q5_0", { 0: quarter, 2: [0x01, 0x00, 0x01, 0x80], 6: [0xf3], 21: [0x10] });
    expect(values[0]).toBe(0.25 * (16 + 3 - 16));
    expect(values[16]).toBe(0.25 * (16 + 15 - 16));
    expect(values[15]).toBe(0.25 * (0 - 16));
    expect(values[31]).toBe(0.25 * (16 + 1 - 16));
  });

  it.each([0, 9, 15, 16, 23, 31])("reads bit %i of qh as the high bit of that value alone", (bit) => {
    const high = [0, 0, 0, 0];
    high[bit >> 3] = 1 << (bit & 7);
    expect(effectOf("Q5_0", { 0: one }, { 2: high })).toEqual({ [bit]: 0 });
  });
});

describe("Q5_1", () => {
  it("counts upwards from m with five bits", () => {
    const values = valuesOf("Q5_1", { 0: one, 2: minusOne, 4: [0x02, 0, 0, 0], 8: [0x21, 0x43] });
    expect(values.slice(0, 3)).toEqual([0, 16 + 3 - 1, -1]);
    expect(values.slice(16, 19)).toEqual([1, 3, -1]);
  });

  it("adds 16 steps to all values when qh is full", () => {
    expect(effectOf("Q5_1", { 0: one }, { 4: [255, 255, 255, 255] })).toEqual(run(0, 32, 16));
  });
});
