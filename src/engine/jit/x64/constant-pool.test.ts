import { describe, expect, it } from "vitest";
import { ConstantPool } from "./constant-pool.ts";

describe("ConstantPool", () => {
  it("distinguishes constants by every word and by their length", () => {
    const pool = new ConstantPool();
    const all = [[1], [1, 2, 3, 4], [1, 2, 3, 5], [1, 1, 1, 1], [2]];
    expect(all.map((words) => pool.indexOf(words))).toEqual([0, 1, 2, 3, 4]);
    expect(all.map((words) => pool.indexOf([...words]))).toEqual([0, 1, 2, 3, 4]);
  });

  it("puts the longest first, after the code, and writes distances from the ends of the instructions that use them", () => {
    const pool = new ConstantPool();
    const [short, long] = [pool.indexOf([7]), pool.indexOf([8, 9])];
    pool.use(short, 10, 1);
    pool.use(long, 20, 0);
    expect(pool.endBehind(30)).toBe(64 + 12);
    const view = new DataView(new ArrayBuffer(64 + 12));
    pool.write(view, 30);
    expect([64, 68, 72].map((at) => view.getUint32(at, true))).toEqual([8, 9, 7]);
    expect([view.getInt32(10, true), view.getInt32(20, true)]).toEqual([72 - 15, 64 - 24]);
  });

  it("adds nothing if there are no constants", () => {
    expect(new ConstantPool().endBehind(30)).toBe(30);
  });
});
