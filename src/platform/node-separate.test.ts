import { expect, test } from "vitest";
import { type Processors, type Seat, separate } from "./node-separate.ts";

/** A system with processors 0 to `count` - 1, and what it was told. */
function system(count: number) {
  const told: string[] = [];
  const processors: Processors = {
    allowed: () => Uint8Array.of((1 << count) - 1, 0),
    allow: (thread, mask) => void told.push(`${thread}: ${mask[0].toString(2)}`),
  };
  return { processors, told };
}
const seats = (...processors: number[]): Seat[] =>
  processors.map((processor, i) => ({ thread: 10 + i, processor }));

test("threads on separate processors, or that have not run yet, stay", () => {
  const { processors, told } = system(4);
  separate(seats(2, 0, 3), processors)();
  separate(seats(-1, -1, -1), processors)();
  expect(told).toEqual([]);
});

test("threads on others' processors go to free ones, each to its own, and are let go after the call", () => {
  const { processors, told } = system(5);
  const release = separate(seats(1, 1, 3, 1), processors);
  expect(told).toEqual(["11: 1", "13: 100"]);
  release();
  expect(told.slice(2)).toEqual(["11: 11111", "13: 11111"]);
});

test("more threads than processors: as many as fit are moved", () => {
  const { processors, told } = system(2);
  separate(seats(0, 0, 0), processors)();
  expect(told).toEqual(["11: 10", "11: 11"]);
});

test("a system that does not say what is allowed changes nothing", () => {
  const { processors, told } = system(2);
  separate(seats(0, 0), { ...processors, allowed: () => undefined })();
  expect(told).toEqual([]);
});
