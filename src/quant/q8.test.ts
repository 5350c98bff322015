import { describe, expect, it } from "vitest";
import { effectOf, HALF, randomBlocks, valuesOf } from "../../test/support/quant-blocks.ts";
import { UnsupportedError } from "../base/errors.ts";
import { decode, encode } from "./index.ts";

const { one, quarter } = HALF;

describe("Q8_0", () => {
  it("multiplies signed bytes by d", () => {
    const values = valuesOf("Q8_0", { 0: quarter, 2: [0x80, 0xff, 0x7f], 33: [5] });
    expect(values.slice(0, 4)).toEqual([-32, -0.25, 31.75, 0]);
    expect(values[31]).toBe(1.25);
  });

  it("maps the largest magnitude to ±127 and rounds halves away from zero", () => {
    const values = new Float32Array(32);
    values.set([-127, 2.5, -2.5, 0.5, -0.5, 0.49999997, 126.5]); // d is exactly 1
    expect([...encode("Q8_0", values, 32).subarray(0, 10)]).toEqual([
      ...[0x00, 0x3c],
      ...[129, 3, 253, 1, 255, 0, 127, 0],
    ]);
  });

  it("writes zeros for a block of zeros", () => {
    expect([...encode("Q8_0", new Float32Array(32), 32)]).toEqual(Array(34).fill(0));
  });

  it("gives the same bytes again when a block that uses ±127 is decoded and encoded", () => {
    const blocks = randomBlocks("Q8_0", 200, 4);
    for (let at = 0; at < blocks.length; at += 34) {
      blocks[at + 1] = (blocks[at + 1] & 0x03) | 0x34; // a normal, positive scale
      for (let j = 2; j < 34; j++) if (blocks[at + j] === 0x80) blocks[at + j] = 0x81;
      blocks[at + 2] = 0x81;
    }
    expect(encode("Q8_0", decode("Q8_0", blocks, 6400), 32)).toEqual(blocks);
  });

  it.each([Number.NaN, Number.NEGATIVE_INFINITY, 127 * 65520])("refuses %s", (value) => {
    const values = new Float32Array(32);
    values[31] = value;
    expect(() => encode("Q8_0", values, 32)).toThrow(UnsupportedError);
  });
});

describe("Q8_1", () => {
  it("decodes d · q; the sum s is not part of a value", () => {
    expect(valuesOf("Q8_1", { 0: quarter, 4: [0xfe], 35: [8] })).toEqual([-0.5, ...Array(30).fill(0), 2]);
    expect(effectOf("Q8_1", { 0: one, 4: [1, 2, 3] }, { 2: one })).toEqual({});
  });
});

describe("Q8_K", () => {
  it("has an f32 scale, and its product rounds to f32", () => {
    const third = new Uint8Array(Float32Array.of(1 / 3).buffer);
    const values = valuesOf("Q8_K", { 0: [...third], 4: [3, 0x81], 259: [127] });
    expect(values[0]).toBe(Math.fround(3 * Math.fround(1 / 3)));
    expect(values[1]).toBe(Math.fround(-127 * Math.fround(1 / 3)));
    expect(values[255]).toBe(Math.fround(127 * Math.fround(1 / 3)));
  });

  it("does not use the sums to decode", () => {
    expect(effectOf("Q8_K", { 0: [0, 0, 0x80, 0x3f], 4: [1] }, { 260: [9, 9, 9] })).toEqual({});
  });
});
