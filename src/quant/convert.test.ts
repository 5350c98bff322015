import { describe, expect, it } from "vitest";
import { blockOf, randomBlocks } from "../../test/support/quant-blocks.ts";
import { DTYPES, type DType, dtypeInfo } from "../base/dtypes.ts";
import { DtypeError, ShapeError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { canEncode, codecs, decode, decodeBlocks, encode } from "./index.ts";

const allTypes = Object.keys(DTYPES) as DType[];
const blockTypes = allTypes.filter((dtype) => dtypeInfo(dtype).kind === "quantised");

describe("codecs", () => {
  it("has a row for every storage type", () => {
    expect(Object.keys(codecs).sort()).toEqual([...allTypes].sort());
  });

  it.each(blockTypes)("%s lists fields that fill its block exactly", (dtype) => {
    const sum = codecs[dtype].fields.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
    expect(sum).toBe(dtypeInfo(dtype).blockBytes);
  });
});

describe("decodeBlocks", () => {
  it.each(allTypes)("%s reads and writes only at its offsets, at any alignment", (dtype) => {
    const { blockBytes, blockLength } = dtypeInfo(dtype);
    const blocks = randomBlocks(dtype, 3, 21);
    const shifted = new Uint8Array(blocks.length + 1);
    shifted.set(blocks, 1);
    const out = new Float32Array(2 * blockLength + 5).fill(7);
    decodeBlocks(dtype, shifted.subarray(1), blockBytes, out, 2, 2 * blockLength);
    const expected = decode(dtype, blocks, 3 * blockLength).subarray(blockLength);
    expect(out.subarray(2, 2 + 2 * blockLength)).toEqual(expected);
    expect([out[0], out[1], ...out.subarray(2 + 2 * blockLength)]).toEqual([7, 7, 7, 7, 7]);
  });

  it.each(blockTypes)("%s refuses a length that is not a whole number of blocks", (dtype) => {
    const { blockLength, blockBytes } = dtypeInfo(dtype);
    const bytes = new Uint8Array(4 * blockBytes);
    for (const length of [blockLength - 1, blockLength / 2, 1, -blockLength, Number.NaN, 1.5]) {
      expect(() => decode(dtype, bytes, length)).toThrow(ShapeError);
    }
  });

  it("refuses ranges that do not fit, before it writes or allocates", () => {
    const bytes = new Uint8Array(36);
    const out = new Float32Array(64);
    const attempts: [number, number, number][] = [
      [1, 0, 64],
      [0, 1, 64],
      [-18, 0, 32],
      [0, -1, 32],
      [0.5, 0, 32],
      [0, Number.NaN, 32],
      [0, 0, 96],
      [0, 0, 32 * 2 ** 40],
    ];
    for (const [byteOffset, outOffset, length] of attempts) {
      expect(() => decodeBlocks("Q4_0", bytes, byteOffset, out, outOffset, length)).toThrow(ShapeError);
    }
    expect(out.every((value) => value === 0)).toBe(true);
    expect(() => decode("Q4_0", bytes, 32 * 2 ** 40)).toThrow(ShapeError);
    expect(() => decode("F32", bytes, -1)).toThrow(ShapeError);
  });

  it("says what does not fit", () => {
    expect(() => decode("Q4_K", new Uint8Array(144), 255)).toThrow(
      "Cannot decode Q4_K blocks: expected a multiple of 256 values, got 255; Q4_K stores only whole blocks",
    );
  });

  it("decodes nothing to nothing", () => {
    for (const dtype of allTypes) expect(decode(dtype, new Uint8Array(0), 0)).toHaveLength(0);
  });

  it("passes an infinite scale on as infinity and NaN", () => {
    const values = decode("Q4_0", blockOf("Q4_0", { 0: [0x00, 0x7c], 2: [0x98] }), 32);
    expect([values[0], values[16], values[1]]).toEqual([Number.NaN, Infinity, -Infinity]);
  });
});

describe("encode", () => {
  it("says which types it can write", () => {
    const known = allTypes.filter(canEncode);
    expect(known).toEqual(["F32", "F16", "BF16", "F64", "Q4_0", "Q8_0"]);
    for (const dtype of allTypes) {
      const attempt = () => encode(dtype, new Float32Array(256), 256);
      if (known.includes(dtype))
        expect(attempt()).toHaveLength((256 / dtypeInfo(dtype).blockLength) * dtypeInfo(dtype).blockBytes);
      else expect(attempt).toThrow(DtypeError);
    }
  });

  it("refuses rows that are not whole blocks, and values that are not whole rows", () => {
    expect(() => encode("Q8_0", new Float32Array(96), 48)).toThrow(ShapeError);
    expect(() => encode("Q8_0", new Float32Array(96), 64)).toThrow(ShapeError);
    expect(() => encode("Q8_0", new Float32Array(96), 0)).toThrow(ShapeError);
    expect(() => encode("F16", new Float32Array(3), -1)).toThrow(ShapeError);
    expect(encode("F16", new Float32Array(0), 4)).toHaveLength(0);
  });

  it("writes rows one after another", () => {
    const random = new Random(2);
    const values = Float32Array.from({ length: 128 }, () => random.normal());
    const [whole, first, second] = [values, values.subarray(0, 64), values.subarray(64)].map((part) =>
      encode("Q4_0", part, 64),
    );
    expect([...whole]).toEqual([...first, ...second]);
  });
});

describe("error of encoding", () => {
  /** llama.cpp's test signal and measure (tests/test-quantize-fns): √Σ(x − x′)² / n, ceiling 0.002. */
  const signal = Float32Array.from({ length: 4096 }, (_, i) => 0.1 + 2 * Math.cos(i));
  const errorOf = (dtype: DType): number => {
    const back = decode(dtype, encode(dtype, signal, 4096), 4096);
    return Math.sqrt(signal.reduce((sum, x, i) => sum + (x - back[i]) ** 2, 0)) / 4096;
  };

  it("stays below llama.cpp's ceiling, and grows with fewer bits", () => {
    const errors = (["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const).map(errorOf);
    expect(errors[0]).toBe(0);
    for (const error of errors) expect(error).toBeLessThan(0.002);
    const [, f16, bf16, q8, q4] = errors;
    expect(f16).toBeLessThan(bf16);
    expect(bf16).toBeLessThan(q8);
    expect(q8 * 10).toBeLessThan(q4);
  });

  it.each([
    ["Q8_0", 127, 0.5],
    ["Q4_0", 8, 1], // the side of the range without code −8 is clamped by up to a whole step
  ] as const)("%s keeps every value within its step", (dtype, steps, share) => {
    const random = new Random(77);
    const values = Float32Array.from({ length: 32 * 500 }, () => random.normal());
    const back = decode(dtype, encode(dtype, values, 32), values.length);
    for (let block = 0; block < values.length; block += 32) {
      const largest = values.subarray(block, block + 32).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
      const bound = (largest / steps) * share + largest * 2 ** -11 + 1e-6;
      for (let i = block; i < block + 32; i++) {
        expect(Math.abs(values[i] - back[i])).toBeLessThanOrEqual(bound);
      }
    }
  });
});
