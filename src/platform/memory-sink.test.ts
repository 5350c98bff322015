import { expect, it } from "vitest";
import { FileError } from "../base/errors.ts";
import { memorySink } from "./memory-sink.ts";

it("keeps everything written, in order, of any size", () => {
  const sink = memorySink();
  const block = Uint8Array.from({ length: 3000 }, (_, i) => i & 0xff);
  for (let i = 0; i < 5; i++) sink.write(block);
  sink.writeAt(3000, Uint8Array.of(9, 9));
  expect(sink.position).toBe(15000);
  expect(() => sink.bytes()).toThrow(FileError);
  sink.commit();
  const bytes = sink.bytes();
  expect(bytes.byteLength).toBe(15000);
  expect([...bytes.subarray(2999, 3003)]).toEqual([2999 & 0xff, 9, 9, 2]);
  expect([...bytes.subarray(12000, 12003)]).toEqual([0, 1, 2]);
});

it("refuses writes beyond the end, after commit and after abort", () => {
  const sink = memorySink();
  sink.write(Uint8Array.of(1));
  expect(() => sink.writeAt(1, Uint8Array.of(1))).toThrow(FileError);
  sink.commit();
  expect(() => sink.write(Uint8Array.of(1))).toThrow(FileError);
  sink.abort();
  expect(sink.bytes().byteLength).toBe(1);
  const aborted = memorySink();
  aborted.abort();
  expect(() => aborted.commit()).toThrow(FileError);
  expect(() => aborted.bytes()).toThrow(FileError);
});
