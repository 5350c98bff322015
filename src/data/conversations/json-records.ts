/**
 * Splits a stream of bytes into JSON records with their lines: the elements of one array, or one value on each line.
 * Only one record is in memory at a time. An array is split by its brackets and strings, without parsing it, so that an
 * error in one element does not hide those after it.
 */
import { FormatError } from "../../base/errors.ts";
import { LineBuffer } from "../documents/line-buffer.ts";

/** Bytes of a record, and the line on which it begins. */
export interface RawRecord {
  readonly bytes: Uint8Array;
  readonly line: number;
}

/** A file's parser. `push` returns the records that a chunk completes; they are valid until the next call. */
export interface RecordSplitter {
  push(chunk: Uint8Array): RawRecord[];
  /** @throws FormatError if the file ends inside a record. */
  end(): RawRecord[];
}

const MAX_RECORD_BYTES = 2 ** 27;

function tooLong(file: string, line: number): FormatError {
  return new FormatError({
    doing: `read a record of "${file}", line ${line}`,
    expected: `at most ${MAX_RECORD_BYTES} bytes`,
    found: "more",
    fix: "check the file: each record is an element of an array, or a line",
  });
}

/** One value on each line; empty lines are ignored. */
export class LineRecords implements RecordSplitter {
  readonly #lines = new LineBuffer();
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  push(chunk: Uint8Array): RawRecord[] {
    const lines = this.#lines;
    lines.append(chunk);
    const records: RawRecord[] = [];
    for (let line = lines.nextLine(); line !== undefined; line = lines.nextLine())
      records.push({ bytes: lines.kept.slice(line.start, line.end), line: lines.lineNumber - 1 });
    lines.forget(lines.lineStart);
    if (lines.kept.byteLength > MAX_RECORD_BYTES) throw tooLong(this.#file, lines.lineNumber);
    return records.filter(({ bytes }) => !isBlank(bytes));
  }

  end(): RawRecord[] {
    const line = this.#lines.lastLine();
    if (line === undefined) return [];
    const bytes = this.#lines.kept.slice(line.start, line.end);
    return isBlank(bytes) ? [] : [{ bytes, line: this.#lines.lineNumber - 1 }];
  }
}

const CODES = { quote: 0x22, backslash: 0x5c, comma: 0x2c, lineFeed: 0x0a } as const;
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const isBlank = (bytes: Uint8Array): boolean => bytes.every(isSpace);

/** The elements of one array. */
export class ArrayRecords implements RecordSplitter {
  readonly #file: string;
  /** Grows by doubling: a record may span many chunks. */
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  /** Open brackets, and whether the last byte was inside a string or after a backslash. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  /** Start of the current element in `#bytes`; undefined between elements. */
  #start: number | undefined;
  #startLine = 1;
  #scanned = 0;
  #ended = false;

  constructor(file: string) {
    this.#file = file;
  }

  push(chunk: Uint8Array): RawRecord[] {
    this.#append(chunk);
    const records: RawRecord[] = [];
    for (; this.#scanned < this.#length; this.#scanned++) {
      const byte = this.#bytes[this.#scanned];
      if (byte === CODES.lineFeed) this.#line++;
      if (this.#inString) this.#stringByte(byte);
      else this.#byte(byte, records);
    }
    this.#forget();
    return records;
  }

  end(): RawRecord[] {
    if (this.#ended) return [];
    throw new FormatError({
      doing: `read the records of "${this.#file}"`,
      expected: "an array that ends with ]",
      found: `the end of the file on line ${this.#line}`,
      fix: "the file is truncated; fetch it again",
    });
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.byteLength;
    if (length > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.byteLength));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  #stringByte(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === CODES.backslash) this.#escaped = true;
    else if (byte === CODES.quote) this.#inString = false;
  }

  #byte(byte: number, records: RawRecord[]): void {
    const isEnd = this.#depth === 1 && (byte === CODES.comma || CLOSING.includes(byte));
    if (isEnd) this.#finish(records);
    else if (this.#depth === 1 && this.#start === undefined && !isSpace(byte)) this.#begin();
    if (byte === CODES.quote) this.#inString = true;
    if (OPENING.includes(byte)) this.#depth++;
    if (CLOSING.includes(byte)) this.#ended = --this.#depth <= 0;
  }

  #begin(): void {
    this.#start = this.#scanned;
    this.#startLine = this.#line;
  }

  #finish(records: RawRecord[]): void {
    if (this.#start === undefined) return;
    records.push({ bytes: this.#bytes.slice(this.#start, this.#scanned), line: this.#startLine });
    this.#start = undefined;
  }

  #forget(): void {
    const from = this.#start ?? this.#scanned;
    if (this.#length - from > MAX_RECORD_BYTES) throw tooLong(this.#file, this.#startLine);
    this.#bytes.copyWithin(0, from, this.#length);
    this.#length -= from;
    this.#scanned -= from;
    if (this.#start !== undefined) this.#start = 0;
  }
}
