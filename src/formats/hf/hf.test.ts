import { describe, expect, it } from "vitest";
import { bufferSource } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { describeHfFolder } from "./folder.ts";
import { readJsonObject, readJsonSource } from "./json.ts";
import { isPlainFileName, readWeightIndex } from "./weight-index.ts";

const read = (text: string) => readJsonObject(text, "config.json");

describe("readJsonObject", () => {
  it("reads the same values as JSON.parse", () => {
    const text = '{"a": [1, -2.5e3, {"b": "\\"}\\\\", "c": null}], "d": {"a": true}, "e": {}, "f": []}';
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ["a list", "[1]", /expected an object, got a list/],
    ["null", "null", /got null/],
    ["a number", "3", /got a number/],
    ["nothing", "", /no valid JSON/],
    ["text cut short", '{"a": "b', /no valid JSON/],
    ["a word that is no number", '{"a": nan}', /no valid JSON/],
    ["a comment", '{"a": 1} // no', /no valid JSON/],
    ["__proto__", '{"a": {"__proto__": {"x": 1}}}', /"__proto__"/],
    ["__proto__, escaped", '{"__proto\\u005f_": {"x": 1}}', /"__proto__"/],
    ["nesting too deep", `${'{"a":'.repeat(65)}1${"}".repeat(65)}`, /at most 64 levels/],
    ["a hundred thousand brackets", "[".repeat(100_000), /at most 64 levels/],
    ["too many values", `{"a": [${"1,".repeat(4_000_001)}1]}`, /at most 4000000 values/],
  ])("refuses %s", (_, text, message) => {
    expect(() => read(text)).toThrow(FormatError);
    expect(() => read(text)).toThrow(message);
  });

  it("reads what Python's json writes and reads: numbers without bounds, a key twice, a byte order mark", () => {
    const text = '\ufeff{"a": [Infinity, -Infinity, NaN], "b": 1, "b": "NaN, \\"Infinity", "Infinity": 2}';
    const value = { a: [Infinity, -Infinity, null], b: 'NaN, "Infinity', Infinity: 2 };
    expect(read(text)).toEqual(value);
  });

  it.each([
    ["NaN", '{"a": NaN}', /no valid JSON/],
    ["a key twice", '{"a": {"b": 1, "c": [], "b": 2}}', /the key "b" twice/],
    ["a key twice, once escaped", '{"a": 1, "\\u0061": 2}', /the key "a" twice/],
  ])("strictly read, refuses %s", (_, text, message) => {
    expect(() => readJsonObject(text, "header", { strict: true })).toThrow(message);
  });

  it("distinguishes keys of different objects, and keys from values", () => {
    expect(read('{"a": {"a": "a"}, "b": [{"a": 1}, {"a": "b"}, "a", "a"]}')).toHaveProperty("b");
  });

  it("keeps keys that name methods of objects as data", () => {
    expect(Object.entries(read('{"constructor": 1, "hasOwnProperty": 2}'))).toEqual([
      ["constructor", 1],
      ["hasOwnProperty", 2],
    ]);
  });

  it("checks the length of a file before reading, and accepts a byte order mark", () => {
    const text = new TextEncoder().encode('\ufeff{"a": 1}');
    expect(readJsonSource(bufferSource(text))).toEqual({ a: 1 });
    const huge = { ...bufferSource(text), byteLength: 2 ** 40 };
    expect(() => readJsonSource(huge)).toThrow(/1099511627776 bytes/);
    expect(() => readJsonSource(bufferSource(Uint8Array.of(0x7b, 0xc0, 0x7d)))).toThrow(/no UTF-8/);
  });
});

describe("readWeightIndex", () => {
  it("reads the map, the files and the size", () => {
    const index = readWeightIndex(
      '{"metadata": {"total_size": 7}, "weight_map": {"b": "2", "a": "1", "c": "2"}}',
      "i",
    );
    expect([...index.weightMap]).toEqual([
      ["b", "2"],
      ["a", "1"],
      ["c", "2"],
    ]);
    expect(index).toMatchObject({ files: ["2", "1"], totalSize: 7 });
  });

  it.each([
    ["no map", '{"metadata": {}}', /an object "weight_map"/],
    ["an inherited map", '{"metadata": {"weight_map": {}}}', /an object "weight_map"/],
    ["an empty map", '{"weight_map": {}}', /at least one tensor/],
    ["a number for a file", '{"weight_map": {"a": 1}}', /plain file names/],
    ["a way up", '{"weight_map": {"a": "../x.safetensors"}}', /plain file names, got "..\/x.safetensors"/],
    ["an absolute path", '{"weight_map": {"a": "/etc/passwd"}}', /plain file names/],
    [
      "thousands of files",
      JSON.stringify({
        weight_map: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}`, `${i}`])),
      }),
      /at most 4096 files/,
    ],
  ])("refuses %s", (_, text, message) => {
    expect(() => readWeightIndex(text, "i.json")).toThrow(FormatError);
    expect(() => readWeightIndex(text, "i.json")).toThrow(message);
  });

  it("distinguishes plain names from others", () => {
    for (const name of ["model-00001-of-00002.safetensors", ".hidden", "ü.bin"])
      expect(isPlainFileName(name)).toBe(true);
    for (const name of ["", ".", "..", "a/b", "a\\b", "c:x", "a\0", "a\n", "x".repeat(256)]) {
      expect(isPlainFileName(name), JSON.stringify(name)).toBe(false);
    }
  });
});

describe("describeHfFolder", () => {
  const settings = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "README.md",
  ];

  it("prefers safetensors, and finds settings and vocabulary", () => {
    expect(
      describeHfFolder([...settings, "pytorch_model.bin", "model.safetensors", "chat_template.jinja"]),
    ).toEqual({
      weights: "safetensors",
      isAdapter: false,
      files: ["model.safetensors"],
      config: "config.json",
      generationConfig: "generation_config.json",
      chatTemplate: "chat_template.jinja",
      tokenizerFiles: ["tokenizer.json", "tokenizer_config.json"],
    });
  });

  it("finds shards through their index, and says when some are missing", () => {
    const shards = [1, 2, 3].map((part) => `pytorch_model-0000${part}-of-00003.bin`);
    const index = "pytorch_model.bin.index.json";
    expect(describeHfFolder([...shards.toReversed(), index])).toMatchObject({
      weights: "pth",
      files: shards,
      index,
    });
    expect(() => describeHfFolder([shards[0], shards[2], index])).toThrow(/3 shards.*got 2/);
  });

  it("finds adapters, and reports what it searched for", () => {
    expect(describeHfFolder(["adapter_config.json", "adapter_model.bin"])).toMatchObject({
      weights: "pth",
      isAdapter: true,
    });
    expect(() => describeHfFolder(settings)).toThrow(/model.safetensors.index.json/);
  });
});
