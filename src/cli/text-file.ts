/** Text of users' files and pipes: UTF-8, or UTF-16 with its byte order mark. Text that would be garbled is refused. */
import { readFileSync, statSync } from "node:fs";
import { FileError, FormatError } from "../base/errors.ts";
import { fileError } from "../platform/node-source.ts";

const MAX_BYTES = 256 << 20;

/** Byte order marks and their encodings. */
const MARKS = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { bytes: [0xff, 0xfe], encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], encoding: "utf-16be" },
] as const;

/** @throws FormatError for bytes in any other encoding; `name` is used in the message. */
export function decodeText(bytes: Uint8Array, name: string): string {
  const mark = MARKS.find(({ bytes: start }) => start.every((byte, i) => bytes[i] === byte));
  try {
    const decoder = new TextDecoder(mark?.encoding ?? "utf-8", { fatal: true, ignoreBOM: true });
    const text = decoder.decode(bytes.subarray(mark?.bytes.length ?? 0));
    if (!text.includes("\0")) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const isWide = bytes.subarray(0, 256).includes(0);
  throw new FormatError({
    doing: `read ${name}`,
    expected: "UTF-8, or UTF-16 with its byte order mark",
    found: isWide
      ? "bytes that are not text (UTF-16 without a mark?)"
      : "bytes that are not UTF-8 (Latin-1?)",
    fix: `convert it: iconv -f ${isWide ? "UTF-16LE" : "LATIN1"} -t UTF-8`,
  });
}

/** @throws FileError, FormatError. */
export function readTextFile(path: string, maxBytes = MAX_BYTES): string {
  const doing = `read "${path}"`;
  let bytes: Uint8Array;
  try {
    const { size } = statSync(path);
    if (size > maxBytes)
      throw new FileError({ doing, expected: `at most ${maxBytes} bytes of text`, found: `${size} bytes` });
    bytes = readFileSync(path);
  } catch (error) {
    throw fileError(doing, error);
  }
  return decodeText(bytes, `"${path}"`);
}
