/**
 * Vocabularies are arrays of a hundred thousand short strings, and one TextDecoder call per string costs more
 * than the rest of opening a file. So strings are decoded in batches: their bytes are concatenated and
 * decoded at once, and the text is split at the string ends. Text that is not valid UTF-8 is left to the slow
 * path.
 */
import type { ByteReader } from "../../base/bytes.ts";

const BATCH_BYTES = 1 << 16;
/**
 * After a string that does not fit a batch, this many are read one by one: a retry per string would cost
 * more.
 */
const RETRY_AFTER = 64;
/** Fatal, since U+FFFD in the text does not prove invalid bytes: LLaMA's vocabulary has it as a piece. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** The strings' bytes, concatenated; allocated once, since a hostile file can force one batch per string. */
const gathered = new Uint8Array(BATCH_BYTES);

/**
 * Appends strings to `into` until it holds `count`, or until a string does not fit a batch or a batch is not
 * valid UTF-8. Returns how many strings the caller must read one by one before the next call; 0 when all are
 * read. `lengthBytes` is the width of a length, 4 or 8.
 */
export function readStringBatch(
  bytes: ByteReader,
  into: string[],
  { count, lengthBytes }: { count: number; lengthBytes: number },
): number {
  while (into.length < count) {
    const start = bytes.position;
    const chunk = bytes.source.bytes(start, Math.min(BATCH_BYTES, bytes.end - start));
    const batch = gather(chunk, count - into.length, lengthBytes);
    if (batch.ends.length === 0) return Math.min(RETRY_AFTER, count - into.length);
    const text = validText(gathered.subarray(0, batch.byteLength));
    if (text === undefined) return batch.ends.length;
    let from = 0;
    for (const end of batch.ends) {
      into.push(text.slice(from, end));
      from = end;
    }
    bytes.position = start + batch.consumed;
  }
  return 0;
}

function validText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

interface Batch {
  /** Bytes of text that were gathered. */
  readonly byteLength: number;
  /** Where each string ends in the decoded text, in UTF-16 units. */
  readonly ends: number[];
  /** Bytes of the chunk that were used. */
  readonly consumed: number;
}

/**
 * Takes whole strings from the chunk. Stops before a string that starts inside a character, which is invalid.
 */
function gather(chunk: Uint8Array, most: number, lengthBytes: number): Batch {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const ends: number[] = [];
  let at = 0;
  let out = 0;
  let units = 0;
  while (ends.length < most && at + lengthBytes <= chunk.byteLength) {
    const from = at + lengthBytes;
    const length = view.getUint32(at, true);
    const tooLong = lengthBytes === 8 && view.getUint32(at + 4, true) !== 0;
    if (tooLong || from + length > chunk.byteLength || (length > 0 && isContinuation(chunk[from]))) break;
    at = from + length;
    for (let i = from; i < at; i++) {
      const byte = chunk[i];
      gathered[out++] = byte;
      // Count a character at its first byte: characters of four bytes are two units, others one.
      if (!isContinuation(byte)) units += byte >= 0xf0 ? 2 : 1;
    }
    ends.push(units);
  }
  return { byteLength: out, ends, consumed: at };
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
