import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../../test/support/shared-data.ts";
import { bufferSource } from "../../base/bytes.ts";
import { CriaError, FormatError, UnsupportedError } from "../../base/errors.ts";
import { PICKLE_LIMITS } from "./pickle-machine.ts";
import { readPickle } from "./pickle-reader.ts";
import { isKind, type PickleValue } from "./pickle-values.ts";

type Part = string | number | readonly number[] | Uint8Array;

/** Bytes from opcodes (numbers) and text (its characters). */
function assemble(...parts: Part[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === "string") return [...new TextEncoder().encode(part)];
      return typeof part === "number" ? [part] : [...part];
    }),
  );
}
const read = (...parts: Part[]): PickleValue =>
  readPickle(bufferSource(assemble(0x80, 2, ...parts, "."), "x.pth")).value;
const u32 = (value: number): number[] => [
  value & 255,
  (value >>> 8) & 255,
  (value >>> 16) & 255,
  value >>> 24,
];
const text = (value: string): Part[] => ["X", u32(value.length), value];
const repeat = (part: string, times: number): Uint8Array => new Uint8Array(times).fill(part.charCodeAt(0));

describe("readPickle, plain data", () => {
  it("reads numbers of every form", () => {
    const value = read(
      "(",
      "K\xff".slice(0, 1),
      200,
      "M",
      0x34,
      0x12,
      "J",
      u32(-5),
      "G",
      [0xbf, 0xf8, 0, 0, 0, 0, 0, 0],
      "t",
    );
    expect(value).toEqual({ kind: "tuple", items: [200, 0x1234, -5, -1.5] });
    expect(read(0x8a, 0)).toBe(0);
    expect(read(0x8a, 1, 0xff)).toBe(-1);
    expect(read(0x8a, 2, 0xff, 0)).toBe(255);
    expect(read(0x8a, 8, [0, 0, 0, 0, 0, 0, 0, 0x80])).toBe(-(2n ** 63n));
    expect(read(0x8b, u32(9), [0, 0, 0, 0, 0, 0, 0, 0, 1])).toBe(2n ** 64n);
  });

  it("reads constants, text and bytes of every form", () => {
    expect(read("(N", 0x88, 0x89, "t")).toEqual({ kind: "tuple", items: [null, true, false] });
    expect(read("X", u32(3), "abc")).toBe("abc");
    expect(read(0x8c, 2, "hi")).toBe("hi");
    expect(read(0x8d, u32(4), u32(0), "näm")).toBe("näm");
    expect(read("C", 2, 1, 2)).toEqual(Uint8Array.of(1, 2));
    expect(read(0x96, u32(1), u32(0), 9)).toEqual(Uint8Array.of(9));
  });

  it("reads lists, tuples, dicts, memo, marks and duplicates", () => {
    expect(read("]K", 1, "a(K", 2, "K", 3, "e")).toEqual({ kind: "list", items: [1, 2, 3] });
    expect(read("K", 1, "K", 2, 0x86, "2", 0x86)).toMatchObject({
      items: [{ items: [1, 2] }, { items: [1, 2] }],
    });
    expect(read("(K", 1, "K", 2, "1", "N0K", 7)).toBe(7);
    const dict = read("}q", 5, "(", ...text("a"), "K", 1, ...text("b"), "h", 5, "u");
    expect(isKind(dict, "dict") && dict.entries.get("a")).toBe(1);
    expect(isKind(dict, "dict") && dict.entries.get("b")).toBe(dict);
  });

  it("ends at STOP and returns its position", () => {
    const bytes = assemble(0x80, 2, "N.", 0x80, 4, "K", 3, ".");
    const first = readPickle(bufferSource(bytes));
    expect(first).toEqual({ value: null, end: 4 });
    expect(readPickle(bufferSource(bytes), first.end)).toEqual({ value: 3, end: bytes.length });
  });

  it("reads the attributes of an OrderedDict as data and drops them", () => {
    const value = read(
      "ccollections\nOrderedDict\n)R(",
      ...text("a"),
      "K",
      1,
      "u}",
      ...text("_metadata"),
      "Nsb",
    );
    expect(isKind(value, "dict") && [...value.entries]).toEqual([["a", 1]]);
  });

  it.skipIf(!sharedData)("reads pickled BPE merges of a real tokenizer (shared fixtures)", () => {
    for (const size of [128, 256, 512, 1024]) {
      const path = sharedPath(`tokenizers/shakespeare-bpe-${size}.model`);
      const { value } = readPickle(bufferSource(readFileSync(path), path));
      const merges = isKind(value, "dict") ? value.entries.get("merges") : undefined;
      const stoi = isKind(value, "dict") ? value.entries.get("stoi") : undefined;
      if (!isKind(merges, "dict") || !isKind(stoi, "dict")) throw new Error("no dicts");
      expect(stoi.entries.size + merges.entries.size).toBe(size);
      expect([...merges.entries.values()].at(-1)).toBe(size - 1);
    }
  });
});

describe("readPickle refuses code", () => {
  const cases: [string, Part[], RegExp][] = [
    [
      "os.system by REDUCE",
      ["cos\nsystem\n", "(", ...text("id"), "tR"],
      /os\.system: the file wants to run code/,
    ],
    ["posix.system by REDUCE", ["cposix\nsystem\n(", ...text("id"), "tR"], /posix\.system/],
    ["builtins.eval", ["cbuiltins\neval\n", ...text("1"), 0x85, "R"], /builtins\.eval/],
    ["__builtin__.getattr", ["c__builtin__\ngetattr\n("], /__builtin__\.getattr/],
    ["a name on the stack", [0x8c, 2, "os", 0x8c, 6, "system", 0x93], /os\.system/],
    ["a getattr chain by a dotted name", [0x8c, 5, "torch", 0x8c, 9, "os.system", 0x93], /torch\.os\.system/],
    ["torch.storage._load_from_bytes", ["ctorch.storage\n_load_from_bytes\n"], /_load_from_bytes/],
    ["torch.jit._pickle", ["ctorch.jit._pickle\nbuild_intlist\n"], /build_intlist/],
    ["numpy's scalars", ["cnumpy.core.multiarray\nscalar\n"], /multiarray\.scalar/],
    ["a call of a storage class", ["ctorch\nFloatStorage\n)R"], /torch\.FloatStorage.*run code/],
    ["a call of a value", ["K", 1, ")R"], /run code/],
    ["INST", ["(", ...text("id"), "ios\nsystem\n"], /os\.system by INST/],
    ["OBJ", ["(", ...text("x"), "o"], /OBJ/],
    ["NEWOBJ", ["ccollections\nOrderedDict\n)", 0x81], /collections\.OrderedDict by NEWOBJ/],
    ["NEWOBJ_EX", ["ccollections\nOrderedDict\n)}", 0x92], /NEWOBJ_EX/],
    ["EXT1", [0x82, 1], /EXT1/],
    ["EXT2", [0x83, 1, 1], /EXT2/],
    ["EXT4", [0x84, u32(7)], /EXT4/],
    ["BUILD on a plain dict", ["}}b"], /state set on a dict/],
    ["BUILD with __setstate__ data that is no dict", ["ccollections\nOrderedDict\n)RK", 1, "b"], /run code/],
    ["BUILD on a name", ["ctorch\nFloatStorage\n}b"], /run code/],
  ];
  it.each(cases)("%s", (_, parts, message) => {
    expect(() => read(...parts)).toThrow(FormatError);
    expect(() => read(...parts)).toThrow(message);
  });
});

describe("readPickle bounds", () => {
  const hostile: [string, Part[], RegExp][] = [
    ["a text longer than the file", ["X", u32(0x7fffffff)], /at most \d+ bytes/],
    ["a text of 2^64 bytes", [0x8d, repeat("\xff", 8).fill(255)], /at most/],
    ["an integer of 2 GiB", [0x8b, u32(0x7fffffff)], /an integer of at most 256/],
    ["an integer of negative length", [0x8b, u32(-1)], /count of -1/],
    ["a frame longer than the file", [0x95, repeat("\xff", 8).fill(255)], /frame/],
    ["a huge memo index", ["Nr", u32(0xffffffff)], /memo index below/],
    ["a memo index that was never set", ["h", 3], /memo index that was set/],
    ["a mark that is missing", ["t"], /a mark/],
    ["a pop below the mark", ["N(0"], /a value on the stack/],
    ["a tuple across a mark", ["K", 1, "(K", 2, 0x86], /2 values/],
    ["an odd number of dict items", ["}(N", "u"], /in pairs/],
    ["a key written twice", ["}(", ...text("a"), "N", ...text("a"), "Nu"], /each key once/],
    ["a key that cannot be hashed", ["}]Ns"], /can hash/],
    ["items for what is no list", ["NNa"], /a list/],
    ["two values at the end", ["NN"], /one value at the end/],
    ["an unknown instruction", [0xfe], /0xfe/],
    ["a second protocol number", [0x80, 2], /second protocol/],
    ["a name without end", ["c", repeat("a", 2000)], /a name that ends/],
    ["an OrderedDict with arguments", ["ccollections\nOrderedDict\n]", 0x85, "R"], /built empty/],
    ["a persistent id that is text", [...text("x"), "Q"], /a tuple as persistent id/],
    ["a persistent id of another kind", [...text("module"), 0x85, "Q"], /persistent id/],
    ["a stack that never ends", [repeat("N", PICKLE_LIMITS.stack + 1)], /at most 1000000 values/],
    ["marks without end", [repeat("(", PICKLE_LIMITS.stack + 1)], /at most 1000000 marks/],
  ];
  it.each(hostile)("%s", (_, parts, message) => {
    expect(() => read(...parts)).toThrow(FormatError);
    expect(() => read(...parts)).toThrow(message);
  });

  it("stops after its limit of instructions", () => {
    const endless = new Uint8Array(2 + PICKLE_LIMITS.instructions + 1).fill(0x30);
    for (let at = 0; at < endless.length; at += 2) endless[at] = 0x4e;
    endless.set([0x80, 2]);
    expect(() => readPickle(bufferSource(endless))).toThrow(/at most 8000000 instructions/);
  });

  it("reads ten thousand levels of nesting, and a list that contains itself, without recursion", () => {
    const own = read("]q", 0, "h", 0, "a");
    expect(isKind(own, "list") && own.items[0]).toBe(own);
    const levels = 10_000;
    const value = read(repeat("]", levels), repeat("a", levels - 1));
    expect(isKind(value, "list")).toBe(true);
  });

  it("shares the repeated values of a billion-laughs pickle", () => {
    const doubling = Array.from({ length: 64 }, (_, i) => assemble("](h", i, "h", i, "eq", i + 1, "0"));
    const value = read("]q", 0, "0", ...doubling, "h", 64);
    expect(isKind(value, "list") && value.items[0] === value.items[1]).toBe(true);
  });

  it.each([
    ["protocol 0", "I1\n."],
    ["an instruction of protocol 0", "\x80\x02I1\n."],
    ["protocol 9", "\x80\x09N."],
    ["a buffer outside the file", "\x80\x05\x97."],
  ])("says that %s is not supported", (_, characters) => {
    const bytes = Uint8Array.from(characters, (char) => char.charCodeAt(0));
    expect(() => readPickle(bufferSource(bytes))).toThrow(UnsupportedError);
  });

  it("answers every byte string with a value or a typed error", () => {
    const opcodes = [
      ...")]}(t.0123NKMJGXCqrhjaesucRbQ",
      "\x80\x85\x86\x87\x88\x89\x8a\x8b\x8c\x93\x94\x95",
    ].flatMap((part) => [...part].map((char) => char.charCodeAt(0)));
    const byte = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...opcodes) },
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          if (!(error instanceof CriaError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
