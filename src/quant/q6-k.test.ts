import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

/** d = 1, all codes 33 (value 1: low 1, high 2), all scales 1. */
const base = {
  0: Array(128).fill(0x11),
  128: Array(64).fill(0xaa),
  192: Array(16).fill(1),
  208: HALF.one,
};

describe("Q6_K", () => {
  it("decodes the base block to ones", () => {
    expect(valuesOf("Q6_K", base)).toEqual(Array(256).fill(1));
  });

  it("takes low nibbles from 64 bytes per half: byte l + 32·i has values 32·i + l and 64 later", () => {
    expect(effectOf("Q6_K", base, { 5: [0xf2] })).toEqual({ 5: 2, 69: 15 });
    expect(effectOf("Q6_K", base, { 33: [0xf2] })).toEqual({ 33: 2, 97: 15 });
    expect(effectOf("Q6_K", base, { 64: [0xf2] })).toEqual({ 128: 2, 192: 15 });
  });

  it("takes two high bits for four values 32 apart", () => {
    expect(effectOf("Q6_K", base, { 130: [0xe4] })).toEqual({ 2: -31, 34: -15, 98: 17 });
    expect(effectOf("Q6_K", base, { 191: [0xab] })).toEqual({ 159: 17 });
  });

  it("has a signed scale for every 16 values", () => {
    expect(effectOf("Q6_K", base, { 193: [0xff] })).toEqual(run(16, 16, -1));
    expect(effectOf("Q6_K", base, { 207: [0x80] })).toEqual(run(240, 16, -128));
  });
});
