/**
 * Writes ZIP archives of stored entries as torch.save does: the data of every entry starts at a multiple of
 * 64 bytes (an extra field "FB" pads the local header), so that readers can map it. Fields that do not fit 32
 * bits are stored in zip64 records; a zip64 end record is always written, as in PyTorch.
 */
import { assert } from "../../base/errors.ts";
import type { FileSink } from "../../platform/platform.ts";
import { crc32 } from "./crc32.ts";

const ALIGNMENT = 64;
const LOCAL_BYTES = 30;
const EXTRA_HEADER_BYTES = 4;
const SATURATED_16 = 0xffff;
const SATURATED_32 = 0xffffffff;
/** Versions of the format: 2.0, and 4.5 with zip64. */
const VERSION = 20;
const VERSION_ZIP64 = 45;
const FLAG_UTF8 = 0x800;
/** 1 January 1980: the zero of DOS time. Files must not depend on the time of writing. */
const DOS_DATE = 0x21;
const PADDING_ID = 0x4246;
const ZIP64_ID = 1;

/** Appends little-endian fields. */
class Fields {
  readonly #bytes: number[] = [];

  u16(...values: number[]): this {
    for (const value of values) this.#bytes.push(value & 0xff, value >>> 8);
    return this;
  }
  u32(...values: number[]): this {
    for (const value of values) this.u16(value & 0xffff, value >>> 16);
    return this;
  }
  u64(...values: number[]): this {
    for (const value of values) this.u32(value % 2 ** 32, Math.floor(value / 2 ** 32));
    return this;
  }
  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }
  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

interface Written {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly byteLength: number;
  readonly offset: number;
}

const clip = (value: number): number => Math.min(value, SATURATED_32);

/** The extra field with the 64-bit forms of those values that do not fit; empty if all do. */
function zip64Extra(values: readonly number[]): Uint8Array {
  const wide = values.filter((value) => value >= SATURATED_32);
  if (wide.length === 0) return new Uint8Array(0);
  return new Fields()
    .u16(ZIP64_ID, 8 * wide.length)
    .u64(...wide)
    .done();
}

export class ZipWriter {
  readonly #sink: FileSink;
  readonly #written: Written[] = [];

  /** The sink must be at its beginning. */
  constructor(sink: FileSink) {
    assert(sink.position === 0, "a ZIP archive starts its file");
    this.#sink = sink;
  }

  /** Appends one entry. The caller ensures that names differ. */
  add(name: string, bytes: Uint8Array): void {
    const entry: Written = {
      name: new TextEncoder().encode(name),
      crc: crc32(bytes),
      byteLength: bytes.byteLength,
      offset: this.#sink.position,
    };
    this.#sink.write(localHeader(entry));
    this.#sink.write(bytes);
    this.#written.push(entry);
  }

  /** Writes the directory. The sink's owner commits it. */
  finish(): void {
    const start = this.#sink.position;
    for (const entry of this.#written) this.#sink.write(centralHeader(entry));
    this.#sink.write(endRecords(this.#written.length, start, this.#sink.position));
  }
}

function localHeader({ name, crc, byteLength, offset }: Written): Uint8Array {
  const wide = byteLength >= SATURATED_32;
  // Both sizes or neither: readers expect the pair in a local header.
  const zip64 = wide ? zip64Extra([byteLength, byteLength]) : new Uint8Array(0);
  const bare = offset + LOCAL_BYTES + name.length + zip64.length + EXTRA_HEADER_BYTES;
  const padding = Math.ceil(bare / ALIGNMENT) * ALIGNMENT - bare;
  return new Fields()
    .u32(0x04034b50)
    .u16(wide ? VERSION_ZIP64 : VERSION, FLAG_UTF8, 0, 0, DOS_DATE)
    .u32(crc, clip(byteLength), clip(byteLength))
    .u16(name.length, zip64.length + EXTRA_HEADER_BYTES + padding)
    .raw(name)
    .raw(zip64)
    .u16(PADDING_ID, padding)
    .raw(new Uint8Array(padding).fill(0x5a))
    .done();
}

function centralHeader({ name, crc, byteLength, offset }: Written): Uint8Array {
  const zip64 = zip64Extra([byteLength, byteLength, offset]);
  const version = zip64.length > 0 ? VERSION_ZIP64 : VERSION;
  return new Fields()
    .u32(0x02014b50)
    .u16(version, version, FLAG_UTF8, 0, 0, DOS_DATE)
    .u32(crc, clip(byteLength), clip(byteLength))
    .u16(name.length, zip64.length, 0, 0, 0)
    .u32(0, clip(offset))
    .raw(name)
    .raw(zip64)
    .done();
}

function endRecords(count: number, start: number, end: number): Uint8Array {
  const short = Math.min(count, SATURATED_16);
  return new Fields()
    .u32(0x06064b50)
    .u64(44)
    .u16(VERSION_ZIP64, VERSION_ZIP64)
    .u32(0, 0)
    .u64(count, count, end - start, start)
    .u32(0x07064b50, 0)
    .u64(end)
    .u32(1)
    .u32(0x06054b50)
    .u16(0, 0, short, short)
    .u32(clip(end - start), clip(start))
    .u16(0)
    .done();
}
