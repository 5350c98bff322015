import { describe, expect, it } from "vitest";
import { blockOf, effectOf, HALF, randomBlocks, valuesOf } from "../../test/support/quant-blocks.ts";
import { UnsupportedError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { decode, decodeBlocks, encode } from "./index.ts";

const { one, two, minusOne, quarter } = HALF;

describe("Q4_0", () => {
  it("takes the low nibble for value j, the high one for value j + 16, and subtracts 8", () => {
    const values = valuesOf("Q4_0", { 0: two, 2: [0x08, 0xf1], 17: [0x9c] });
    expect(values[0]).toBe(2 * (8 - 8));
    expect(values[16]).toBe(2 * (0 - 8));
    expect(values[1]).toBe(2 * (1 - 8));
    expect(values[17]).toBe(2 * (15 - 8));
    expect(values[15]).toBe(2 * (12 - 8));
    expect(values[31]).toBe(2 * (9 - 8));
    expect(values[7]).toBe(-16);
  });

  it("makes the value of largest magnitude code 0, whatever its sign", () => {
    const values = new Float32Array(32);
    values.set([4, -2, 1], 0); // d = 4 / −8: codes 4/d + 8 = 0, −2/d + 8 = 12, 1/d + 8 = 6
    values[16] = 3.9;
    const block = encode("Q4_0", values, 32);
    expect([...block.subarray(0, 2)]).toEqual([0x00, 0xb8]); // −0.5
    expect([...block.subarray(2, 5)]).toEqual([0x00, 0x8c, 0x86]); // 3.9 is −7.8 steps: code 0
  });

  it("clamps code 16 to 15, and writes code 8 with d = −0 for a block of zeros", () => {
    const values = new Float32Array(32);
    values.set([-8, 8], 0);
    expect(encode("Q4_0", values, 32)[3]).toBe(0x8f);
    expect([...encode("Q4_0", new Float32Array(32), 32)]).toEqual([0x00, 0x80, ...Array(16).fill(0x88)]);
  });

  it("gives the same bytes again when a block that uses code 0 is decoded and encoded", () => {
    const blocks = randomBlocks("Q4_0", 200, 3);
    for (let at = 0; at < blocks.length; at += 18) {
      blocks[at + 1] = (blocks[at + 1] & 0x83) | 0x34; // a normal scale, so that 1 / d is exact enough
      blocks[at + 2] &= 0xf0;
    }
    expect(encode("Q4_0", decode("Q4_0", blocks, 6400), 32)).toEqual(blocks);
  });

  it("has a smaller error than symmetric rounding to −7 … 7", () => {
    const random = new Random(12);
    const values = Float32Array.from({ length: 32 * 1000 }, () => random.normal());
    const decoded = decode("Q4_0", encode("Q4_0", values, 32), values.length);
    let [ours, naive] = [0, 0];
    for (let block = 0; block < values.length; block += 32) {
      const largest = values.subarray(block, block + 32).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
      for (let i = block; i < block + 32; i++) {
        ours += (values[i] - decoded[i]) ** 2;
        naive += (values[i] - (Math.round((values[i] / largest) * 7) / 7) * largest) ** 2;
      }
    }
    expect(ours).toBeLessThan(0.9 * naive);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 8 * 65520])("refuses %s", (value) => {
    const values = new Float32Array(64);
    values[40] = value;
    expect(() => encode("Q4_0", values, 64)).toThrow(UnsupportedError);
    expect(() => encode("Q4_0", values, 64)).toThrow(/values 32 to 63 as Q4_0/);
  });
});

describe("Q4_1", () => {
  it("counts upwards from m", () => {
    const values = valuesOf("Q4_1", { 0: quarter, 2: minusOne, 4: [0xf2], 19: [0x4f] });
    expect(values[0]).toBe(0.25 * 2 - 1);
    expect(values[16]).toBe(0.25 * 15 - 1);
    expect(values[15]).toBe(0.25 * 15 - 1);
    expect(values[31]).toBe(0.25 * 4 - 1);
    expect(values[5]).toBe(-1);
  });

  it("lets each field change only its own part of the result", () => {
    expect(effectOf("Q4_1", { 0: one }, { 9: [0x30] })).toEqual({ 21: 3 });
    expect(Object.keys(effectOf("Q4_1", { 0: one }, { 2: one }))).toHaveLength(32);
  });

  it("rounds d · q + m to f32 once", () => {
    // 15 · 65504 + 2^-24 needs 44 bits: f32 keeps 982560.
    const block = blockOf("Q4_1", { 0: [0xff, 0x7b], 2: [0x01, 0x00], 4: [0x0f] });
    const out = new Float64Array(32);
    decodeBlocks("Q4_1", block, 0, out, 0, 32);
    expect(out[0]).toBe(982560);
  });
});
