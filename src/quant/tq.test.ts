import { describe, expect, it } from "vitest";
import { effectOf, HALF, valuesOf } from "../../test/support/quant-blocks.ts";

const { one, quarter } = HALF;

/** The byte for five trits: the fraction 0.t₀t₁t₂t₃t₄ (base 3) of 256, rounded up. */
function byteOf(trits: readonly number[]): number {
  const number = trits.reduce((sum, trit) => 3 * sum + trit, 0);
  return Math.ceil((number * 256) / 243);
}
const trit = (number: number, n: number): number => Math.floor(number / 3 ** (4 - n)) % 3;
const fiveTrits = (number: number): number[] => [0, 1, 2, 3, 4].map((n) => trit(number, n));

describe("TQ1_0", () => {
  it("decodes the five trits of all 243 bytes, in the first 32 bytes and in the next 16", () => {
    for (let number = 0; number < 243; number++) {
      const trits = fiveTrits(number);
      const values = valuesOf("TQ1_0", { 52: one, 3: [byteOf(trits)], 47: [byteOf(trits)] });
      expect([3, 35, 67, 99, 131].map((i) => values[i] + 1)).toEqual(trits);
      expect([175, 191, 207, 223, 239].map((i) => values[i] + 1)).toEqual(trits);
    }
  });

  it("decodes four trits of each of the last four bytes", () => {
    for (let number = 0; number < 81; number++) {
      const trits = fiveTrits(3 * number);
      const values = valuesOf("TQ1_0", { 52: one, 50: [byteOf(trits)] });
      expect([242, 246, 250, 254].map((i) => values[i] + 1)).toEqual(trits.slice(0, 4));
    }
  });

  it("changes only the values of the byte that changes", () => {
    const changed = (offset: number) => Object.keys(effectOf("TQ1_0", { 52: one }, { [offset]: [255] }));
    expect(changed(31)).toEqual(["31", "63", "95", "127", "159"]);
    expect(changed(32)).toEqual(["160", "176", "192", "208", "224"]);
    expect(changed(51)).toEqual(["243", "247", "251", "255"]);
  });
});

describe("TQ2_0", () => {
  it("finds four values in each byte, 32 apart, less one", () => {
    expect(effectOf("TQ2_0", { 64: quarter }, { 1: [0xe4] })).toEqual({ 33: 0, 65: 0.25, 97: 0.5 });
    expect(effectOf("TQ2_0", { 64: quarter }, { 63: [0x02] })).toEqual({ 159: 0.25 });
  });
});
