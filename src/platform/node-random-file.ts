/** Random access to files through node:fs/promises, so that the main thread does not wait for the disk. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import { FileError } from "../base/errors.ts";
import { fileError } from "./node-source.ts";
import type { RandomFile, RandomFileOptions } from "./random-file.ts";

/** Windows lacks O_NOFOLLOW and O_NONBLOCK. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const WRITE =
  constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

class NodeRandomFile implements RandomFile {
  readonly path: string;
  readonly #file: FileHandle;

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  async #try<T>(verb: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw fileError(`${verb} "${this.path}"`, error);
    }
  }

  byteLength(): Promise<number> {
    return this.#try("look at", async () => (await this.#file.stat()).size);
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#try("read", async () => {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await this.#file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    });
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#try("write", async () => {
      let done = 0;
      while (done < bytes.byteLength) {
        const rest = bytes.byteLength - done;
        done += (await this.#file.write(bytes, done, rest, offset + done)).bytesWritten;
      }
    });
  }

  setByteLength(byteLength: number): Promise<void> {
    return this.#try("write", () => this.#file.truncate(byteLength));
  }
  flush(): Promise<void> {
    return this.#try("write", () => this.#file.sync());
  }
  close(): Promise<void> {
    return this.#try("close", () => this.#file.close());
  }
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }
}

export async function openRandom(
  path: string,
  { write = false }: RandomFileOptions = {},
): Promise<RandomFile> {
  const doing = `${write ? "write" : "open"} "${path}"`;
  let file: FileHandle | undefined;
  try {
    file = await open(path, write ? WRITE : READ);
    if ((await file.stat()).isFile()) return new NodeRandomFile(path, file);
    throw new FileError({ doing, found: "it is not a regular file", fix: "name a file" });
  } catch (error) {
    await file?.close();
    throw fileError(doing, error);
  }
}
