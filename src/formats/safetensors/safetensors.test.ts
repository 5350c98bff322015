import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { memoryFolder, writtenBy } from "../../../test/support/memory-sink.ts";
import { hasSafetensors, oracleTitle, runPython } from "../../../test/support/torch.ts";
import { bufferSource } from "../../base/bytes.ts";
import { type DType, dtypeInfo } from "../../base/dtypes.ts";
import { ConfigError, CriaError, DtypeError, FormatError, UnsupportedError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { TensorEntry } from "../tensor-file.ts";
import { openSafetensors, openShardedSafetensors } from "./read.ts";
import { writeSafetensors, writeShardedSafetensors } from "./write.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file with this header text and `dataLength` bytes 0, 1, 2 … of data. */
function file(header: string | Uint8Array, dataLength = 0, headerLength?: bigint): Uint8Array {
  const json = typeof header === "string" ? encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  for (let i = 0; i < dataLength; i++) bytes[8 + json.length + i] = i;
  return bytes;
}
const open = (bytes: Uint8Array) => openSafetensors(bufferSource(bytes, "x.safetensors"));

const random = new Random(5);
function tensor(name: string, dtype: DType, shape: number[]): TensorEntry {
  const byteLength = shape.reduce((product, dim) => product * dim, dtypeInfo(dtype).blockBytes);
  const data = Uint8Array.from({ length: byteLength }, () => random.below(dtype === "BOOL" ? 2 : 256));
  return { name, dtype, shape, byteLength, bytes: () => data };
}
function written(tensors: TensorEntry[], metadata?: Record<string, string>): Uint8Array {
  return writtenBy((sink) => writeSafetensors(sink, tensors, metadata === undefined ? {} : { metadata }));
}
const ALL_TYPES: DType[] = [
  "BOOL",
  "U8",
  "I8",
  "F8_E5M2",
  "F8_E4M3",
  "I16",
  "U16",
  "F16",
  "BF16",
  "I32",
  "U32",
];
ALL_TYPES.push("F32", "F64", "I64", "U64");

describe("openSafetensors", () => {
  it("reads a file written by hand, with metadata, a scalar, an empty tensor and padding", () => {
    const opened = open(
      file(
        '{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,3],"data_offsets":[4,16]},' +
          '"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"I8","shape":[0,9],"data_offsets":[4,4]}}    ',
        16,
      ),
    );
    expect([...opened.metadata]).toEqual([["format", "pt"]]);
    expect([...opened.tensors.keys()]).toEqual(["s", "e", "b"]);
    expect(opened.tensors.get("b")).toMatchObject({ dtype: "F16", shape: [2, 3], byteLength: 12 });
    expect([...(opened.tensors.get("b")?.bytes() ?? [])]).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(opened.tensors.get("e")?.bytes().length).toBe(0);
  });

  it("accepts names that have a meaning in JavaScript", () => {
    const opened = open(file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1));
    expect([...opened.tensors.keys()]).toEqual(["__proto__"]);
    expect(({} as { dtype?: string }).dtype).toBeUndefined();
    expect(() =>
      open(file('{"a":{"__proto__":{},"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1)),
    ).toThrow(/only dtype/);
  });

  const one = (fields: string) => `{"a":{${fields}}}`;
  const hostile: [string, Uint8Array, RegExp][] = [
    ["an empty file", new Uint8Array(0), /8 bytes at offset 0/],
    ["a header longer than the file", file("{}", 0, 3n), /a length of 3/],
    ["a header of 2^63 bytes", file("{}", 0, 2n ** 63n), /a length of 9223372036854775808/],
    ["a header of no bytes", file("{}", 0, 0n), /a length of 0/],
    ["a header above 100 MB", file(new Uint8Array(100_000_001).fill(0x20)), /2 to 100000000 bytes/],
    ["a header that starts with space", file(' {"a":1}'), /starts with "\{"/],
    ["a header that is a list", file("[1]"), /starts with "\{"/],
    ["a header that is no JSON", file('{"a":'), /no valid JSON/],
    ["a header that is no UTF-8", file(Uint8Array.of(0x7b, 0xff, 0x7d)), /no UTF-8/],
    ["text after the header", file("{}{}"), /no valid JSON/],
    [
      "a hole before the first tensor",
      file(one('"dtype":"U8","shape":[1],"data_offsets":[1,2]'), 2),
      /at byte 1, where 0/,
    ],
    [
      "bytes after the last tensor",
      file(one('"dtype":"U8","shape":[1],"data_offsets":[0,1]'), 2),
      /end at byte 1/,
    ],
    ["data without tensors", file("{}", 1), /end at byte 0/],
    ["offsets past the file", file(one('"dtype":"U8","shape":[4],"data_offsets":[0,4]'), 3), /end at byte 4/],
    [
      "tensors that overlap",
      file(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        3,
      ),
      /"b" at byte 1, where 2/,
    ],
    [
      "a hole between tensors",
      file(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
        3,
      ),
      /"b" at byte 2, where 1/,
    ],
    [
      "a length that misfits the shape",
      file(one('"dtype":"F32","shape":[1],"data_offsets":[0,2]'), 2),
      /4 bytes for F32 \[1\], got 2/,
    ],
    ["offsets the wrong way round", file(one('"dtype":"U8","shape":[1],"data_offsets":[1,0]'), 1), /got -1/],
    [
      "a negative dim",
      file(one('"dtype":"U8","shape":[-1],"data_offsets":[0,1]'), 1),
      /non-negative integers/,
    ],
    [
      "a fractional dim",
      file(one('"dtype":"U8","shape":[1.5],"data_offsets":[0,1]'), 1),
      /non-negative integers/,
    ],
    [
      "dims whose product overflows",
      file(one('"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,1]'), 1),
      /safe integer/,
    ],
    ["a shape that is text", file(one('"dtype":"U8","shape":"1","data_offsets":[0,1]'), 1), /a shape/],
    [
      "one offset",
      file(one('"dtype":"U8","shape":[1],"data_offsets":[0]'), 1),
      /two non-negative data_offsets/,
    ],
    ["a negative offset", file(one('"dtype":"U8","shape":[1],"data_offsets":[-1,0]'), 1), /two non-negative/],
    ["a missing dtype", file(one('"shape":[1],"data_offsets":[0,1]'), 1), /a dtype, got nothing/],
    ["a field too many", file(one('"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1'), 1), /"x"/],
    ["a tensor that is null", file('{"a":null}'), /an object with dtype/],
    ["metadata that is no text", file('{"__metadata__":{"a":1}}'), /values are all text/],
    ["metadata that is a list", file('{"__metadata__":[]}'), /values are all text/],
    [
      "a tensor name twice",
      file(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        2,
      ),
      /the key "a" twice/,
    ],
    [
      "a field twice",
      file(one('"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]'), 1),
      /"dtype" twice/,
    ],
    ["deep nesting", file(`{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`), /deeper nesting/],
  ];
  it.each(hostile)("refuses %s", (_, bytes, message) => {
    expect(() => open(bytes)).toThrow(FormatError);
    expect(() => open(bytes)).toThrow(message);
  });

  it("opens files with unknown types, and reports them", () => {
    const { tensors, unread } = open(file(one('"dtype":"F8_E8M0","shape":[1],"data_offsets":[0,1]'), 1));
    expect(tensors.size).toBe(0);
    expect(unread?.get("a")).toBeInstanceOf(UnsupportedError);
    expect(unread?.get("a")?.message).toMatch(/"F8_E8M0"/);
    const gap = file(one('"dtype":"F8_E8M0","shape":[1],"data_offsets":[0,1]'), 2);
    expect(() => open(gap)).toThrow(/without hole or overlap/);
  });

  it("treats null as no metadata", () => {
    expect(open(file('{"__metadata__":null}')).metadata.size).toBe(0);
  });

  it("answers every damaged byte with a file or a typed error", () => {
    const original = written([tensor("a", "F32", [2, 3]), tensor("b", "BF16", [5])]);
    for (let run = 0; run < 4000; run++) {
      const bytes = original.slice(0, run % 4 === 0 ? random.below(original.length) : original.length);
      if (bytes.length > 0) bytes[random.below(Math.min(bytes.length, 160))] = random.below(256);
      try {
        for (const entry of open(bytes).tensors.values()) expect(entry.bytes().length).toBe(entry.byteLength);
      } catch (error) {
        expect(error).toBeInstanceOf(CriaError);
      }
    }
  });
});

describe("writeSafetensors", () => {
  it("writes the reference's bytes for a small file", () => {
    const data = Uint8Array.of(1, 2, 3, 4);
    const entry: TensorEntry = { name: "t", dtype: "U8", shape: [2, 2], byteLength: 4, bytes: () => data };
    const header = '{"t":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]}}';
    expect(written([entry], {})).toEqual(
      Uint8Array.from([56, 0, 0, 0, 0, 0, 0, 0, ...encode(`${header} `), 1, 2, 3, 4]),
    );
  });

  it("preserves any tensors and metadata, wide types first, each aligned to its element", () => {
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
    const name = fc.string({ unit: "grapheme" }).filter((text) => text !== "__metadata__");
    const descriptor = fc.record({
      name: fc.oneof(name, fc.constantFrom("__proto__", "constructor", '"\\')),
      dtype: fc.constantFrom(...ALL_TYPES),
      shape,
    });
    const model = fc.uniqueArray(descriptor, { selector: (entry) => entry.name, maxLength: 12 });
    fc.assert(
      fc.property(model, fc.dictionary(fc.string(), fc.string()), (descriptors, metadata) => {
        const tensors = descriptors.map((entry) => tensor(entry.name, entry.dtype, entry.shape));
        const bytes = written(tensors, metadata);
        const opened = open(bytes);
        expect([...opened.metadata].sort()).toEqual(Object.entries(metadata).sort());
        expect(opened.tensors.size).toBe(tensors.length);
        for (const expected of tensors) {
          const entry = opened.tensors.get(expected.name);
          expect(entry).toMatchObject({ dtype: expected.dtype, shape: expected.shape });
          expect(entry?.bytes()).toEqual(expected.bytes());
          expect((entry?.bytes().byteOffset ?? 1) % dtypeInfo(expected.dtype).blockBytes).toBe(0);
        }
      }),
    );
  });

  it("refuses quantised types, reserved names and duplicate names", () => {
    const quantised: TensorEntry = { ...tensor("q", "U8", [18]), dtype: "Q4_0", shape: [32] };
    expect(() => written([quantised])).toThrow(DtypeError);
    expect(() => written([tensor("a", "U8", [1]), tensor("a", "U8", [1])])).toThrow(ConfigError);
    expect(() => written([tensor("__metadata__", "U8", [1])])).toThrow(/reserved/);
  });
});

describe("sharded safetensors", () => {
  const tensors = ["a", "b", "c", "d", "e"].map((name, i) => tensor(name, i % 2 ? "F32" : "F16", [2, 4]));
  function shards(maxShardBytes: number) {
    const folder = memoryFolder();
    const names = writeShardedSafetensors(folder, tensors, { maxShardBytes });
    return { names, files: folder.files() };
  }
  const indexName = "model.safetensors.index.json";

  it("are read back completely, with an index in the reference's form", () => {
    const { names, files } = shards(50);
    const shardNames = [1, 2, 3].map((part) => `model-0000${part}-of-00003.safetensors`);
    expect(names).toEqual([...shardNames, indexName]);
    const index = new TextDecoder().decode(files.get(indexName));
    expect(JSON.parse(index)).toEqual({
      metadata: { total_size: 16 * 3 + 32 * 2 },
      weight_map: {
        a: shardNames[0],
        b: shardNames[0],
        c: shardNames[1],
        d: shardNames[1],
        e: shardNames[2],
      },
    });
    const opened = openShardedSafetensors(index, indexName, (name) => {
      return bufferSource(files.get(name) ?? new Uint8Array(0), name);
    });
    for (const { name, bytes } of tensors) expect(opened.tensors.get(name)?.bytes()).toEqual(bytes());
    expect(opened.byteLength).toBe(shardNames.reduce((sum, name) => sum + (files.get(name)?.length ?? 0), 0));
    expect(opened.metadata.get("format")).toBe("pt");
  });

  it("are one file without index if everything fits, and a tensor larger than a shard is stored alone", () => {
    expect(shards(1000).names).toEqual(["model.safetensors"]);
    expect(shards(1).names).toHaveLength(6);
  });

  it("provide the tensors of the shards, whatever the index says, and dispose opened files", () => {
    const { files } = shards(50);
    const disposed: string[] = [];
    const openShard = (name: string) => {
      return {
        ...bufferSource(files.get(name) ?? new Uint8Array(0), name),
        dispose: () => void disposed.push(name),
      };
    };
    const index = JSON.stringify({
      weight_map: { a: "model-00001-of-00003.safetensors", z: "model-00002-of-00003.safetensors" },
    });
    const opened = openShardedSafetensors(index, "i.json", openShard);
    expect(opened.tensors.has("z")).toBe(false);
    expect(opened.tensors.size).toBeGreaterThan(1);
    opened.dispose();
    expect(disposed).toHaveLength(2);
    const missing = JSON.stringify({
      weight_map: { a: "model-00001-of-00003.safetensors", z: "none.safetensors" },
    });
    disposed.length = 0;
    expect(() => openShardedSafetensors(missing, "i.json", openShard)).toThrow(FormatError);
    expect(disposed.sort()).toEqual(["model-00001-of-00003.safetensors", "none.safetensors"]);
  });
});

describe.skipIf(!hasSafetensors)(
  oracleTitle("with the reference implementation", hasSafetensors, "safetensors"),
  () => {
    const folder = mkdtempSync(join(tmpdir(), "cria-safetensors-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    const NUMPY_TYPES: DType[] = [
      "BOOL",
      "U8",
      "I8",
      "I16",
      "U16",
      "F16",
      "I32",
      "U32",
      "F32",
      "F64",
      "I64",
      "U64",
    ];

    it("writes the same bytes, and is read back", () => {
      const tensors = NUMPY_TYPES.flatMap((dtype) => [
        tensor(`z.${dtype}`, dtype, [2, 3]),
        tensor(`a.${dtype}`, dtype, []),
      ]);
      const ours = join(folder, "ours.safetensors");
      writeFileSync(ours, written(tensors, { format: "np" }));
      const theirs = join(folder, "theirs.safetensors");
      runPython(
        "import sys\nfrom safetensors.numpy import load_file, save_file\nsave_file(load_file(sys.argv[1]), sys.argv[2], {'format': 'np'})",
        ours,
        theirs,
      );
      expect(readFileSync(theirs).equals(readFileSync(ours))).toBe(true);
    });
  },
);
