/**
 * Just enough ZIP (PKWARE APPNOTE 6.3.9) to find the records that torch.save writes: stored entries, zip64.
 * Nothing is unpacked and no name is ever used as a path. The central directory is authoritative; every local
 * header must agree with it, and no two entries may share bytes, so that all ZIP readers see the same
 * content.
 *
 *     [local header · data · data descriptor?]* · central directory · zip64 end? · zip64 locator? · end
 */
import { ByteReader, type ByteSource } from "../../base/bytes.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { decodeUtf8 } from "../hf/json.ts";

export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  /** Of the data in the file. */
  readonly byteLength: number;
  readonly dataOffset: number;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const END_BYTES = 22;
const ZIP64_LOCATOR_BYTES = 20;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT = 0xffff;
const SATURATED_16 = 0xffff;
const SATURATED_32 = 0xffffffff;
/** Far above the records of any checkpoint. */
const MAX_ENTRIES = 100_000;
const FLAG_ENCRYPTED = 1;
/** Sizes follow the data, and are 0 in the local header. torch.save writes this form. */
const FLAG_DATA_DESCRIPTOR = 8;

function fail(source: ByteSource, expected: string, found: string): never {
  throw new FormatError({
    doing: `read the ZIP archive "${source.name}"`,
    expected,
    found,
    fix: "the file is truncated, damaged or hostile; fetch it again",
  });
}

interface Directory {
  readonly offset: number;
  readonly byteLength: number;
  readonly count: number;
}

function findEndRecord(source: ByteSource): number {
  const tailBytes = Math.min(source.byteLength, END_BYTES + MAX_COMMENT);
  const start = source.byteLength - tailBytes;
  const tail = source.bytes(start, tailBytes);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tailBytes - END_BYTES; at >= 0; at--) {
    const isEnd = view.getUint32(at, true) === END_RECORD;
    if (isEnd && at + END_BYTES + view.getUint16(at + 20, true) === tailBytes) return start + at;
  }
  return fail(source, "an end-of-directory record", "none");
}

function safe(source: ByteSource, value: bigint, what: string): number {
  if (value <= BigInt(source.byteLength)) return Number(value);
  return fail(source, `${what} inside the file's ${source.byteLength} bytes`, `${value}`);
}

/** The zip64 end record, if a locator directly precedes the end record. */
function zip64Directory(source: ByteSource, end: number): (Directory & { start: number }) | undefined {
  const locatorAt = end - ZIP64_LOCATOR_BYTES;
  if (locatorAt < 0) return undefined;
  const locator = new ByteReader(source, locatorAt, end);
  if (locator.u32() !== ZIP64_LOCATOR) return undefined;
  const disk = locator.u32();
  const start = safe(source, locator.u64(), "a zip64 end record");
  if (disk !== 0 || locator.u32() > 1) return fail(source, "an archive on one disk", "several");
  const reader = new ByteReader(source, start, locatorAt);
  if (reader.u32() !== ZIP64_END) return fail(source, "a zip64 end record where the locator points", "none");
  const size = reader.u64();
  if (size !== BigInt(locatorAt - start - 12))
    return fail(source, "a zip64 end record of its size", `${size}`);
  reader.position += 4;
  if (reader.u32() !== 0 || reader.u32() !== 0) return fail(source, "an archive on one disk", "several");
  const here = reader.u64();
  const count = reader.u64();
  if (here !== count) return fail(source, `${count} entries`, `${here}`);
  const byteLength = safe(source, reader.u64(), "a directory length");
  const offset = safe(source, reader.u64(), "a directory offset");
  return { offset, byteLength, count: safe(source, count, "a number of entries"), start };
}

function readDirectory(source: ByteSource): Directory {
  const end = findEndRecord(source);
  const reader = new ByteReader(source, end + 4, end + END_BYTES);
  if (reader.u16() !== 0 || reader.u16() !== 0) fail(source, "an archive on one disk", "several");
  const here = reader.u16();
  const short: Directory = { count: reader.u16(), byteLength: reader.u32(), offset: reader.u32() };
  if (here !== short.count) fail(source, `${short.count} entries`, `${here}`);
  const wide = zip64Directory(source, end);
  const agrees =
    wide === undefined ||
    ((short.count === wide.count || short.count === SATURATED_16) &&
      (short.byteLength === wide.byteLength || short.byteLength === SATURATED_32) &&
      (short.offset === wide.offset || short.offset === SATURATED_32));
  if (!agrees) fail(source, "end records that agree", "a zip64 one that differs");
  const directory = wide ?? short;
  const directoryEnd = directory.offset + directory.byteLength;
  if (directoryEnd !== (wide?.start ?? end)) {
    fail(source, `a directory that ends at ${wide?.start ?? end}`, `${directoryEnd}`);
  }
  const most = Math.min(MAX_ENTRIES, Math.floor(directory.byteLength / CENTRAL_BYTES));
  if (directory.count > most) fail(source, `at most ${most} entries`, `${directory.count}`);
  return directory;
}

/** The 64-bit forms of saturated 32-bit fields, in the order of the extra field 0x0001. */
function zip64Fields(source: ByteSource, extra: Uint8Array, fields: readonly number[]): number[] {
  if (fields.every((field) => field !== SATURATED_32)) return [...fields];
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const id = view.getUint16(at, true);
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > extra.byteLength) break;
    at += 4;
    if (id === 1) {
      return fields.map((field) => {
        if (field !== SATURATED_32) return field;
        if (at + 8 > end) return fail(source, "64-bit sizes in the zip64 field", "too few");
        at += 8;
        return safe(source, view.getBigUint64(at - 8, true), "a size");
      });
    }
    at = end;
  }
  return [...fields];
}

interface CentralEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly byteLength: number;
  readonly headerOffset: number;
  /** Minimum bytes of header and data, without the local header's extra field. */
  readonly leastBytes: number;
}

function readCentral(source: ByteSource, reader: ByteReader): CentralEntry {
  if (reader.u32() !== CENTRAL_HEADER) fail(source, "a directory entry", `none at ${reader.position - 4}`);
  reader.position += 4;
  const flags = reader.u16();
  const method = reader.u16();
  reader.position += 8; // time, date, CRC-32: torch may omit it, and a check would read every byte
  const packed = reader.u32();
  const unpacked = reader.u32();
  const [nameLength, extraLength, commentLength] = [reader.u16(), reader.u16(), reader.u16()];
  reader.position += 8;
  const shortOffset = reader.u32();
  const name = decodeUtf8(reader.bytes(nameLength), source.name);
  const extra = reader.bytes(extraLength);
  reader.position += commentLength;
  const [size, byteLength, headerOffset] = zip64Fields(source, extra, [unpacked, packed, shortOffset]);
  if ((flags & FLAG_ENCRYPTED) !== 0) {
    throw new UnsupportedError({ doing: `read "${source.name}"`, found: `an encrypted entry "${name}"` });
  }
  if (method === 0 && size !== byteLength) fail(source, `${size} bytes in "${name}"`, `${byteLength}`);
  const leastBytes = LOCAL_BYTES + nameLength + byteLength;
  return { name, flags, method, byteLength, headerOffset, leastBytes };
}

/**
 * The start of the data, after checking that the local header agrees with the directory.
 * @param limit start of the next entry or of the directory.
 */
function readLocal(source: ByteSource, entry: CentralEntry, limit: number): number {
  if (entry.headerOffset + entry.leastBytes > limit) {
    fail(source, "entries apart", `"${entry.name}" overlaps what follows it at ${limit}`);
  }
  const reader = new ByteReader(source, entry.headerOffset, limit);
  if (reader.u32() !== LOCAL_HEADER) {
    fail(source, `the header of "${entry.name}" at ${entry.headerOffset}`, "something else");
  }
  reader.position += 2;
  const flags = reader.u16();
  const method = reader.u16();
  reader.position += 8;
  const packed = reader.u32();
  const unpacked = reader.u32();
  const [nameLength, extraLength] = [reader.u16(), reader.u16()];
  const name = decodeUtf8(reader.bytes(nameLength), source.name);
  const [, byteLength] = zip64Fields(source, reader.bytes(extraLength), [unpacked, packed]);
  const later = (flags & FLAG_DATA_DESCRIPTOR) !== 0 && (byteLength === 0 || byteLength === SATURATED_32);
  if (name !== entry.name) fail(source, `"${entry.name}" in its own header`, `"${name}"`);
  if (
    method !== entry.method ||
    (flags & FLAG_ENCRYPTED) !== 0 ||
    !(later || byteLength === entry.byteLength)
  ) {
    fail(source, `headers of "${name}" that agree`, "a local one that differs from the directory");
  }
  if (reader.position + entry.byteLength > limit) {
    fail(source, "entries apart", `"${name}" overlaps what follows it at ${limit}`);
  }
  return reader.position;
}

function readCentrals(source: ByteSource, directory: Directory): Map<string, CentralEntry> {
  const reader = new ByteReader(source, directory.offset, directory.offset + directory.byteLength);
  const entries = new Map<string, CentralEntry>();
  for (let i = 0; i < directory.count; i++) {
    const entry = readCentral(source, reader);
    if (entries.has(entry.name)) fail(source, "names that occur once", `"${entry.name}" twice`);
    entries.set(entry.name, entry);
  }
  if (reader.remaining > 0) fail(source, `${directory.count} entries`, "bytes after the last");
  return entries;
}

/** The archive's entries by name. Throws FormatError, or UnsupportedError for encrypted ones. */
export function readZip(source: ByteSource): ReadonlyMap<string, ZipEntry> {
  const directory = readDirectory(source);
  const centrals = readCentrals(source, directory);
  const inFileOrder = [...centrals.values()].sort((a, b) => a.headerOffset - b.headerOffset);
  const dataOffsets = new Map<CentralEntry, number>();
  for (const [i, entry] of inFileOrder.entries()) {
    const limit = Math.min(inFileOrder[i + 1]?.headerOffset ?? directory.offset, directory.offset);
    dataOffsets.set(entry, readLocal(source, entry, limit));
  }
  return new Map(
    [...centrals.values()].map((entry) => {
      const { name, method, byteLength } = entry;
      return [name, { name, method, byteLength, dataOffset: dataOffsets.get(entry) as number }];
    }),
  );
}

/**
 * Throws UnsupportedError if the entry is compressed: torch.save writes stored entries, so that data can be
 * mapped.
 */
export function requireStored(source: ByteSource, entry: ZipEntry): ZipEntry {
  if (entry.method === 0) return entry;
  throw new UnsupportedError({
    doing: `read "${entry.name}" of "${source.name}"`,
    expected: "a stored entry, as torch.save writes it",
    found: entry.method === 8 ? "a deflated entry" : `compression method ${entry.method}`,
    fix: "unpack the archive and pack it again without compression (zip -0)",
  });
}
