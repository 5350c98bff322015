import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writtenBy } from "../../../test/support/memory-sink.ts";
import { sharedData, sharedPath } from "../../../test/support/shared-data.ts";
import { bufferSource } from "../../base/bytes.ts";
import { CriaError, DtypeError, FormatError, UnsupportedError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { TensorEntry } from "../tensor-file.ts";
import { crc32 } from "./crc32.ts";
import { openPth, openShardedPth } from "./read.ts";
import { writePth } from "./write.ts";
import { ZipWriter } from "./zip-writer.ts";

function f32Tensor(name: string, shape: number[], start = 0): TensorEntry {
  const length = shape.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length }, (_, i) => start + i);
  return { name, dtype: "F32", shape, byteLength: 4 * length, bytes: () => new Uint8Array(values.buffer) };
}

function written(tensors: TensorEntry[]): Uint8Array {
  return writtenBy((sink) => writePth(sink, tensors));
}

const encode = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** An archive with one tensor "w" of float32 whose window is given as pickle code. */
function archive(
  storageLength: string,
  window: string,
  data: Uint8Array,
  extra: [string, string][] = [],
): Uint8Array {
  const key = "X\x01\0\0\x000";
  const storage = `(X\x07\0\0\0storagectorch\nFloatStorage\n${key}X\x03\0\0\0cpu${storageLength}tQ`;
  const pickle = `\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(${storage}${window}\x89}tRs.`;
  return writtenBy((sink) => {
    const zip = new ZipWriter(sink);
    zip.add("a/data.pkl", encode(pickle));
    for (const [name, text] of extra) zip.add(name, encode(text));
    zip.add("a/data/0", data);
    zip.finish();
  });
}
const six = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);
const open = (bytes: Uint8Array) => openPth(bufferSource(bytes, "x.pth"));
const valuesOf = (bytes: Uint8Array) => [
  ...new Float32Array(open(bytes).tensors.get("w")?.bytes().slice().buffer ?? []),
];

describe("openPth", () => {
  it("reads files of writePth, as views of the file aligned to 64 bytes", () => {
    const tensors = [f32Tensor("a", [2, 3]), f32Tensor("__proto__", [4], 9), f32Tensor("s", [])];
    const bytes = written(tensors);
    const file = open(bytes);
    expect([...file.tensors.keys()]).toEqual(["a", "__proto__", "s"]);
    for (const { name, dtype, shape, bytes: expected } of tensors) {
      const entry = file.tensors.get(name);
      expect(entry).toMatchObject({ name, dtype, shape });
      expect(entry?.bytes()).toEqual(expected());
      expect(entry?.bytes().buffer).toBe(bytes.buffer);
      expect(entry?.bytes().byteOffset).toSatisfy((offset: number) => offset % 64 === 0);
    }
  });

  it("honours offsets and strides", () => {
    expect(valuesOf(archive("K\x06", "K\x00K\x02K\x03\x86K\x03K\x01\x86", six))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(valuesOf(archive("K\x06", "K\x00K\x03K\x02\x86K\x01K\x03\x86", six))).toEqual([0, 3, 1, 4, 2, 5]);
    expect(valuesOf(archive("K\x06", "K\x03K\x03\x85K\x01\x85", six))).toEqual([3, 4, 5]);
    expect(valuesOf(archive("K\x06", "K\x01K\x03\x85K\x02\x85", six))).toEqual([1, 3, 5]);
    expect(valuesOf(archive("K\x06", "K\x02K\x02K\x02\x86K\x00K\x01\x86", six))).toEqual([2, 3, 2, 3]);
  });

  const hostile: [string, string, string, RegExp][] = [
    ["a window past its storage", "K\x06", "K\x01K\x06\x85K\x01\x85", /values inside the storage's 6/],
    ["a stride past its storage", "K\x06", "K\x00K\x02\x85K\x06\x85", /one at 6/],
    ["a storage past its record", "K\x07", "K\x00K\x07\x85K\x01\x85", /at most 24 bytes/],
    ["a storage of 2^62 values", "\x8a\x08\0\0\0\0\0\0\0\x40", "K\x00K\x01\x85K\x01\x85", /storage length/],
    ["a storage of 2^50 values", "\x8a\x07\0\0\0\0\0\0\x04", "K\x00K\x01\x85K\x01\x85", /at most 24 bytes/],
    ["a negative stride", "K\x06", "K\x05K\x06\x85J\xff\xff\xff\xff\x85", /non-negative integer as strides/],
    [
      "a negative offset",
      "K\x06",
      "J\xff\xff\xff\xffK\x01\x85K\x01\x85",
      /non-negative integer as storage offset/,
    ],
    ["a negative dim", "K\x06", "K\x00J\xff\xff\xff\xff\x85K\x01\x85", /non-negative integer as shape/],
    ["fewer strides than dims", "K\x06", "K\x00K\x01K\x01\x86K\x01\x85", /2 strides/],
    ["an expansion without bound", "K\x06", "K\x00J\0\0\0\x40\x85K\0\x85", /at most 8 times the file's/],
    ["dims whose product overflows", "K\x06", "K\x00J\0\0\0\x7fJ\0\0\0\x7f\x86K\0K\0\x86", /safe integer/],
    ["a shape that is no tuple", "K\x06", "K\x00K\x06K\x01\x85", /shape as a tuple/],
  ];
  it.each(hostile)("refuses %s", (_, storageLength, window, message) => {
    expect(() => open(archive(storageLength, window, six))).toThrow(FormatError);
    expect(() => open(archive(storageLength, window, six))).toThrow(message);
  });

  it("identifies the problem of other files", () => {
    const window = "K\x00K\x06\x85K\x01\x85";
    const pickle = (text: string) => () => open(encode(`\x80\x02${text}.`));
    expect(pickle("}X\x04\0\0\0stoiNs")).toThrow(/a dict with 1 keys \("stoi"\)/);
    expect(pickle("K\x01")).toThrow(/number 1/);
    expect(() => open(encode("\x80"))).toThrow(FormatError);
    expect(() => open(encode("GGUF\x03\0\0\0"))).toThrow(/ZIP archive or a pickle/);
    const tar = new Uint8Array(1024);
    tar.set(encode("ustar"), 257);
    expect(() => open(tar)).toThrow(/tar form/);
    expect(() => open(tar)).toThrow(UnsupportedError);
    expect(() => open(archive("K\x06", window, six, [["a/byteorder", "big"]]))).toThrow(/big-endian/);
    expect(() => open(archive("K\x06", window, six, [["a/byteorder", "odd"]]))).toThrow(/byte order/);
    expect(() => open(archive("K\x06", window, six, [["b/data.pkl", ""]]))).toThrow(/one data.pkl/);
    expect(() => open(archive("K\x06", window, six, [["a/constants.pkl", ""]]))).toThrow(/TorchScript/);
  });

  it("answers every damaged byte with a file or a typed error", () => {
    const original = written([f32Tensor("a", [2, 3]), f32Tensor("b", [5])]);
    const random = new Random(3);
    for (let run = 0; run < 4000; run++) {
      const bytes = original.slice(0, run % 4 === 0 ? random.below(original.length) : original.length);
      for (let flips = random.below(4); flips >= 0 && bytes.length > 0; flips--) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      try {
        for (const entry of open(bytes).tensors.values()) expect(entry.bytes().length).toBe(entry.byteLength);
      } catch (error) {
        expect(error).toBeInstanceOf(CriaError);
      }
    }
  });

  it.skipIf(!sharedData)("reads real files of torch.save (shared fixtures)", () => {
    const values = (name: string, tensor: string) => {
      const path = sharedPath(`checkpoints/torch-fixtures/${name}`);
      const entry = openPth(bufferSource(readFileSync(path), path)).tensors.get(tensor);
      const bytes = entry?.bytes().slice() ?? new Uint8Array(0);
      return { shape: entry?.shape, values: [...new BigInt64Array(bytes.buffer)].map(Number) };
    };
    const counting = (length: number) => Array.from({ length }, (_, i) => i + 1);
    expect(values("test.pt", "test")).toEqual({ shape: [2, 4], values: counting(8) });
    expect(values("test_with_key.pt", "test")).toEqual({ shape: [2, 4], values: counting(8) });
    expect(values("fortran_tensor_3d.pth", "tensor_fortran")).toEqual({
      shape: [2, 3, 4],
      values: counting(24),
    });
    expect(() => values("test.npz", "x")).toThrow(/NumPy archive/);
  });
});

describe("openShardedPth", () => {
  it("opens the shards of an index, and disposes all if one is broken", () => {
    const index = JSON.stringify({ weight_map: { a: "1.bin", b: "2.bin" } });
    const shards = new Map([
      ["1.bin", written([f32Tensor("a", [2])])],
      ["2.bin", written([f32Tensor("b", [3])])],
    ]);
    const disposed: string[] = [];
    const openShard = (name: string) => {
      const source = bufferSource(shards.get(name) ?? new Uint8Array(0), name);
      return { ...source, dispose: () => void disposed.push(name) };
    };
    const file = openShardedPth(index, "i.json", openShard);
    expect([...file.tensors.keys()]).toEqual(["a", "b"]);
    expect(disposed).toEqual([]);
    file.dispose();
    expect(disposed).toEqual(["1.bin", "2.bin"]);
    shards.delete("2.bin");
    disposed.length = 0;
    expect(() => openShardedPth(index, "i.json", openShard)).toThrow(FormatError);
    expect(disposed.sort()).toEqual(["1.bin", "2.bin"]);
  });
});

describe("writePth", () => {
  it("refuses types that PyTorch lacks, and duplicate names", () => {
    const quantised: TensorEntry = { ...f32Tensor("q", [32]), dtype: "Q4_0" };
    expect(() => written([quantised])).toThrow(DtypeError);
    expect(() => written([f32Tensor("a", [1]), f32Tensor("a", [1])])).toThrow(/"a" twice/);
  });
});

describe("crc32", () => {
  it("matches the check value of the catalogue, and the plain loop at every length", () => {
    expect(crc32(encode("123456789"))).toBe(0xcbf43926);
    const random = new Random(1);
    const data = Uint8Array.from({ length: 67 }, () => random.below(256));
    for (let length = 0; length <= data.length; length++) {
      let crc = 0xffffffff;
      for (const byte of data.subarray(0, length)) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
      }
      expect(crc32(data.subarray(0, length))).toBe(~crc >>> 0);
    }
  });
});
