/**
 * Keys and values of a text's beginning in a file, so that a later process need not compute them. They are valid only for
 * the model, the backend and the type of cache that made them, which the file names; and its checksum must match.
 *
 *     0     8   "CRIACACH"
 *     8     4   version: 1
 *     12    4   length H of the header
 *     16    H   header: JSON, see Header
 *     16+H      tokens: i32 each
 *     …         pages: for each page, for each state of the cache, its bytes
 *     end-32    SHA-256 of everything before
 *
 * All integers are little-endian. The last page may be partly filled.
 */

import * as z from "zod/mini";
import { platform } from "#platform";
import type { ByteSource } from "../base/bytes.ts";
import { FormatError } from "../base/errors.ts";
import type { LlamaRunner, SequenceOptions } from "../model/runner.ts";
import { integerFrom } from "../schema/schema.ts";

const MAGIC = "CRIACACH";
const VERSION = 1;
const HEAD_BYTES = 16;
const MAX_HEADER = 1 << 20;
const HASH_BYTES = 32;

/** What the pages are valid for. */
const HEADER = z.strictObject({
  /** Hash of the model's weights and configuration. */
  model: z.string(),
  backend: z.string(),
  cacheType: z.string(),
  /** Of the products of floats. */
  precision: z._default(z.string(), "f32"),
  pageSize: integerFrom(1, 2 ** 16),
  /** Bytes of a page in each state. */
  pageBytes: z.array(integerFrom(0, 2 ** 31 - 1)),
  /** The positions are rotated for long texts. */
  long: z.boolean(),
  tokenCount: integerFrom(1, 2 ** 25),
});
type Header = z.output<typeof HEADER>;

/** Identity of the model that computes: its hash, and the backend, whose layout of pages is its own. */
export type CacheMaker = Pick<Header, "model" | "backend">;

/** How a text's pages are found; see SequenceOptions. */
export type CacheSpace = Pick<SequenceOptions, "space">;

const utf8 = new TextEncoder();

/** Pages between which the event loop runs. */
const BATCH = 16;

function headerOf(runner: LlamaRunner, maker: CacheMaker, long: boolean, tokenCount: number): Header {
  const { cacheDtype: cacheType, pageSize } = runner.limits;
  const { precision } = runner;
  return {
    ...maker,
    cacheType,
    precision,
    pageSize,
    pageBytes: [...runner.pageByteLengths],
    long,
    tokenCount,
  };
}

/**
 * Writes what the cache holds of a text's beginning. The file appears only when it is complete.
 * @returns the number of tokens written; 0 if the cache holds nothing of the text, and then no file is written.
 */
export async function saveCache(
  path: string,
  runner: LlamaRunner,
  maker: CacheMaker,
  tokens: readonly number[],
  { space }: CacheSpace,
): Promise<number> {
  const long = tokens.length > runner.shortLength;
  using sequence = runner.createSequence({ space, long });
  const count = sequence.adopt(tokens);
  if (count === 0) return 0;
  const { pageSize } = runner.limits;
  const header = utf8.encode(JSON.stringify(headerOf(runner, maker, long, count)));
  const hash = platform.hash("sha256");
  using sink = platform.createFile(path, { overwrite: true });
  const write = (bytes: Uint8Array): void => {
    hash.update(bytes);
    sink.write(bytes);
  };
  write(fixedHead(header.length));
  write(header);
  write(integers(sequence.tokens));
  for (let page = 0; page * pageSize < count; page++) {
    for (const part of runner.readPage(sequence, page)) write(part);
    if (page % BATCH === 0) await platform.yieldToEventLoop();
  }
  sink.write(fromHex(hash.digest()));
  sink.commit();
  return count;
}

function fixedHead(headerLength: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(utf8.encode(MAGIC));
  const view = new DataView(head.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, headerLength, true);
  return head;
}

function integers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setInt32(4 * i, value, true);
  return bytes;
}

const fromHex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));

/**
 * Brings the pages of a file into the cache. Texts that begin with its tokens then take them.
 * @returns the tokens.
 * @throws FormatError if the file is damaged, or made by another model, backend or type of cache.
 */
export async function restoreCache(
  path: string,
  runner: LlamaRunner,
  maker: CacheMaker,
  { space }: CacheSpace,
): Promise<readonly number[]> {
  using source = platform.open(path);
  const header = readHeader(source, runner, maker);
  const { tokenCount, pageSize, long } = header;
  const pagesAt = HEAD_BYTES + header.length + 4 * tokenCount;
  const tokens = readTokens(source, pagesAt - 4 * tokenCount, tokenCount, runner.config.vocabSize);
  await checkHash(source);
  using sequence = runner.createSequence({ space, long });
  let at = pagesAt;
  for (let page = 0; page * pageSize < tokenCount; page++) {
    const parts = header.pageBytes.map((length) => {
      at += length;
      return source.bytes(at - length, length);
    });
    const own = tokens.slice(page * pageSize, (page + 1) * pageSize);
    runner.restorePage(sequence, own, parts);
    if (page % BATCH === 0) await platform.yieldToEventLoop();
  }
  return tokens;
}

/** The header, checked against this model, with its length in the file. */
function readHeader(
  source: ByteSource,
  runner: LlamaRunner,
  maker: CacheMaker,
): Header & { readonly length: number } {
  const refuse = (expected: string, found: string): FormatError =>
    new FormatError({ doing: `restore the cache from "${source.name}"`, expected, found });
  const head = source.bytes(0, HEAD_BYTES);
  const view = new DataView(head.buffer, head.byteOffset, HEAD_BYTES);
  const length = view.getUint32(12, true);
  if (new TextDecoder().decode(head.subarray(0, 8)) !== MAGIC || view.getUint32(8, true) !== VERSION)
    throw refuse(`a saved cache, version ${VERSION}`, "another file");
  if (length > MAX_HEADER) throw refuse(`a header of at most ${MAX_HEADER} bytes`, `${length}`);
  const header = parseHeader(source.bytes(HEAD_BYTES, length));
  if (header === undefined) throw refuse("a valid header", "another one");
  const expected = headerOf(runner, maker, header.long, header.tokenCount);
  for (const key of ["model", "backend", "cacheType", "precision", "pageSize", "pageBytes"] as const) {
    const [wanted, found] = [expected[key], header[key]].map((value) => JSON.stringify(value).slice(0, 80));
    if (wanted !== found) throw refuse(`${key} ${wanted}`, found);
  }
  const pages = Math.ceil(header.tokenCount / header.pageSize);
  const perPage = header.pageBytes.reduce((sum, bytes) => sum + bytes, 0);
  const total = HEAD_BYTES + length + 4 * header.tokenCount + pages * perPage + HASH_BYTES;
  if (source.byteLength !== total) throw refuse(`${total} bytes`, `${source.byteLength}`);
  if (header.tokenCount > runner.limits.context)
    throw refuse(`at most ${runner.limits.context} tokens`, `${header.tokenCount}`);
  return { ...header, length };
}

function parseHeader(bytes: Uint8Array): Header | undefined {
  try {
    const { success, data } = z.safeParse(HEADER, JSON.parse(new TextDecoder().decode(bytes)));
    return success ? data : undefined;
  } catch {
    return undefined;
  }
}

function readTokens(source: ByteSource, from: number, count: number, vocabSize: number): number[] {
  const bytes = source.bytes(from, 4 * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => {
    const token = view.getInt32(4 * i, true);
    if (token >= 0 && token < vocabSize) return token;
    throw new FormatError({
      doing: `restore the cache from "${source.name}"`,
      expected: `tokens below ${vocabSize}`,
      found: `${token}`,
    });
  });
}

const PIECE = 1 << 22;

async function checkHash(source: ByteSource): Promise<void> {
  const hash = platform.hash("sha256");
  const end = source.byteLength - HASH_BYTES;
  for (let at = 0; at < end; at += PIECE) {
    hash.update(source.bytes(at, Math.min(PIECE, end - at)));
    await platform.yieldToEventLoop();
  }
  const stored = Array.from(source.bytes(end, HASH_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  if (hash.digest() === stored) return;
  throw new FormatError({
    doing: `restore the cache from "${source.name}"`,
    expected: "the checksum of its content",
    found: "another one",
    fix: "the file is damaged; save it again",
  });
}
