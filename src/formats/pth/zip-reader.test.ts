import { describe, expect, it } from "vitest";
import { writtenBy } from "../../../test/support/memory-sink.ts";
import { bufferSource } from "../../base/bytes.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { memorySink } from "../../platform/memory-sink.ts";
import { readZip, requireStored } from "./zip-reader.ts";
import { ZipWriter } from "./zip-writer.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function archive(files: [string, string | Uint8Array][]): Uint8Array {
  return writtenBy((sink) => {
    const zip = new ZipWriter(sink);
    for (const [name, text] of files) zip.add(name, typeof text === "string" ? encode(text) : text);
    zip.finish();
  });
}

/** Where `pattern` starts, for the `nth` time. */
function find(bytes: Uint8Array, pattern: number[], nth = 0): number {
  for (let at = 0; at < bytes.length; at++) {
    if (pattern.every((byte, i) => bytes[at + i] === byte) && nth-- === 0) return at;
  }
  throw new Error("not found");
}
const LOCAL = [0x50, 0x4b, 3, 4];
const CENTRAL = [0x50, 0x4b, 1, 2];
const END64 = [0x50, 0x4b, 6, 6];
const LOCATOR = [0x50, 0x4b, 6, 7];
const END = [0x50, 0x4b, 5, 6];

/** The two-entry archive with bytes changed at an offset from a signature. */
function patched(signature: number[], offset: number, ...bytes: number[]): Uint8Array {
  const data = archive([
    ["x/a", "alpha"],
    ["x/b", "beta"],
  ]);
  data.set(bytes, find(data, signature) + offset);
  return data;
}
const open = (bytes: Uint8Array) => readZip(bufferSource(bytes, "x.zip"));

describe("readZip", () => {
  it("finds the entries of ZipWriter at multiples of 64", () => {
    const bytes = archive([
      ["x/a", "alpha"],
      ["x/näme", ""],
      ["x/b", "b".repeat(200)],
    ]);
    const entries = open(bytes);
    expect([...entries.keys()]).toEqual(["x/a", "x/näme", "x/b"]);
    for (const { dataOffset } of entries.values()) expect(dataOffset % 64).toBe(0);
    const { dataOffset, byteLength } = entries.get("x/b") ?? { dataOffset: 0, byteLength: 0 };
    expect(new TextDecoder().decode(bytes.subarray(dataOffset, dataOffset + byteLength))).toBe(
      "b".repeat(200),
    );
  });

  it("reads an archive without zip64 records, with a comment", () => {
    const bytes = archive([["x/a", "alpha"]]);
    const end64 = find(bytes, END64);
    const end = bytes.slice(find(bytes, END));
    end.set([3, 0], 20);
    const plain = Uint8Array.from([...bytes.subarray(0, end64), ...end, 1, 2, 3]);
    expect([...open(plain).keys()]).toEqual(["x/a"]);
  });

  it("reads 64-bit fields of the directory and of the local header", () => {
    const name = [...encode("x/a")];
    const wide = [1, 0, 16, 0, 5, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
    const sizes = [255, 255, 255, 255, 255, 255, 255, 255];
    const local = [
      ...LOCAL,
      45,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      ...sizes,
      3,
      0,
      20,
      0,
      ...name,
      ...wide,
    ];
    const extra = [1, 0, 24, 0, ...wide.slice(4), 0, 0, 0, 0, 0, 0, 0, 0];
    const head = [...CENTRAL, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...sizes, 3, 0, 28, 0, 0, 0];
    const central = [...head, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, ...name, ...extra];
    const start = local.length + 5;
    const end = [...END, 0, 0, 0, 0, 1, 0, 1, 0, central.length, 0, 0, 0, start, 0, 0, 0, 0, 0];
    const bytes = Uint8Array.from([...local, ...encode("alpha"), ...central, ...end]);
    expect([...open(bytes).values()]).toEqual([
      { name: "x/a", method: 0, byteLength: 5, dataOffset: local.length },
    ]);
  });

  const hostile: [string, Uint8Array, RegExp][] = [
    ["no end record", encode("PK\x03\x04 and nothing else that is of use"), /end-of-directory/],
    ["an empty file", new Uint8Array(0), /end-of-directory/],
    [
      "a name twice",
      archive([
        ["x/a", "1"],
        ["x/a", "2"],
      ]),
      /"x\/a" twice/,
    ],
    ["a local header of another name", patched(LOCAL, 30, 0x79), /in its own header/],
    ["a local header of another method", patched(LOCAL, 8, 8), /headers of "x\/a" that agree/],
    ["a local header of another size", patched(LOCAL, 18, 4), /headers of "x\/a" that agree/],
    ["an entry that runs into the directory", patched(CENTRAL, 20, 255, 255, 0, 0, 255, 255, 0, 0), /./],
    ["sizes of a stored entry that differ", patched(CENTRAL, 20, 6), /bytes in "x\/a"/],
    ["an entry that points nowhere", patched(CENTRAL, 42, 7), /the header of "x\/a" at 7/],
    ["an entry that points past the file", patched(CENTRAL, 42, 0, 0, 0, 0x7f), /Cannot read/],
    ["a directory entry of other bytes", patched(CENTRAL, 0, 0), /a directory entry/],
    ["a directory longer than the file", patched(END64, 40, 0, 0, 0, 0, 0, 0, 1), /directory length/],
    [
      "a directory of 2^60 entries",
      patched(END64, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16),
      /entries/,
    ],
    ["a zip64 end record outside", patched(LOCATOR, 8, 0, 0, 0, 0, 0, 1), /zip64 end record/],
    ["a zip64 end record elsewhere", patched(LOCATOR, 8, 1, 0), /a zip64 end record/],
    ["end records that disagree", patched(END, 8, 3, 0, 3, 0), /end records that agree/],
    ["entries that are counted wrong", patched(END, 8, 1, 0, 2, 0), /2 entries/],
    ["a second disk", patched(END, 4, 1), /one disk/],
    ["a name that is no UTF-8", patched(CENTRAL, 46, 0xff), /no UTF-8/],
  ];
  it.each(hostile)("refuses %s", (_, bytes, message) => {
    expect(() => open(bytes)).toThrow(FormatError);
    expect(() => open(bytes)).toThrow(message);
  });

  it("refuses two entries that share bytes", () => {
    const inner = archive([["x/b", "beta"]]);
    const bytes = archive([
      ["x/a", inner.subarray(0, 68)],
      ["x/b", "beta"],
    ]);
    const second = find(bytes, CENTRAL, 1);
    // The second entry of the directory now points at the local header inside the first entry's data.
    bytes.set([find(bytes, LOCAL, 1) & 255, find(bytes, LOCAL, 1) >> 8, 0, 0], second + 42);
    expect(() => open(bytes)).toThrow(/overlap/);
  });

  it("refuses encrypted and compressed entries", () => {
    expect(() => open(patched(CENTRAL, 8, 1))).toThrow(/encrypted/);
    const deflated = patched(LOCAL, 8, 8);
    deflated.set([8], find(deflated, CENTRAL) + 10);
    const entry = open(deflated).get("x/a");
    expect(() => requireStored(bufferSource(deflated), entry as NonNullable<typeof entry>)).toThrow(
      UnsupportedError,
    );
    expect(() => requireStored(bufferSource(deflated), entry as NonNullable<typeof entry>)).toThrow(
      /deflated/,
    );
  });

  it("refuses every truncated archive", () => {
    const bytes = archive([["x/a", "alpha"]]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => open(bytes.subarray(0, length))).toThrow(FormatError);
    }
  });
});

describe("ZipWriter", () => {
  it("writes zip64 fields past 4 GiB, which readZip follows", () => {
    // A sink that keeps headers and skips over data, so that five gigabytes cost nothing.
    const gigabytes = 5 * 2 ** 30;
    const chunks: { at: number; bytes: Uint8Array }[] = [];
    let position = 0;
    const sink = {
      ...memorySink(),
      get position() {
        return position;
      },
      write(bytes: Uint8Array) {
        if (bytes.byteLength > 0) chunks.push({ at: position, bytes });
        position += bytes.byteLength;
        if (position === 64) position += gigabytes; // as if the first entry were large
      },
    };
    const zip = new ZipWriter(sink);
    zip.add("x/a", new Uint8Array(0));
    expect(position).toBeGreaterThan(gigabytes);
    zip.add("x/b", encode("beta"));
    zip.finish();
    const source = {
      ...bufferSource(new Uint8Array(0), "big.zip"),
      byteLength: position,
      bytes(offset: number, length: number) {
        const out = new Uint8Array(length);
        for (const { at, bytes } of chunks) {
          for (let i = Math.max(at, offset); i < Math.min(at + bytes.length, offset + length); i++) {
            out[i - offset] = bytes[i - at];
          }
        }
        return out;
      },
    };
    const entry = readZip(source).get("x/b");
    expect(entry?.dataOffset).toBeGreaterThan(gigabytes);
    expect((entry?.dataOffset ?? 0) % 64).toBe(0);
    expect(new TextDecoder().decode(source.bytes(entry?.dataOffset ?? 0, 4))).toBe("beta");
  });
});
