import { describe, expect, it } from "vitest";
import { FormatError } from "../../base/errors.ts";
import { GgufMetadata } from "./metadata.ts";
import { ggufValue } from "./value.ts";

const metadata = new GgufMetadata("x.gguf", [
  ["u32", ggufValue.u32(7)],
  ["u64", ggufValue.u64(2n ** 40n)],
  ["big", ggufValue.u64(2n ** 60n)],
  ["i32", ggufValue.i32(-1)],
  ["f32", ggufValue.f32(1.5)],
  ["bool", ggufValue.bool(true)],
  ["string", ggufValue.string("text")],
  ["strings", ggufValue.strings(["a", "b"])],
  ["f32s", ggufValue.f32s([1, 2])],
]);

describe("GgufMetadata", () => {
  it("returns values of the requested type", () => {
    expect(metadata.getNumber("u32")).toBe(7);
    expect(metadata.getNumber("u64")).toBe(2 ** 40);
    expect(metadata.getNumber("f32")).toBe(1.5);
    expect(metadata.getCount("u64")).toBe(2 ** 40);
    expect(metadata.getBoolean("bool")).toBe(true);
    expect(metadata.getString("string")).toBe("text");
    expect(metadata.getStrings("strings")).toEqual(["a", "b"]);
    expect(metadata.getNumbers("f32s")).toEqual(Float32Array.of(1, 2));
  });

  it("returns undefined for a missing key, and throws if it is required", () => {
    expect(metadata.findNumber("none")).toBeUndefined();
    expect(metadata.findStrings("none")).toBeUndefined();
    expect(() => metadata.getString("none")).toThrow(/metadata "none" of "x.gguf": the file has no such key/);
  });

  it("refuses values of another type, also for optional keys", () => {
    expect(() => metadata.findNumber("string")).toThrow(/expected a number, got string/);
    expect(() => metadata.findString("strings")).toThrow(/expected a string, got an array of string/);
    expect(() => metadata.findStrings("f32s")).toThrow(FormatError);
    expect(() => metadata.findNumbers("strings")).toThrow(FormatError);
    expect(() => metadata.findNumbers("u32")).toThrow(FormatError);
    expect(() => metadata.findBoolean("u32")).toThrow(FormatError);
    expect(() => metadata.findCount("i32")).toThrow(/not negative, got -1/);
    expect(() => metadata.findCount("f32")).toThrow(FormatError);
    expect(() => metadata.findNumber("big")).toThrow(/up to 2\^53/);
  });
});
