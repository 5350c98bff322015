/**
 * Decompresses gzip and Zstandard, detected by their first bytes. Neither begins with valid UTF-8, so no text is
 * mistaken for one of them.
 */
import { platform } from "#platform";
import { FormatError } from "../../base/errors.ts";

export type Chunks = AsyncIterable<Uint8Array>;
type Decompress = (chunks: Chunks) => Chunks;

const MAGIC_BYTES = 4;
const KINDS: readonly {
  readonly name: string;
  readonly magic: readonly number[];
  readonly read: Decompress;
}[] = [
  { name: "gzip", magic: [0x1f, 0x8b], read: (chunks) => platform.gunzip(chunks) },
  { name: "Zstandard", magic: [0x28, 0xb5, 0x2f, 0xfd], read: unzstd },
];

/** The bytes, decompressed if necessary. @throws FormatError for damaged data. @param file for messages. */
export async function* decompressed(chunks: Chunks, file: string): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const { start, ended } = await firstBytes(iterator);
  const kind = KINDS.find(({ magic }) => magic.every((byte, i) => start[i] === byte));
  const all = (async function* () {
    yield start;
    if (!ended) yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  if (kind === undefined) return yield* all;
  try {
    yield* kind.read(all);
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new FormatError({
      doing: `decompress "${file}"`,
      expected: `${kind.name} data`,
      found: error.message,
      fix: "the file is damaged or truncated; fetch it again",
      cause: error,
    });
  }
}

/** At least four bytes, or all of them. */
async function firstBytes(
  iterator: AsyncIterator<Uint8Array>,
): Promise<{ readonly start: Uint8Array; readonly ended: boolean }> {
  let start = new Uint8Array(0);
  while (start.byteLength < MAGIC_BYTES) {
    const { value, done } = await iterator.next();
    if (done === true) return { start, ended: true };
    const longer = new Uint8Array(start.byteLength + value.byteLength);
    longer.set(start);
    longer.set(value, start.byteLength);
    start = longer;
  }
  return { start, ended: false };
}

/** Errors of zlib have a code that begins with Z, those of fzstd a number. */
function isDamage(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === "number" || (typeof code === "string" && code.startsWith("Z"));
}

/** fzstd recurses for each frame in a push, and a hostile file may have thousands of frames in a few kilobytes. */
const MAX_PUSH_BYTES = 1 << 14;

/** Zstandard frames, one after another. Checksums are not verified. */
async function* unzstd(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  let ready: Uint8Array[] = [];
  const stream = new Decompress((chunk) => void ready.push(chunk));
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += MAX_PUSH_BYTES) {
      stream.push(chunk.subarray(at, at + MAX_PUSH_BYTES), false);
      yield* ready;
      ready = [];
    }
  }
  stream.push(new Uint8Array(0), true);
  yield* ready;
}
