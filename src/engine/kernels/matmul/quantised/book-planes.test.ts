import { expect, it } from "vitest";
import { planesOf } from "./book-planes.ts";
import { QUANTISED_TYPES } from "./types/table.ts";

const books = [...QUANTISED_TYPES.values()].filter(({ book }) => book !== undefined);

it.each(books.map(({ dtype, book }) => ({ dtype, values: book?.values ?? [] })))(
  "the planes of $dtype give its codes, and their products fit 16 bits",
  ({ values }) => {
    for (const tokens of [1, 2]) {
      const planes = planesOf(values, tokens);
      values.forEach((value, number) => {
        const parts = planes.map(({ factor, table }) => factor * (table?.[number] ?? number));
        expect(parts[0] + parts[1]).toBe(value);
      });
      for (const { table, max } of planes) {
        expect(Math.max(...(table ?? [15]))).toBeLessThanOrEqual(max);
        // One token: of four words at least. More tokens: of all eight.
        expect(max * 2 * 128 * (tokens === 1 ? 4 : 8)).toBeLessThan(32768);
      }
    }
  },
);
