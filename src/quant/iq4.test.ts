import { describe, expect, it } from "vitest";
import { effectOf, HALF, run, valuesOf } from "../../test/support/quant-blocks.ts";

const { one, quarter } = HALF;

describe("IQ4_NL", () => {
  it("looks up every code: low nibbles first, high nibbles 16 later", () => {
    const codes = Array.from({ length: 16 }, (_, j) => j | ((15 - j) << 4));
    const values = valuesOf("IQ4_NL", { 0: quarter, 2: codes });
    expect(values.slice(0, 16).map((x) => 4 * x)).toEqual([
      ...[-127, -104, -83, -65, -49, -35, -22, -10],
      ...[1, 13, 25, 38, 53, 69, 89, 113],
    ]);
    expect(values.slice(16)).toEqual(values.slice(0, 16).reverse());
  });
});

describe("IQ4_XS", () => {
  /** d = 1, all codes 8 (one step), all scales 33 (factor 1). */
  const base = { 0: one, 2: [0xaa, 0xaa], 4: [0x11, 0x11, 0x11, 0x11], 8: Array(128).fill(0x88) };

  it("decodes the base block to ones", () => {
    expect(valuesOf("IQ4_XS", base)).toEqual(Array(256).fill(1));
  });

  it("splits a 6-bit scale for every 32 values over scales_l and scales_h", () => {
    expect(effectOf("IQ4_XS", base, { 4: [0x1f] })).toEqual(run(0, 32, 15));
    expect(effectOf("IQ4_XS", base, { 7: [0x51] })).toEqual(run(224, 32, 5));
    expect(effectOf("IQ4_XS", base, { 2: [0xab] })).toEqual(run(0, 32, 17));
    expect(effectOf("IQ4_XS", base, { 3: [0x2a] })).toEqual(run(224, 32, -31));
  });

  it("has 16 bytes of codes for every 32 values", () => {
    const effect = effectOf("IQ4_XS", base, { 8: [0x0f], 135: [0xf0] });
    expect(effect).toEqual({ 0: 113, 16: -127, 239: -127, 255: 113 });
  });
});
