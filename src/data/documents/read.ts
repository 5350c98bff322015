/** Reads the documents of one input of any format and compression. */
import { platform } from "#platform";
import { UnsupportedError } from "../../base/errors.ts";
import { type Chunks, decompressed } from "./decompress.ts";
import type { FoundDocument } from "./document.ts";
import type { DocumentInput } from "./input.ts";
import { JsonlDocuments } from "./jsonl.ts";
import { parquetDocuments } from "./parquet.ts";
import { TextDocuments } from "./text.ts";

export interface ReadOptions {
  /** Fields or columns with the text; the first that exists is used. */
  readonly fields: readonly string[];
  /**
   * Text documents longer than this are split into parts of at least this many bytes, which end with a line. For
   * readers to which document borders do not matter. Default: never split.
   */
  readonly partBytes?: number;
  /** Called with the bytes of the file as it is stored, in order, each once. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

const CHUNK_BYTES = 1 << 20;

/** Documents in order, in lists. @throws FileError, FormatError, UnsupportedError. */
export async function* readDocuments(
  input: DocumentInput,
  { fields, partBytes, onBytes = () => {} }: ReadOptions,
): AsyncGenerator<readonly FoundDocument[]> {
  if (input.format === "parquet") {
    yield* parquetOf(input, fields, onBytes);
    return;
  }
  const parser =
    input.format === "text"
      ? new TextDocuments(input.name, partBytes)
      : new JsonlDocuments(input.name, fields);
  const raw = watched(input.chunks ?? fileChunks(input), onBytes);
  for await (const chunk of decompressed(raw, input.name)) yield parser.push(chunk);
  yield parser.end();
}

async function* watched(chunks: Chunks, onBytes: (bytes: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes(chunk);
    yield chunk;
  }
}

/** Yields copies: decompression may still read them after the file is closed. An empty file cannot be mapped. */
export async function* fileChunks({
  name,
  byteLength,
}: Pick<DocumentInput, "name" | "byteLength">): AsyncGenerator<Uint8Array> {
  if (byteLength === 0) return;
  using source = platform.open(name);
  for (let at = 0; at < source.byteLength; at += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, source.byteLength - at);
    yield source.bytes(at, length).slice();
    source.release?.(at, length);
    await platform.yieldToEventLoop();
  }
}

async function* parquetOf(
  { name, chunks }: DocumentInput,
  fields: readonly string[],
  onBytes: (bytes: Uint8Array) => void,
): AsyncGenerator<readonly FoundDocument[]> {
  if (chunks !== undefined) {
    throw new UnsupportedError({
      doing: `read Parquet from ${name}`,
      expected: "a file",
      found: "a stream",
      fix: "save it as a file first: its index is at its end",
    });
  }
  using source = platform.open(name);
  for (let at = 0; at < source.byteLength; at += CHUNK_BYTES)
    onBytes(source.bytes(at, Math.min(CHUNK_BYTES, source.byteLength - at)));
  yield* parquetDocuments(source, fields);
}
