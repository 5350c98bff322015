import { describe, expect, it } from "vitest";
import type { DType } from "../base/dtypes.ts";
import { ShapeError } from "../base/errors.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import { mergeParts, metaSplit, slicePart } from "./meta-shards.ts";

function entry(shape: readonly number[], dtype: DType = "U8", first = 0): TensorEntry {
  const length = shape.reduce((product, dim) => product * dim, 1);
  const blocks = dtype === "Q8_0" ? 34 / 32 : 1;
  const data = Uint8Array.from({ length: length * blocks }, (_, i) => (first + i) % 251);
  return { name: "t", dtype, shape, byteLength: data.byteLength, bytes: () => data };
}

const NAMES = [
  ["blk.0.attn_q.weight", [16, 8]],
  ["blk.0.attn_output.weight", [8, 16]],
  ["blk.0.ffn_gate.weight", [32, 8]],
  ["blk.0.ffn_down.weight", [8, 32]],
  ["token_embd.weight", [24, 16]],
  ["output.weight", [24, 16]],
  ["blk.0.attn_norm.weight", [8]],
] as const;

describe("mergeParts", () => {
  it.each(NAMES.flatMap(([name, shape]) => [1, 2, 4, 8].map((count) => [name, count, shape] as const)))(
    "undoes slicePart of %s into %i",
    (name, count, shape) => {
      const whole = entry(shape);
      const parts = Array.from({ length: count }, (_, i) => slicePart(name, whole, i, count));
      const merged = mergeParts(name, parts, 16);
      expect(merged.shape).toEqual(shape);
      expect(merged.bytes()).toEqual(whole.bytes());
    },
  );

  it("cuts by columns what Meta cuts by columns", () => {
    const slice = slicePart("blk.0.attn_output.weight", entry([2, 4]), 1, 2);
    expect(slice.shape).toEqual([2, 2]);
    expect([...slice.bytes()]).toEqual([2, 3, 6, 7]);
  });

  it("cuts quantised rows at whole blocks only", () => {
    const whole = entry([2, 128], "Q8_0");
    const parts = [0, 1].map((i) => slicePart("blk.0.ffn_down.weight", whole, i, 2));
    expect(parts[0].byteLength).toBe(2 * 2 * 34);
    expect(mergeParts("blk.0.ffn_down.weight", parts, 2).bytes()).toEqual(whole.bytes());
    expect(() => slicePart("blk.0.ffn_down.weight", entry([2, 96], "Q8_0"), 0, 2)).toThrow(ShapeError);
  });

  it("joins an embedding by rows where each shard has the whole width (Llama 3)", () => {
    const parts = [entry([12, 16]), entry([12, 16], "U8", 100)];
    const merged = mergeParts("token_embd.weight", parts, 16);
    expect(merged.shape).toEqual([24, 16]);
    expect(merged.bytes().subarray(192)).toEqual(parts[1].bytes());
  });

  it.each([
    ["another type", [entry([4, 8]), entry([4, 8], "I8")]],
    ["another width", [entry([4, 8]), entry([4, 4])]],
    ["no matrix", [entry([4]), entry([4])]],
  ])("refuses %s", (_, parts) => {
    expect(() => mergeParts("blk.0.attn_q.weight", parts, 8)).toThrow(ShapeError);
  });

  it("refuses sizes that do not divide", () => {
    expect(() => slicePart("blk.0.attn_q.weight", entry([6, 8]), 0, 4)).toThrow(ShapeError);
  });
});

describe("metaSplit", () => {
  it("follows Meta's parallel layers", () => {
    expect(metaSplit("blk.9.ffn_up.weight")).toBe("rows");
    expect(metaSplit("blk.9.ffn_down.weight")).toBe("columns");
    expect(metaSplit("output_norm.weight")).toBe("none");
  });
});
