/**
 * Files and folders that appear complete or not at all: written under a temporary name next to the target,
 * flushed to disk, then renamed.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DISPOSE } from "../base/dispose.ts";
import { FileError } from "../base/errors.ts";
import { fileError } from "./node-source.ts";
import { checkReplaceable, checkTarget, inheritMode } from "./node-target.ts";
import { forgetTemporary, keepTemporary, temporaryName } from "./node-temporary.ts";
import type { FileSink, FolderSink, WriteOptions } from "./platform.ts";

/** `writeSync` takes at most 2 GiB at a time. */
const MAX_WRITE_BYTES = 1 << 30;

/** Makes a rename durable. Some systems cannot flush a folder; the error is ignored there. */
export function flushFolder(folder: string): void {
  try {
    const fd = openSync(folder, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {}
}

/** Writes all of `bytes` at `position`: one call may write only a part. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    const wanted = Math.min(bytes.byteLength - done, MAX_WRITE_BYTES);
    done += writeSync(fd, bytes, done, wanted, position + done);
  }
}

class NodeFileSink implements FileSink {
  /** As given by the caller. */
  readonly #given: string;
  /** The target of the link, if it is one. */
  readonly #target: string;
  readonly #temporary: string;
  readonly #options: WriteOptions;
  #fd: number | undefined;
  #position = 0;

  constructor(target: string, options: WriteOptions) {
    this.#given = target;
    this.#options = options;
    this.#target = this.#try(() => checkTarget(this.#doing, target, "file", options));
    this.#temporary = temporaryName(this.#target);
    this.#fd = this.#try(() => openSync(this.#temporary, "wx"));
    keepTemporary(this.#temporary);
  }

  get #doing(): string {
    return `write "${this.#given}"`;
  }
  #try<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw fileError(this.#doing, error);
    }
  }
  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    throw new FileError({ doing: this.#doing, found: "it was committed or aborted already" });
  }

  get position(): number {
    return this.#position;
  }

  write(bytes: Uint8Array): void {
    const fd = this.#open();
    this.#try(() => writeAll(fd, bytes, this.#position));
    this.#position += bytes.byteLength;
  }

  writeAt(offset: number, bytes: Uint8Array): void {
    const fd = this.#open();
    if (!(offset >= 0 && offset + bytes.byteLength <= this.#position)) {
      throw new FileError({
        doing: this.#doing,
        expected: `to overwrite bytes inside the ${this.#position} written so far`,
        found: `${bytes.byteLength} bytes at offset ${offset}`,
      });
    }
    this.#try(() => writeAll(fd, bytes, offset));
  }

  commit(): void {
    const fd = this.#open();
    try {
      this.#try(() => fsyncSync(fd));
      this.#close();
      this.#try(() => {
        // Another process may have written the target meanwhile. (A rename always replaces.)
        checkTarget(this.#doing, this.#target, "file", this.#options);
        inheritMode(this.#target, this.#temporary);
        renameSync(this.#temporary, this.#target);
      });
      forgetTemporary(this.#temporary);
    } catch (error) {
      this.#discard();
      throw error;
    }
    flushFolder(dirname(this.#target));
  }

  abort(): void {
    if (this.#fd !== undefined) this.#discard();
  }
  [DISPOSE](): void {
    this.abort();
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
  #discard(): void {
    this.#close();
    if (existsSync(this.#temporary)) unlinkSync(this.#temporary);
    forgetTemporary(this.#temporary);
  }
}

class NodeFolderSink implements FolderSink {
  readonly #given: string;
  readonly #target: string;
  readonly #temporary: string;
  readonly #options: WriteOptions;
  readonly #files = new Map<string, NodeFileSink>();
  #done = false;

  constructor(target: string, options: WriteOptions) {
    this.#given = target.replace(/(?<=.)[/\\]+$/, "");
    this.#options = options;
    this.#target = this.#try(() => checkTarget(this.#doing, this.#given, "folder", options));
    // Refuse at the start, not after long work.
    if (options.replaces !== undefined) this.#checkOld(options.replaces);
    this.#temporary = temporaryName(this.#target);
    this.#try(() => mkdirSync(this.#temporary));
    keepTemporary(this.#temporary);
  }

  #checkOld(isOurs: (name: string) => boolean): void {
    if (existsSync(this.#target)) this.#try(() => checkReplaceable(this.#doing, this.#target, isOurs));
  }

  get #doing(): string {
    return `write folder "${this.#given}"`;
  }
  #try<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw fileError(this.#doing, error);
    }
  }
  #checkOpen(): void {
    if (this.#done) throw new FileError({ doing: this.#doing, found: "it was committed or aborted already" });
  }

  file(name: string): FileSink {
    this.#checkOpen();
    if (name !== basename(name) || name === "" || name === "." || name === "..") {
      throw new FileError({
        doing: `write "${name}" in "${this.#given}"`,
        found: "the name is not a plain file name",
      });
    }
    const sink = new NodeFileSink(join(this.#temporary, name), {});
    this.#files.set(name, sink);
    return sink;
  }

  /** Files that were not committed are omitted. */
  commit(): void {
    this.#checkOpen();
    for (const file of this.#files.values()) file.abort();
    try {
      flushFolder(this.#temporary);
      const { replaces } = this.#options;
      this.#try(() => checkTarget(this.#doing, this.#target, "folder", this.#options));
      this.#checkOld((name) => this.#files.has(name) || replaces?.(name) === true);
      this.#try(() => this.#swap());
    } catch (error) {
      this.abort();
      throw error;
    }
    this.#done = true;
    forgetTemporary(this.#temporary);
    flushFolder(dirname(this.#target));
  }

  /**
   * A folder cannot be renamed over another: the old one is moved aside, and restored if the new one fails.
   */
  #swap(): void {
    if (!existsSync(this.#target)) {
      renameSync(this.#temporary, this.#target);
      return;
    }
    for (const name of this.#files.keys()) {
      const fresh = join(this.#temporary, name);
      if (existsSync(fresh)) inheritMode(join(this.#target, name), fresh);
    }
    inheritMode(this.#target, this.#temporary);
    const old = temporaryName(this.#target);
    renameSync(this.#target, old);
    try {
      renameSync(this.#temporary, this.#target);
    } catch (error) {
      renameSync(old, this.#target);
      throw error;
    }
    rmSync(old, { recursive: true });
  }

  abort(): void {
    if (this.#done) return;
    this.#done = true;
    for (const file of this.#files.values()) file.abort();
    rmSync(this.#temporary, { recursive: true, force: true });
    forgetTemporary(this.#temporary);
  }
  [DISPOSE](): void {
    this.abort();
  }
}

export function createFile(path: string, options: WriteOptions = {}): FileSink {
  return new NodeFileSink(path, options);
}

export function createFolder(path: string, options: WriteOptions = {}): FolderSink {
  return new NodeFolderSink(path, options);
}
