/** The layout of rows against the simplest form: a list of all slots. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Borders, EpochLayout, type LayoutOptions, type Packing, type Piece } from "./layout.ts";

interface Case {
  readonly lengths: readonly number[];
  readonly block: number;
  readonly packing: Packing;
  readonly borders: Borders;
  readonly phase: number;
}

const CASES: fc.Arbitrary<Case> = fc.record({
  lengths: fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 300 })), {
    maxLength: 60,
  }),
  block: fc.integer({ min: 1, max: 40 }),
  packing: fc.constantFrom("stream", "documents", "single"),
  borders: fc.constantFrom("masked", "open"),
  phase: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.999, noNaN: true })),
});

/** Documents are in reverse order. */
function optionsOf({ lengths, ...rest }: Case): LayoutOptions {
  const count = lengths.length;
  return { ...rest, count, lengthOf: (document) => lengths[document], order: (place) => count - 1 - place };
}

const slotsOf = ({ lengths, borders }: Case, document: number) =>
  lengths[document] - (borders === "masked" ? 1 : 0);

type Slot = readonly [document: number, slot: number];
const slotsIn = (pieces: readonly Piece[]): Slot[] =>
  pieces.flatMap(({ document, from, count }) =>
    Array.from({ length: count }, (_, i) => [document, from + i] as const),
  );

/** Every slot of every document, in the order of the documents. */
function allSlots(one: Case): Slot[] {
  return one.lengths
    .map((_, i) => one.lengths.length - 1 - i)
    .flatMap((document) =>
      Array.from({ length: slotsOf(one, document) }, (_, slot) => [document, slot] as const),
    );
}

function expectedStream(one: Case): Slot[][] {
  const all = allSlots(one);
  const first = one.lengths.length === 0 ? 0 : slotsOf(one, one.lengths.length - 1);
  const phase = Math.floor(one.phase * Math.min(one.block, first));
  const turned = [...all.slice(phase), ...all.slice(0, phase)];
  return Array.from({ length: Math.ceil(turned.length / one.block) }, (_, i) =>
    turned.slice(i * one.block, (i + 1) * one.block),
  );
}

function expectedDocuments(one: Case): Slot[][] {
  const rows: Slot[][] = [[]];
  for (const document of one.lengths.map((_, i) => one.lengths.length - 1 - i)) {
    const slots = allSlots({ ...one, lengths: one.lengths }).filter(([of]) => of === document);
    for (let at = 0; at < slots.length; at += one.block) {
      const part = slots.slice(at, at + one.block);
      if (one.packing === "single") rows.push([]);
      if (rows[rows.length - 1].length + part.length > one.block) rows.push([]);
      rows[rows.length - 1].push(...part);
    }
  }
  return rows.filter((row) => row.length > 0);
}

describe("EpochLayout", () => {
  it("has the slots of the simple form in each row, whichever row is requested first", () => {
    fc.assert(
      fc.property(CASES, (one) => {
        const layout = new EpochLayout(optionsOf(one));
        const expected = one.packing === "stream" ? expectedStream(one) : expectedDocuments(one);
        expect(layout.rowCount).toBe(expected.length);
        for (let row = layout.rowCount - 1; row >= 0; row--)
          expect(slotsIn(layout.row(row))).toEqual(expected[row]);
      }),
      { numRuns: 400, seed: 5 },
    );
  });

  it("lays every slot out once, in full rows except the last one of a stream", () => {
    fc.assert(
      fc.property(CASES, (one) => {
        const layout = new EpochLayout(optionsOf(one));
        const rows = Array.from({ length: layout.rowCount }, (_, row) => slotsIn(layout.row(row)));
        const key = ([document, slot]: Slot) => `${document}:${slot}`;
        expect(rows.flat().map(key).sort()).toEqual(allSlots(one).map(key).sort());
        expect(rows.every(({ length }) => length > 0 && length <= one.block)).toBe(true);
        if (one.packing === "stream")
          expect(rows.slice(0, -1).every(({ length }) => length === one.block)).toBe(true);
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  it("names the next document with open borders, and only at a document's end", () => {
    fc.assert(
      fc.property(CASES, (one) => {
        const layout = new EpochLayout(optionsOf(one));
        for (let row = 0; row < layout.rowCount; row++) {
          for (const { document, from, count, next } of layout.row(row)) {
            const isEnd = one.borders === "open" && from + count === one.lengths[document];
            const following = document === 0 ? one.lengths.length - 1 : document - 1;
            expect(next).toBe(isEnd ? following : undefined);
          }
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("cuts a single long document at other places when the phase changes", () => {
    const one = { lengths: [1001], block: 64, packing: "stream", borders: "masked" } as const;
    const starts = [0, 0.25, 0.5].map(
      (phase) => new EpochLayout(optionsOf({ ...one, phase })).row(0)[0].from,
    );
    expect(starts).toEqual([0, 16, 32]);
  });
});
