import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShapeError } from "../base/errors.ts";
import { permuteRows } from "./permute.ts";

/** Meta → Hugging Face as reshaping: w.view(heads, d/2, 2, width).transpose(1, 2). Index arithmetic only. */
function byReshape(values: readonly number[], heads: number, d: number, width: number): number[] {
  const out: number[] = [];
  for (let h = 0; h < heads; h++) {
    for (let pair = 0; pair < 2; pair++) {
      for (let i = 0; i < d / 2; i++) {
        for (let x = 0; x < width; x++) out.push(values[((h * (d / 2) + i) * 2 + pair) * width + x]);
      }
    }
  }
  return out;
}

const shapes = fc.record({
  nHeads: fc.integer({ min: 1, max: 5 }),
  pairs: fc.integer({ min: 1, max: 9 }),
  kept: fc.integer({ min: 0, max: 5 }),
  rowBytes: fc.integer({ min: 1, max: 40 }),
});

describe("permuteRows", () => {
  it("puts even rows before odd ones", () => {
    const rows = { nHeads: 1, headDim: 8, rotaryDim: 8 };
    const interleaved = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const halves = permuteRows(interleaved, rows, "halves");
    expect([...halves]).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
    expect(permuteRows(halves, rows, "interleaved")).toEqual(interleaved);
  });

  it("is its own inverse in the other direction, for rows of any width and partial rotation", () => {
    fc.assert(
      fc.property(shapes, ({ nHeads, pairs, kept, rowBytes }) => {
        const rows = { nHeads, headDim: 2 * pairs + kept, rotaryDim: 2 * pairs };
        const bytes = Uint8Array.from({ length: nHeads * rows.headDim * rowBytes }, (_, i) => (i * 31) % 251);
        expect(permuteRows(permuteRows(bytes, rows, "halves"), rows, "interleaved")).toEqual(bytes);
        expect(permuteRows(permuteRows(bytes, rows, "interleaved"), rows, "halves")).toEqual(bytes);
      }),
    );
  });

  it("equals the reshaping of the published conversion", () => {
    fc.assert(
      fc.property(shapes, ({ nHeads, pairs, rowBytes }) => {
        const rows = { nHeads, headDim: 2 * pairs, rotaryDim: 2 * pairs };
        const bytes = Uint8Array.from({ length: nHeads * rows.headDim * rowBytes }, (_, i) => (i * 17) % 253);
        const expected = byReshape([...bytes], nHeads, rows.headDim, rowBytes);
        expect([...permuteRows(bytes, rows, "halves")]).toEqual(expected);
      }),
    );
  });

  it("leaves rows that are not rotated in place", () => {
    const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5);
    const halves = permuteRows(bytes, { nHeads: 1, headDim: 6, rotaryDim: 4 }, "halves");
    expect([...halves]).toEqual([0, 2, 1, 3, 4, 5]);
  });

  it("refuses bytes that are not whole rows", () => {
    const rows = { nHeads: 2, headDim: 4, rotaryDim: 4 };
    expect(() => permuteRows(new Uint8Array(13), rows, "halves")).toThrow(ShapeError);
  });
});
