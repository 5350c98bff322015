import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ranges } from "./ranges.ts";

const SPACE = 40;
const interval = fc
  .tuple(fc.nat(SPACE), fc.nat(SPACE))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));

/** The same set, integer by integer. */
function plainSet(parts: readonly { start: number; end: number }[]): Set<number> {
  return new Set(parts.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)));
}

describe("Ranges", () => {
  it("is the union of what was added, as disjoint sorted parts", () => {
    fc.assert(
      fc.property(fc.array(interval), (added) => {
        const { parts, size } = new Ranges(added);
        expect(plainSet(parts)).toEqual(plainSet(added));
        expect(size).toBe(plainSet(added).size);
        for (let i = 1; i < parts.length; i++) expect(parts[i].start).toBeGreaterThan(parts[i - 1].end);
      }),
    );
  });

  it("finds gaps and ends", () => {
    fc.assert(
      fc.property(fc.array(interval), interval, (added, { start, end }) => {
        const ranges = new Ranges(added);
        const set = plainSet(added);
        const wanted = Array.from({ length: end - start }, (_, i) => start + i);
        expect(ranges.has(start, end)).toBe(wanted.every((at) => set.has(at)));
        let last = start;
        while (set.has(last)) last++;
        expect(ranges.endFrom(start)).toBe(last);
        const from = wanted.find((at) => !set.has(at));
        const gap = ranges.firstGap(start, end);
        expect(gap?.start).toBe(from);
        if (from === undefined || gap === undefined) return;
        let to = from;
        while (to < end && !set.has(to)) to++;
        expect(gap.end).toBe(to);
      }),
    );
  });
});
