import { expect, it } from "vitest";
import { RowBuffers } from "./row-buffers.ts";

it("gives each row of a step its own memory, and the next step the same", () => {
  const buffers = new RowBuffers();
  const step = (count: number, length: number, value: number): Float32Array[] => {
    buffers.reuse();
    return Array.from({ length: count }, (_, i) => buffers.copy(new Float32Array(length).fill(value + i)));
  };
  const first = step(20, 8, 1);
  expect(first.map(([value]) => value)).toEqual(Array.from({ length: 20 }, (_, i) => 1 + i));
  const second = step(20, 8, 100);
  expect(second.map(([value]) => value)).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i));
  const same = second.filter((row, i) => row === first[i]).length;
  expect(same).toBe(16);
  expect(first.slice(16).map(([value]) => value)).toEqual([17, 18, 19, 20]);
  expect(step(1, 5, 7)).toEqual([new Float32Array(5).fill(7)]);
});
