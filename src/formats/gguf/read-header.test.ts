import { describe, expect, it } from "vitest";
import { f32, join, type RawGguf, rawGguf, text, u8, u32, u64 } from "../../../test/fuzz/raw-gguf.ts";
import { bufferSource } from "../../base/bytes.ts";
import { CriaError, FormatError, UnsupportedError } from "../../base/errors.ts";
import { openGguf } from "./open.ts";

const open = (parts: RawGguf) => openGguf(bufferSource(rawGguf(parts), "x.gguf"));
const openBytes = (bytes: Uint8Array) => openGguf(bufferSource(bytes, "x.gguf"));

describe.each([1, 2, 3])("a file of version %i", (version) => {
  it("gives metadata, tensors and bytes", () => {
    using file = open({
      version,
      metadata: [
        ["a.u8", 0, u8(200)],
        ["a.text", 8, text("Grüße 😀", version)],
        ["a.f32", 6, f32(0.5)],
        ["a.u64", 10, u64(2n ** 64n - 1n)],
        ["a.bool", 7, u8(1)],
        [
          "a.strings",
          9,
          join(u32(8), version === 1 ? u32(2) : u64(2), text("", version), text("b", version)),
        ],
      ],
      tensors: [
        { name: "m", dims: [3, 2], offset: 0 },
        { name: "v", dims: [2], offset: 32, type: 1 },
      ],
      data: Uint8Array.from({ length: 36 }, (_, i) => i),
    });
    expect(file.version).toBe(version);
    expect(file.metadata.getNumber("a.u8")).toBe(200);
    expect(file.metadata.getString("a.text")).toBe("Grüße 😀");
    expect(file.metadata.getNumber("a.f32")).toBe(0.5);
    expect(file.metadata.get("a.u64")).toEqual({ type: "u64", value: 2n ** 64n - 1n });
    expect(file.metadata.getBoolean("a.bool")).toBe(true);
    expect(file.metadata.getStrings("a.strings")).toEqual(["", "b"]);
    expect([...file.tensors.keys()]).toEqual(["m", "v"]);
    expect(file.tensors.get("m")).toMatchObject({ dtype: "F32", shape: [2, 3], byteLength: 24 });
    expect([...file.tensors.get("v")!.bytes()]).toEqual([32, 33, 34, 35]);
  });
});

describe("a file that is not a supported GGUF file", () => {
  it("says what it is", () => {
    expect(() => openBytes(new Uint8Array(3))).toThrow(/does not start with "GGUF"/);
    expect(() => open({ magic: "ggjt" })).toThrow(FormatError);
    expect(() => open({ version: 0 })).toThrow(FormatError);
    expect(() => open({ version: 4 })).toThrow(/version 1, 2 or 3, got 4; update Cria/);
    expect(() => open({ version: 3 << 24 })).toThrow(/a big-endian file/);
    expect(() => open({ version: 3 << 24 })).toThrow(UnsupportedError);
  });

  it("names the number of a removed or unknown tensor type", () => {
    const withType = (type: number) =>
      open({ tensors: [{ name: "t", dims: [32], type }], data: new Uint8Array(64) });
    const error = (type: number) => withType(type).unread?.get("t");
    expect(error(4)?.message).toMatch(/type number 4 \(Q4_2\), which GGML has removed/);
    expect(error(31)?.message).toMatch(/type number 31 \(Q4_0_4_4\)/);
    expect(error(999)?.message).toMatch(/type number 999, which Cria does not know/);
    expect(error(999)).toBeInstanceOf(UnsupportedError);
    expect(withType(999).tensors.size).toBe(0);
  });
});

/** Every file here must be refused with a FormatError whose message matches. */
const one = { name: "t", dims: [8] };
const data = new Uint8Array(64);
const HOSTILE: Record<string, { parts: RawGguf; message: RegExp }> = {
  "tensor past the end (CVE-2026-7482)": {
    parts: { tensors: [{ ...one, dims: [1024] }], data },
    message: /its bytes inside the file's \d+, got 4096 bytes at offset/,
  },
  "offset past the end (CVE-2026-7482)": {
    parts: { tensors: [{ ...one, offset: 1 << 20 }], data },
    message: /its bytes inside the file/,
  },
  "offset beyond 2^53": {
    parts: { tensors: [{ ...one, offset: 2n ** 64n - 32n }], data },
    message: /its bytes inside the file/,
  },
  "tensor count of 2^60 (ollama#17042)": { parts: { tensorCount: 2n ** 60n }, message: /at most 0 tensors/ },
  "tensor count that fits the bytes and no memory": {
    parts: { tensorCount: 100_000, data: new Uint8Array(3_000_000) },
    message: /at most 65536 tensors/,
  },
  "metadata count of 2^63": {
    parts: { metadataCount: 2n ** 63n },
    message: /a count of 9223372036854775808/,
  },
  "string of 2^62 bytes": {
    parts: { metadata: [["k", 8, u64(2n ** 62n)]] },
    message: /bytes of text/,
  },
  "array of 2^61 numbers, times 8 = 0 in 64 bits (CVE-2026-27940)": {
    parts: { metadata: [["k", 9, join(u32(12), u64(2n ** 61n))]] },
    message: /values of type f64/,
  },
  "array of 2^40 strings": {
    parts: { metadata: [["k", 9, join(u32(8), u64(2n ** 40n))]] },
    message: /strings/,
  },
  "product of dims beyond 64 bits (CVE-2025-53630)": {
    parts: { tensors: [{ name: "t", dims: [2n ** 32n, 2n ** 32n] }], data },
    message: /a size below 2\^53/,
  },
  "product of dims that is 0 in 64 bits": {
    parts: { tensors: [{ name: "t", dims: [2n ** 33n, 2n ** 31n, 2n ** 30n] }], data },
    message: /a size below 2\^53/,
  },
  "dim beyond 2^53": {
    parts: { tensors: [{ name: "t", dims: [2n ** 63n] }], data },
    message: /from 1 to 2\^53/,
  },
  "dim of 0": { parts: { tensors: [{ name: "t", dims: [0, 8] }], data }, message: /from 1 to 2\^53/ },
  "five dims": {
    parts: { tensors: [{ name: "t", dims: [1, 1, 1, 1, 1] }], data },
    message: /at most 4 dims/,
  },
  "2^32 - 1 dims": { parts: { tensors: [{ ...one, nDims: 0xffffffff }], data }, message: /at most 4 dims/ },
  "row that is no whole block": {
    parts: { tensors: [{ name: "t", dims: [33], type: 2 }], data },
    message: /whole blocks of 32/,
  },
  "alignment of 0 (llama.cpp#25969)": {
    parts: { metadata: [["general.alignment", 4, u32(0)]], tensors: [one], data },
    message: /a multiple of 8 up to 1048576, got 0/,
  },
  "alignment of 2^31": {
    parts: { metadata: [["general.alignment", 4, u32(2 ** 31)]], tensors: [one], data },
    message: /a multiple of 8/,
  },
  "alignment of 7": {
    parts: { metadata: [["general.alignment", 4, u32(7)]], tensors: [one], data },
    message: /a multiple of 8/,
  },
  "alignment that is text (llama.cpp#26690)": {
    parts: { metadata: [["general.alignment", 8, text("32")]], tensors: [one], data },
    message: /a number, got string/,
  },
  "offset that is not aligned": {
    parts: { tensors: [{ ...one, offset: 4 }], data },
    message: /multiple of 32/,
  },
  "two tensors of one name": {
    parts: { tensors: [one, { ...one, offset: 32 }], data },
    message: /the name twice/,
  },
  "two tensors over the same bytes": {
    parts: { tensors: [one, { ...one, name: "u" }], data },
    message: /bytes shared with "t"/,
  },
  "overlap by one block": {
    parts: {
      tensors: [
        { name: "t", dims: [9] },
        { name: "u", dims: [4], offset: 32 },
      ],
      data,
    },
    message: /bytes shared with "t"/,
  },
  "metadata key twice": {
    parts: {
      metadata: [
        ["k", 0, u8(1)],
        ["k", 0, u8(2)],
      ],
    },
    message: /"k" twice/,
  },
  "value type 13": { parts: { metadata: [["k", 13, u8(1)]] }, message: /a value type from 0 to 12, got 13/ },
  "bool of 2": { parts: { metadata: [["k", 7, u8(2)]] }, message: /bool of 0 or 1/ },
  "bools of 2": {
    parts: { metadata: [["k", 9, join(u32(7), u64(2), u8(1), u8(2))]] },
    message: /bools of 0 or 1/,
  },
  "arrays a thousand deep": {
    parts: {
      metadata: [["k", 9, join(...Array.from({ length: 1000 }, () => join(u32(9), u64(1))), u32(0), u64(0))]],
    },
    message: /at most 4 deep/,
  },
  "a million empty arrays in an array": {
    parts: {
      metadata: [
        ["k", 9, join(u32(9), u64(10_000), ...Array.from({ length: 10_000 }, () => join(u32(0), u64(0))))],
      ],
    },
    message: /at most 4096 arrays inside arrays/,
  },
  "tensor name of 2000 bytes": {
    parts: { tensors: [{ ...one, name: "n".repeat(2000) }], data },
    message: /1024 bytes/,
  },
  "metadata key of 70,000 bytes": {
    parts: { metadata: [["k".repeat(70_000), 0, u8(1)]] },
    message: /at most 65535 bytes/,
  },
};

describe("a hostile file is refused:", () => {
  it.each(Object.entries(HOSTILE))("%s", (_, { parts, message }) => {
    const bytes = rawGguf(parts);
    expect(() => openBytes(bytes)).toThrow(message);
    expect(() => openBytes(bytes)).toThrow(FormatError);
  });

  it("43 bytes that claim 2^32 strings (llama.cpp#27188: the Python reader hangs)", () => {
    const bytes = rawGguf({ metadata: [["k", 9, join(u32(8), u64(2n ** 32n))]], alignment: 1 });
    expect(bytes.subarray(0, 43).byteLength).toBe(43);
    expect(() => openBytes(bytes.subarray(0, 43))).toThrow(FormatError);
    expect(() => openBytes(bytes)).toThrow(FormatError);
  });

  it("every truncation of a good file", () => {
    const bytes = rawGguf({
      metadata: [
        ["a", 9, join(u32(8), u64(2), text("one"), text("two"))],
        ["b", 9, join(u32(5), u64(3), u32(1), u32(2), u32(3))],
        ["c", 12, u64(0)],
      ],
      tensors: [
        { name: "t", dims: [4, 2] },
        { name: "u", dims: [8], offset: 32 },
      ],
      data: new Uint8Array(64),
    });
    openBytes(bytes).dispose();
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(() => openBytes(bytes.subarray(0, length)), `${length} bytes`).toThrow(CriaError);
    }
  });
});

describe("unusual but allowed files", () => {
  it("a file with only a vocabulary, without padding", () => {
    using file = open({ metadata: [["k", 0, u8(1)]], alignment: 1 });
    expect(file.tensors.size).toBe(0);
    expect(file.metadata.size).toBe(1);
  });

  it("an alignment of 8, and tensors out of order with gaps between them", () => {
    using file = open({
      metadata: [["general.alignment", 4, u32(8)]],
      alignment: 8,
      tensors: [
        { name: "late", dims: [2], offset: 40 },
        { name: "early", dims: [2], offset: 8 },
      ],
      data: Uint8Array.from({ length: 48 }, (_, i) => i),
    });
    expect(file.alignment).toBe(8);
    expect(file.tensors.get("late")!.bytes()[0]).toBe(40);
    expect(file.tensors.get("early")!.bytes()[0]).toBe(8);
  });

  it("a tensor without dims: one value", () => {
    using file = open({ tensors: [{ name: "scalar", dims: [] }], data: new Uint8Array(4) });
    expect(file.tensors.get("scalar")).toMatchObject({ shape: [], byteLength: 4 });
  });
});
