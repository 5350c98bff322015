/**
 * Splits a stream of bytes into lines. Bytes are kept until `forget`, so that several lines (a document) can be read as one
 * range.
 */

const LINE_FEED = 10;
const INITIAL_BYTES = 1 << 16;

export class LineBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  /** Start of the next line. */
  #lineStart = 0;
  /** Where the search for its end continues. */
  #searched = 0;
  #lineNumber = 1;

  /** The kept bytes; valid until the next call. */
  get kept(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Number (from 1) of the next line, and its start in `kept`. */
  get lineNumber(): number {
    return this.#lineNumber;
  }
  get lineStart(): number {
    return this.#lineStart;
  }

  append(chunk: Uint8Array): void {
    const length = this.#length + chunk.byteLength;
    if (length > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.byteLength));
      larger.set(this.kept);
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** The next complete line with its line feed, as a range of `kept`; undefined if there is none yet. */
  nextLine(): { readonly start: number; readonly end: number } | undefined {
    const at = this.kept.indexOf(LINE_FEED, this.#searched);
    if (at < 0) {
      this.#searched = this.#length;
      return undefined;
    }
    return this.#take(at + 1);
  }

  /** The bytes after the last line feed, as a line; undefined if there are none. */
  lastLine(): { readonly start: number; readonly end: number } | undefined {
    return this.#lineStart === this.#length ? undefined : this.#take(this.#length);
  }

  #take(end: number): { readonly start: number; readonly end: number } {
    const start = this.#lineStart;
    this.#lineStart = end;
    this.#searched = end;
    this.#lineNumber++;
    return { start, end };
  }

  /** Drops the bytes before `offset`. Earlier ranges become invalid. */
  forget(offset: number): void {
    this.#bytes.copyWithin(0, offset, this.#length);
    this.#length -= offset;
    this.#lineStart -= offset;
    this.#searched -= offset;
  }
}

/** The line without its line break (`\n` or `\r\n`). */
export function withoutBreak(line: Uint8Array): Uint8Array {
  let end = line.byteLength;
  if (end > 0 && line[end - 1] === LINE_FEED) end--;
  if (end < line.byteLength && end > 0 && line[end - 1] === 13) end--;
  return line.subarray(0, end);
}
