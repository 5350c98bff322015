/** A file of which only some bytes are here: reading others throws, so that they can be fetched and the reading repeated. */
import { type ByteSource, checkRange } from "../base/bytes.ts";
import { DISPOSE } from "../base/dispose.ts";

/** Bytes before `end` are needed. */
export class MissingBytes extends Error {
  readonly end: number;
  constructor(end: number) {
    super(`bytes before ${end} are missing`);
    this.end = end;
  }
}

/**
 * @param has whether these bytes are here.
 * @param read returns bytes that are here.
 */
export function partialSource(
  name: string,
  byteLength: number,
  has: (start: number, end: number) => boolean,
  read: (offset: number, length: number) => Uint8Array,
): ByteSource {
  return {
    name,
    byteLength,
    mapped: true,
    bytes(offset, length) {
      checkRange(name, byteLength, offset, length);
      if (!has(offset, offset + length)) throw new MissingBytes(offset + length);
      return read(offset, length);
    },
    dispose() {},
    [DISPOSE]() {},
  };
}

const FIRST_BYTES = 1 << 20;

/** How much of a file's start to bring next: doubled each time, so that a header takes few attempts. */
export function nextPrefix(byteLength: number, before: number, missing?: MissingBytes): number {
  return Math.min(byteLength, Math.max(FIRST_BYTES, missing?.end ?? 0, 2 * before));
}
