import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../../test/support/shared-data.ts";
import { type ByteSource, bufferSource } from "../../base/bytes.ts";
import { DTYPES, type DType, dtypeInfo, tensorByteLength } from "../../base/dtypes.ts";
import { ConfigError, DtypeError, FileError, FormatError, ShapeError } from "../../base/errors.ts";
import { type MemorySink, memorySink } from "../../platform/memory-sink.ts";
import type { GgufTensorInput } from "./encode.ts";
import { openGguf } from "./open.ts";
import { type GgufNumbers, type GgufValue, ggufValue } from "./value.ts";
import { type GgufContent, withoutSplit, writeGguf, writeGgufShards } from "./write.ts";

function written(content: GgufContent): Uint8Array {
  const sink = memorySink("x.gguf");
  writeGguf(sink, content);
  sink.commit();
  return sink.bytes();
}

/** A tensor filled with bytes that distinguish it from others. */
function tensor(name: string, dtype: DType, shape: number[], fill = name.length): GgufTensorInput {
  const byteLength = tensorByteLength(dtype, shape)!;
  const content = Uint8Array.from({ length: byteLength }, (_, i) => (i * 31 + fill) & 0xff);
  return { name, dtype, shape, byteLength, bytes: () => content };
}

const number = fc.oneof(
  fc.record({ type: fc.constant("u8" as const), value: fc.nat(0xff) }),
  fc.record({ type: fc.constant("i8" as const), value: fc.integer({ min: -128, max: 127 }) }),
  fc.record({ type: fc.constant("u16" as const), value: fc.nat(0xffff) }),
  fc.record({ type: fc.constant("i16" as const), value: fc.integer({ min: -32768, max: 32767 }) }),
  fc.record({ type: fc.constant("u32" as const), value: fc.nat(0xffffffff) }),
  fc.record({ type: fc.constant("i32" as const), value: fc.integer() }),
  fc.record({ type: fc.constant("u64" as const), value: fc.bigInt(0n, 2n ** 64n - 1n) }),
  fc.record({ type: fc.constant("i64" as const), value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) }),
  fc.record({ type: fc.constant("f32" as const), value: fc.float() }),
  fc.record({ type: fc.constant("f64" as const), value: fc.double() }),
  fc.record({ type: fc.constant("bool" as const), value: fc.boolean() }),
);
const ARRAYS: [string, fc.Arbitrary<GgufNumbers>][] = [
  ["u8", fc.uint8Array()],
  ["i8", fc.int8Array()],
  ["u16", fc.uint16Array()],
  ["i16", fc.int16Array()],
  ["u32", fc.uint32Array()],
  ["i32", fc.int32Array()],
  ["f32", fc.float32Array()],
  ["f64", fc.float64Array()],
  ["u64", fc.array(fc.bigInt(0n, 2n ** 64n - 1n)).map((values) => BigUint64Array.from(values))],
  ["i64", fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)).map((values) => BigInt64Array.from(values))],
  ["bool", fc.uint8Array({ max: 1 })],
];
const text = fc.string({ unit: "binary" });
const strings = fc.array(text).map((value): GgufValue => ({ type: "array", of: "string", value }));
const numbers = fc.oneof(
  ...ARRAYS.map(([of, values]) => values.map((value) => ({ type: "array", of, value }) as GgufValue)),
);
const nested = fc
  .array(fc.oneof(strings, numbers))
  .map((value) => ({ type: "array", of: "array", value }) as GgufValue);
const anyValue: fc.Arbitrary<GgufValue> = fc.oneof(
  number,
  text.map((value) => ggufValue.string(value)),
  strings,
  numbers,
  nested,
);

describe("writeGguf", () => {
  it("preserves every value with its exact type", () => {
    const metadata = fc.uniqueArray(fc.tuple(text, anyValue), { selector: ([key]) => key, maxLength: 8 });
    fc.assert(
      fc.property(metadata, (entries) => {
        const safe = entries.filter(([key]) => key !== "general.alignment");
        const bytes = written({ metadata: safe, tensors: [] });
        using file = openGguf(bufferSource(bytes));
        expect([...file.metadata]).toEqual(safe);
        expect(written({ metadata: file.metadata, tensors: [] })).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it("preserves strings that are not valid UTF-8, byte for byte", () => {
    const bad = Uint8Array.of(0xe2, 0x28, 0xa1, 0x41);
    const metadata: [string, GgufValue][] = [
      ["one", { type: "string", value: "?", raw: bad }],
      [
        "many",
        { type: "array", of: "string", value: ["ok", "?", "\ufffd", "\ufeff"], raw: new Map([[1, bad]]) },
      ],
      // Split inside a character, with the rest in the next string: concatenated they would be valid.
      [
        "cut",
        {
          type: "array",
          of: "string",
          value: ["?", "?"],
          raw: new Map([
            [0, Uint8Array.of(0xc3)],
            [1, Uint8Array.of(0xa9)],
          ]),
        },
      ],
    ];
    const bytes = written({ metadata, tensors: [] });
    using file = openGguf(bufferSource(bytes));
    expect(file.metadata.get("one")).toEqual({ type: "string", value: "\ufffd(\ufffdA", raw: bad });
    expect(file.metadata.getStrings("many")).toEqual(["ok", "\ufffd(\ufffdA", "\ufffd", "\ufeff"]);
    expect(file.metadata.getStrings("cut")).toEqual(["\ufffd", "\ufffd"]);
    expect(written({ metadata: file.metadata, tensors: [] })).toEqual(bytes);
  });

  it("writes long vocabularies and strings longer than a reading window", () => {
    const value = Array.from({ length: 20_000 }, (_, i) => `${"Ġ".repeat(i % 3)}token ${i} 😀`);
    value[7] = "long ".repeat(50_000);
    const bytes = written({ metadata: [["tokens", ggufValue.strings(value)]], tensors: [] });
    using file = openGguf(bufferSource(bytes));
    expect(file.metadata.getStrings("tokens")).toEqual(value);
  });

  it("preserves tensors of every GGUF type", () => {
    const types = (Object.keys(DTYPES) as DType[]).filter((dtype) => dtypeInfo(dtype).ggmlId !== undefined);
    expect(types.length).toBeGreaterThan(30);
    const tensors = types.map((dtype) => tensor(`t.${dtype}`, dtype, [3, 2, 256]));
    const bytes = written({ metadata: [], tensors });
    using file = openGguf(bufferSource(bytes));
    expect(file.tensors.size).toBe(types.length);
    for (const wanted of tensors) {
      const { dtype, shape, byteLength } = wanted;
      expect(file.tensors.get(wanted.name)).toMatchObject({ dtype, shape, byteLength });
      expect(file.tensors.get(wanted.name)!.bytes()).toEqual(wanted.bytes());
      expect(file.tensors.get(wanted.name)!.offset % 32).toBe(0);
    }
    expect(bytes.byteLength % 32).toBe(0);
    expect(written({ metadata: file.metadata, tensors: file.tensors.values() })).toEqual(bytes);
  });

  it("states an unusual alignment in the file", () => {
    const tensors = [tensor("a", "F32", [3]), tensor("b", "F32", [1])];
    using file = openGguf(bufferSource(written({ metadata: [], tensors, alignment: 64 })));
    expect(file.alignment).toBe(64);
    expect(file.metadata.get("general.alignment")).toEqual({ type: "u32", value: 64 });
    expect([...file.tensors.values()].map(({ offset }) => offset % 64)).toEqual([0, 0]);
    const back = written({ metadata: file.metadata, tensors: file.tensors.values(), alignment: 32 });
    expect(openGguf(bufferSource(back)).alignment).toBe(32);
  });

  it("refuses content that GGUF cannot express", () => {
    const write = (tensors: GgufTensorInput[], metadata: [string, GgufValue][] = []) =>
      written({ metadata, tensors });
    expect(() => write([tensor("t", "F8_E4M3", [8])])).toThrow(DtypeError);
    expect(() => write([tensor("t", "F32", [1, 1, 1, 1, 1])])).toThrow(ShapeError);
    expect(() => write([{ ...tensor("t", "F32", [8]), byteLength: 31 }])).toThrow(ShapeError);
    expect(() => write([{ ...tensor("t", "F32", [8]), bytes: () => new Uint8Array(0) }])).toThrow(
      FormatError,
    );
    expect(() => write([tensor("t", "F32", [8]), tensor("t", "F32", [8])])).toThrow(/"t" twice/);
    expect(() => write([], [["k", ggufValue.u8(256)]])).toThrow(/0 to 255 \(type u8\), got 256/);
    expect(() => write([], [["k", ggufValue.i32(0.5)]])).toThrow(ConfigError);
    expect(() => write([], [["k", ggufValue.u64(-1n)]])).toThrow(ConfigError);
    expect(() => write([], [["k", { type: "array", of: "f32", value: Float64Array.of(1) }]])).toThrow(
      ConfigError,
    );
    expect(() => written({ metadata: [], tensors: [], alignment: 12 })).toThrow(/multiple of 8/);
  });
});

/** Writes shards into memory; `open` finds them by name. */
function shards(limit: { maxBytes?: number; maxTensors?: number }) {
  const tensors = ["a", "b", "c", "d", "e"].map((name, i) => tensor(name, "F32", [i + 1, 8], i));
  const sinks = new Map<string, MemorySink>();
  const create = (name: string) => {
    const sink = memorySink(name);
    sinks.set(name, sink);
    return sink;
  };
  const metadata: [string, GgufValue][] = [["general.name", ggufValue.string("tiny")]];
  const names = writeGgufShards(create, { prefix: "dir/tiny", limit, metadata, tensors });
  const open = (name: string): ByteSource => {
    const sink = sinks.get(name);
    if (sink === undefined) throw new FileError({ doing: `open "${name}"`, found: "there is no such file" });
    return bufferSource(sink.bytes(), name);
  };
  return { tensors, sinks, names, open };
}

describe("writeGgufShards", () => {
  it("splits by number, and any shard opens all", () => {
    const { tensors, names, open } = shards({ maxTensors: 2 });
    expect(names).toEqual([1, 2, 3].map((i) => `dir/tiny-0000${i}-of-00003.gguf`));
    for (const name of names) {
      using file = openGguf(name, { open });
      expect([...file.tensors.keys()]).toEqual(["a", "b", "c", "d", "e"]);
      for (const wanted of tensors) expect(file.tensors.get(wanted.name)!.bytes()).toEqual(wanted.bytes());
      expect(file.metadata.getString("general.name")).toBe("tiny");
      expect(file.metadata.get("split.count")).toEqual({ type: "u16", value: 3 });
      expect(file.metadata.get("split.tensors.count")).toEqual({ type: "i32", value: 5 });
      expect(file.sources.map((source) => source.name)).toEqual(names);
    }
    using one = openGguf(names[1], { open, allShards: false });
    expect([...one.tensors.keys()]).toEqual(["c", "d"]);
    expect([...one.metadata.keys()]).toEqual(["split.no", "split.count", "split.tensors.count"]);
  });

  it("splits by bytes; a tensor larger than the limit gets its own shard", () => {
    const { names, open } = shards({ maxBytes: 100 });
    const counts = names.map((name) => openGguf(name, { open, allShards: false }).tensors.size);
    expect(counts).toEqual([2, 1, 1, 1]); // 32 + 64, 96, 128, 160 bytes
  });

  it("merges to the same tensors and metadata", () => {
    const { tensors, names, open } = shards({ maxTensors: 2 });
    using split = openGguf(names[0], { open });
    const merged = written({ metadata: withoutSplit(split.metadata), tensors: split.tensors.values() });
    const whole = written({ metadata: [["general.name", ggufValue.string("tiny")]], tensors });
    expect(merged).toEqual(whole);
  });

  it("leaves nothing if a tensor cannot be written", () => {
    const sinks: MemorySink[] = [];
    const create = (name: string) => {
      sinks.push(memorySink(name));
      return sinks.at(-1)!;
    };
    const tensors = [tensor("a", "F32", [8]), { ...tensor("b", "F32", [8]), bytes: () => new Uint8Array(1) }];
    expect(() =>
      writeGgufShards(create, { prefix: "p", limit: { maxTensors: 1 }, metadata: [], tensors }),
    ).toThrow(FormatError);
    expect(sinks.length).toBe(2);
    for (const sink of sinks) expect(() => sink.bytes()).toThrow(FileError);
  });
});

describe("openGguf with shards that do not match", () => {
  it("names the shard that is missing", () => {
    const { names, sinks, open } = shards({ maxTensors: 2 });
    sinks.delete(names[2]);
    expect(() => openGguf(names[0], { open })).toThrow(
      /its shard "dir\/tiny-00003-of-00003.gguf" cannot be opened/,
    );
    expect(() => openGguf(names[0], { open })).toThrow(FileError);
  });

  it("refuses a shard under another's name, one of another model, and a changed name", () => {
    const { names, sinks, open } = shards({ maxTensors: 2 });
    const other = shards({ maxTensors: 4 });
    const swap = (name: string, by: MemorySink) => (path: string) =>
      path === name ? bufferSource(by.bytes(), name) : open(path);
    expect(() => openGguf(names[0], { open: swap(names[1], sinks.get(names[2])!) })).toThrow(
      /split.no 1, got 2/,
    );
    const foreign = other.sinks.get(other.names[1])!;
    expect(() => openGguf(names[0], { open: swap(names[1], foreign) })).toThrow(/split.count 3, got 2/);
    const renamed = bufferSource(sinks.get(names[0])!.bytes(), "renamed.gguf");
    expect(() => openGguf(renamed, { open })).toThrow(/-00001-of-00003.gguf".*got another name/);
    const first = shards({ maxTensors: 2 });
    const doubled = (path: string) =>
      path === first.names[1] ? changeTensorName(first, "c", "a") : first.open(path);
    expect(() => openGguf(first.names[0], { open: doubled })).toThrow(/no tensor of another shard, got "a"/);
  });

  it("refuses shards that lack tensors", () => {
    const { names, sinks, open } = shards({ maxTensors: 2 });
    const short = memorySink();
    const split: [string, GgufValue][] = [
      ["split.no", ggufValue.u16(1)],
      ["split.count", ggufValue.u16(3)],
    ];
    writeGguf(short, { metadata: split, tensors: [tensor("c", "F32", [8])] });
    short.commit();
    sinks.set(names[1], short);
    expect(() => openGguf(names[0], { open })).toThrow(/5 tensors in all shards, got 4/);
  });
});

function changeTensorName({ names, sinks }: ReturnType<typeof shards>, from: string, to: string): ByteSource {
  const bytes = sinks.get(names[1])!.bytes();
  const pattern = [1, 0, 0, 0, 0, 0, 0, 0, from.charCodeAt(0)];
  const at = bytes.findIndex((_, i) => pattern.every((byte, j) => bytes[i + j] === byte));
  bytes[at + 8] = to.charCodeAt(0);
  return bufferSource(bytes, names[1]);
}

describe.skipIf(!sharedData)("every GGUF file among the shared fixtures", () => {
  const files = sharedData
    ? readdirSync(sharedPath(""), { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".gguf"),
      )
    : [];

  it("is there", () => expect(files.length).toBeGreaterThan(40));

  it.each(files)("%s is written back byte for byte", (name) => {
    const path = sharedPath(name);
    using file = openGguf(path);
    const back = written({ metadata: file.metadata, tensors: file.tensors.values() });
    expect(Buffer.compare(back, readFileSync(path))).toBe(0);
  });
});
