/**
 * Sources of bytes, and a reader that checks every length. Formats access files only through `ByteSource`: a
 * mapped file, a file read on demand, a buffer. Reads are synchronous; a platform that can only read
 * asynchronously (HTTP) must fetch first.
 */
import { DISPOSE } from "./dispose.ts";
import { FormatError } from "./errors.ts";

export interface ByteSource extends Disposable {
  /** Name for messages: a path, or what the user would call it. */
  readonly name: string;
  readonly byteLength: number;
  /** True if `bytes` returns views of mapped memory instead of copies. */
  readonly mapped: boolean;
  /**
   * Address of byte 0 in this process's memory, if the file is mapped and not yet disposed. For native
   * kernels.
   */
  readonly address?: bigint | undefined;
  /**
   * Hints that the bytes [offset, offset + length) are unlikely to be read again, so that a mapped file's
   * pages need not stay in memory. They can still be read.
   */
  release?(offset: number, length: number): void;
  /**
   * The bytes [offset, offset + length). A view if the source is mapped or in memory, otherwise a new copy.
   * Views become empty (length 0) after dispose. Throws FormatError if the range is not inside the source.
   */
  bytes(offset: number, length: number): Uint8Array;
  dispose(): void;
}

/**
 * Throws unless [offset, offset + length) is inside `byteLength`. Refuses fractions, NaN and unsafe integers.
 */
export function checkRange(
  name: string,
  byteLength: number,
  offset: number,
  length: number,
  doing?: string,
): void {
  const valid =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= byteLength;
  if (valid) return;
  throw new FormatError({
    doing: doing ?? `read "${name}"`,
    expected: `bytes inside the file's ${byteLength}`,
    found: `${length} bytes at offset ${offset}`,
    fix: "the file is truncated or damaged; fetch it again",
  });
}

/** A source over bytes in memory. */
export function bufferSource(data: Uint8Array, name = "buffer"): ByteSource {
  // A plain view: Node's Buffer is a Uint8Array whose `slice` does not copy.
  const plain = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return {
    name,
    byteLength: data.byteLength,
    mapped: true,
    bytes(offset, length) {
      checkRange(name, data.byteLength, offset, length);
      return plain.subarray(offset, offset + length);
    },
    dispose() {},
    [DISPOSE]() {},
  };
}

/** Bytes that a reader fetches at once from a source that copies. */
const WINDOW_BYTES = 1 << 16;
/** Keeps a leading U+FEFF: it belongs to the text (vocabularies have tokens that consist of it). */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a header field by field. Every length is checked against the rest of the source before anything of
 * that length is allocated.
 */
export class ByteReader {
  readonly source: ByteSource;
  readonly end: number;
  littleEndian = true;
  #position: number;
  #window: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #windowStart = 0;

  /** Reads [start, end) of the source; end defaults to the whole of it. */
  constructor(source: ByteSource, start = 0, end = source.byteLength) {
    checkRange(source.name, source.byteLength, start, end - start);
    this.source = source;
    this.end = end;
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }
  set position(value: number) {
    checkRange(this.source.name, this.end, value, 0);
    this.#position = value;
  }
  get remaining(): number {
    return this.end - this.#position;
  }

  /** Reserves `length` bytes: returns the offset in the window where they start, and moves on. */
  #take(length: number): number {
    const start = this.#position;
    checkRange(this.source.name, this.end, start, length);
    const inWindow =
      start >= this.#windowStart && start + length <= this.#windowStart + this.#window.byteLength;
    if (!inWindow) {
      this.#window = this.source.bytes(start, Math.min(Math.max(length, WINDOW_BYTES), this.end - start));
      this.#view = new DataView(this.#window.buffer, this.#window.byteOffset, this.#window.byteLength);
      this.#windowStart = start;
    }
    this.#position = start + length;
    return start - this.#windowStart;
  }

  u8(): number {
    const at = this.#take(1);
    return this.#view.getUint8(at);
  }
  i8(): number {
    const at = this.#take(1);
    return this.#view.getInt8(at);
  }
  u16(): number {
    const at = this.#take(2);
    return this.#view.getUint16(at, this.littleEndian);
  }
  i16(): number {
    const at = this.#take(2);
    return this.#view.getInt16(at, this.littleEndian);
  }
  u32(): number {
    const at = this.#take(4);
    return this.#view.getUint32(at, this.littleEndian);
  }
  i32(): number {
    const at = this.#take(4);
    return this.#view.getInt32(at, this.littleEndian);
  }
  u64(): bigint {
    const at = this.#take(8);
    return this.#view.getBigUint64(at, this.littleEndian);
  }
  i64(): bigint {
    const at = this.#take(8);
    return this.#view.getBigInt64(at, this.littleEndian);
  }
  f32(): number {
    const at = this.#take(4);
    return this.#view.getFloat32(at, this.littleEndian);
  }
  f64(): number {
    const at = this.#take(8);
    return this.#view.getFloat64(at, this.littleEndian);
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#window.slice(at, at + length);
  }

  /** The next `length` bytes as text; invalid UTF-8 becomes U+FFFD. */
  text(length: number): string {
    const at = this.#take(length);
    return utf8.decode(this.#window.subarray(at, at + length));
  }

  /**
   * Accepts a count from the file only if that many items of at least `minBytes` each fit the rest.
   * @param what names the items in the message: "metadata entries".
   */
  count(value: number | bigint, minBytes: number, what: string): number {
    if (value >= 0 && BigInt(value) * BigInt(minBytes) <= BigInt(this.remaining)) return Number(value);
    throw new FormatError({
      doing: `read "${this.source.name}"`,
      expected: `at most ${Math.floor(this.remaining / minBytes)} ${what} in the ${this.remaining} bytes that are left`,
      found: `a count of ${value}`,
      fix: "the file is damaged or hostile",
    });
  }
}
