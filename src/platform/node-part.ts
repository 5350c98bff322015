/**
 * Files that arrive in pieces. The bytes are in `PATH`, at their places; `PATH.log` names the ranges that are there:
 *
 *     1. a line of JSON: version, byteLength and identity
 *     2. "START END" per range, appended after its bytes were written
 *
 * A killed process leaves at most bytes without a line, which are fetched again. After a power failure a line may lack
 * its bytes: only the checksum of the whole file decides.
 */
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FileError } from "../base/errors.ts";
import { Ranges } from "../base/ranges.ts";
import type { PartFile, PartOptions } from "./disk.ts";
import { openRandom } from "./node-random-file.ts";
import { fileError } from "./node-source.ts";
import type { RandomFile } from "./random-file.ts";

const VERSION = 1;
/** The ranges of 1 TiB in pieces of 1 MiB take some 25 MB. */
const MAX_LOG_BYTES = 64 << 20;

const logOf = (path: string): string => `${path}.log`;

class NodePartFile implements PartFile {
  readonly byteLength: number;
  readonly have: Ranges;
  readonly #path: string;
  readonly #data: RandomFile;
  readonly #log: FileHandle;
  #isOpen = true;

  constructor(path: string, byteLength: number, have: Ranges, data: RandomFile, log: FileHandle) {
    this.#path = path;
    this.byteLength = byteLength;
    this.have = have;
    this.#data = data;
    this.#log = log;
  }

  async #try<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw fileError(`write "${this.#path}"`, error);
    }
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const end = offset + bytes.byteLength;
    await this.#data.write(offset, bytes);
    await this.#try(() => this.#log.appendFile(`${offset} ${end}\n`));
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
    await this.#try(async () => {
      await this.#data.flush();
      await this.close();
      await mkdir(dirname(path), { recursive: true });
      await rename(this.#path, path);
      await rm(logOf(this.#path), { force: true });
    });
  }

  async discard(): Promise<void> {
    await this.close();
    await removePart(this.#path);
  }
}

/** Both files of a part. The log goes first: without it the bytes count as absent. */
export async function removePart(path: string): Promise<void> {
  await rm(logOf(path), { force: true });
  await rm(path, { force: true });
}

export async function openPart(path: string, { byteLength, identity }: PartOptions): Promise<PartFile> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const header = JSON.stringify({ version: VERSION, byteLength, identity });
    const have = await readLog(path, header, byteLength);
    if (have.size === 0) await removePart(path);
    const data = await openRandom(path, { write: true });
    await data.setByteLength(byteLength);
    // Written anew, so that torn and repeated lines do not accumulate.
    const lines = have.parts.map(({ start, end }) => `${start} ${end}\n`);
    await writeFile(`${logOf(path)}.tmp`, `${header}\n${lines.join("")}`);
    await rename(`${logOf(path)}.tmp`, logOf(path));
    return new NodePartFile(path, byteLength, have, data, await open(logOf(path), "a"));
  } catch (error) {
    throw fileError(`write "${path}"`, error);
  }
}

/** The ranges of a log with this header; empty if it is another's, or damaged. */
async function readLog(path: string, header: string, byteLength: number): Promise<Ranges> {
  const have = new Ranges();
  const size = await sizeOf(path);
  const logSize = await sizeOf(logOf(path));
  if (size !== byteLength || logSize === undefined || logSize > MAX_LOG_BYTES) return have;
  const [first, ...lines] = (await readFile(logOf(path), "utf8")).split("\n");
  if (first !== header) return have;
  lines.pop(); // what follows the last line break is torn, or empty
  for (const line of lines) {
    const [, start, end] = /^(\d{1,16}) (\d{1,16})$/.exec(line) ?? [];
    if (start !== undefined && Number(end) <= byteLength) have.add(Number(start), Number(end));
  }
  return have;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}
