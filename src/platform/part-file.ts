/**
 * Files that arrive in pieces. The bytes are in `PATH`, at their places; `PATH.log` names the ranges that are there:
 *
 *     1. a line of JSON: version, byteLength and identity
 *     2. "START END" per range, appended after its bytes were written
 *
 * A killed process leaves at most bytes without a line, which are fetched again. After a power failure a line may lack
 * its bytes: only the checksum of the whole file decides.
 */
import { FileError } from "../base/errors.ts";
import { Ranges } from "../base/ranges.ts";
import type { PartFile, PartOptions } from "./disk.ts";
import type { RandomFile } from "./random-file.ts";

/** What a part needs of a disk. */
export interface PartStorage {
  /** For reading and writing; created, with its folder, if it does not exist. */
  open(path: string): Promise<RandomFile>;
  /** Undefined if there is no such file. */
  byteLength(path: string): Promise<number | undefined>;
  readText(path: string, maxBytes: number): Promise<string | undefined>;
  /** Replaces a file as a whole. */
  writeText(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** No effect if there is no such file. */
  remove(path: string): Promise<void>;
}

const VERSION = 1;
/** The ranges of 1 TiB in pieces of 1 MiB take some 25 MB. */
const MAX_LOG_BYTES = 64 << 20;

const logOf = (path: string): string => `${path}.log`;
const utf8 = new TextEncoder();

class StoredPart implements PartFile {
  readonly byteLength: number;
  readonly have: Ranges;
  readonly #storage: PartStorage;
  readonly #path: string;
  readonly #data: RandomFile;
  readonly #log: RandomFile;
  #logBytes: number;
  #isOpen = true;

  constructor(
    storage: PartStorage,
    path: string,
    have: Ranges,
    data: RandomFile,
    log: RandomFile,
    sizes: { readonly byteLength: number; readonly logBytes: number },
  ) {
    this.#storage = storage;
    this.#path = path;
    this.byteLength = sizes.byteLength;
    this.have = have;
    this.#data = data;
    this.#log = log;
    this.#logBytes = sizes.logBytes;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const end = offset + bytes.byteLength;
    await this.#data.write(offset, bytes);
    const line = utf8.encode(`${offset} ${end}\n`);
    const at = this.#logBytes;
    this.#logBytes += line.byteLength;
    await this.#log.write(at, line);
    this.have.add(offset, end);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#data.read(offset, length);
    if (bytes.byteLength === length) return bytes;
    throw new FileError({
      doing: `read "${this.#path}"`,
      expected: `the ${length} bytes that were written at ${offset}`,
      found: `${bytes.byteLength}`,
      fix: "another program truncated the file; try again",
    });
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#data.close();
    await this.#log.close();
  }

  async finish(path: string): Promise<void> {
    await this.#data.flush();
    await this.close();
    await this.#storage.rename(this.#path, path);
    await this.#storage.remove(logOf(this.#path));
  }

  async discard(): Promise<void> {
    await this.close();
    await removePart(this.#storage, this.#path);
  }
}

/** Both files of a part. The log goes first: without it the bytes count as absent. */
export async function removePart(storage: PartStorage, path: string): Promise<void> {
  await storage.remove(logOf(path));
  await storage.remove(path);
}

export async function openPart(
  storage: PartStorage,
  path: string,
  { byteLength, identity }: PartOptions,
): Promise<PartFile> {
  const header = JSON.stringify({ version: VERSION, byteLength, identity });
  const have = await readLog(storage, path, header, byteLength);
  if (have.size === 0) await removePart(storage, path);
  const data = await storage.open(path);
  let log: RandomFile | undefined;
  try {
    await data.setByteLength(byteLength);
    // Written anew, so that torn and repeated lines do not accumulate.
    const lines = have.parts.map(({ start, end }) => `${start} ${end}\n`);
    const text = `${header}\n${lines.join("")}`;
    await storage.writeText(logOf(path), text);
    log = await storage.open(logOf(path));
    return new StoredPart(storage, path, have, data, log, {
      byteLength,
      logBytes: utf8.encode(text).byteLength,
    });
  } catch (error) {
    await data.close();
    await log?.close();
    throw error;
  }
}

/** The ranges of a log with this header; empty if it is another's, or damaged. */
async function readLog(
  storage: PartStorage,
  path: string,
  header: string,
  byteLength: number,
): Promise<Ranges> {
  const have = new Ranges();
  const logBytes = (await storage.byteLength(logOf(path))) ?? 0;
  if ((await storage.byteLength(path)) !== byteLength || logBytes > MAX_LOG_BYTES) return have;
  const [first, ...lines] = ((await storage.readText(logOf(path), MAX_LOG_BYTES)) ?? "").split("\n");
  if (first !== header) return have;
  lines.pop(); // what follows the last line break is torn, or empty
  for (const line of lines) {
    const [, start, end] = /^(\d{1,16}) (\d{1,16})$/.exec(line) ?? [];
    if (start !== undefined && Number(end) <= byteLength) have.add(Number(start), Number(end));
  }
  return have;
}
