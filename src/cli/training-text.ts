/** The texts that a training reads: files, folders, the standard input; plain or compressed with gzip. */
import { createReadStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { FileError, FormatError, RequestError } from "../base/errors.ts";
import { type DocumentSource, readDocuments } from "../tokenizer/index.ts";

/** One input. */
export interface TextInput extends DocumentSource {
  /** Undefined for the standard input. */
  readonly path?: string;
  readonly byteLength: number;
}

export interface TextOptions {
  /** What is in it, whatever the name says. */
  readonly format?: "text" | "jsonl" | undefined;
  readonly field?: string | undefined;
}

const JSON_LINES = /\.(jsonl|ndjson)(\.gz)?$/i;
/** What is taken from folders. */
const TEXT_NAMES = /\.(txt|jsonl|ndjson)(\.gz)?$/i;
const JSON_ARRAYS = /\.json(\.gz)?$/i;
const CHUNK_BYTES = 1 << 20;

/** Finds all inputs that the arguments name. Throws FileError and RequestError before anything is read. */
export function findTexts(paths: readonly string[], options: TextOptions): TextInput[] {
  const inputs = paths.flatMap((path) => (path === "-" ? [standardInput(options)] : inputsOf(path, options)));
  if (inputs.length > 0) return inputs;
  throw new RequestError({
    doing: `read text from ${paths.map((path) => `"${path}"`).join(", ")}`,
    expected: "files named .txt, .jsonl, .txt.gz or .jsonl.gz",
    found: "none",
  });
}

function standardInput({ format = "text", field }: TextOptions): TextInput {
  return { name: "the standard input", format, byteLength: 0, ...(field === undefined ? {} : { field }) };
}

function inputsOf(path: string, options: TextOptions): TextInput[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw new FileError({ doing: `read "${path}"`, found: "no such file or folder" });
  if (status.isDirectory()) {
    const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
    return names
      .filter((name) => TEXT_NAMES.test(name))
      .flatMap((name) => inputsOf(join(path, name), options));
  }
  const format = options.format ?? (JSON_LINES.test(path) ? "jsonl" : "text");
  if (options.format === undefined && JSON_ARRAYS.test(path)) {
    throw new FormatError({
      doing: `read "${path}"`,
      expected: "plain text or JSON lines",
      found: "a name that says JSON",
      fix: "write it as .jsonl, one object a line; or say --format if it is that already",
    });
  }
  const field = options.field === undefined ? {} : { field: options.field };
  return [{ path, name: path, format, byteLength: status.size, ...field }];
}

export interface ReadingOptions {
  /** Is told of every piece that was read. */
  readonly onBytes: (byteLength: number) => void;
  /** Ends the reading, and the waiting for input, with its reason. */
  readonly signal: AbortSignal;
}

/** The documents of all inputs, one after another. */
export async function* documentsOf(
  inputs: readonly TextInput[],
  options: ReadingOptions,
): AsyncGenerator<string> {
  for (const input of inputs) yield* readDocuments(uncompressed(rawBytes(input, options), input.name), input);
}

async function* rawBytes({ path, name }: TextInput, { onBytes, signal }: ReadingOptions) {
  const stream = path === undefined ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Buffer>) {
      onBytes(chunk.length);
      yield chunk;
    }
  } catch (cause) {
    signal.throwIfAborted();
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new FileError({ doing: `read "${name}"`, found, cause });
  }
}

/** What the bytes are when gzip is taken off, if their beginning says that it is there. */
async function* uncompressed(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { value, done } = await iterator.next();
    if (done) break;
    head = Buffer.concat([head, value as Buffer]);
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(all(), name);
  else yield* all();
}

async function* gunzip(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const source = Readable.from(chunks);
  source.on("error", (error) => unzip.destroy(error));
  try {
    for await (const chunk of source.pipe(unzip)) yield chunk as Buffer;
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_"))) throw cause;
    throw new FormatError({
      doing: `read "${name}"`,
      expected: "a whole gzip file",
      found: cause.message,
      fix: "it is damaged or cut short; get it again",
      cause,
    });
  }
}
