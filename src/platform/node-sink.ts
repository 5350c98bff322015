/**
 * Files and folders that appear whole or not at all: written under a temporary name beside the target,
 * flushed to disk, then renamed.
 */

import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DISPOSE } from "../base/dispose.ts";
import { FileError } from "../base/errors.ts";
import { fileError } from "./node-source.ts";
import type { FileSink, FolderSink, WriteOptions } from "./platform.ts";

/** `writeSync` takes at most 2 GiB at a time. */
const MAX_WRITE_BYTES = 1 << 30;

function temporaryName(target: string): string {
  return join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function refuseExisting(doing: string, target: string, overwrite: boolean): void {
  if (overwrite || !exists(target)) return;
  throw fileError(doing, { code: "EEXIST" });
}

/** Makes a rename durable. Not every system can flush a folder: those that cannot lose nothing else by it. */
function flushFolder(folder: string): void {
  try {
    const fd = openSync(folder, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {}
}

/** Writes all of `bytes` at `position`: one call may write less than it was given. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    const wanted = Math.min(bytes.byteLength - done, MAX_WRITE_BYTES);
    done += writeSync(fd, bytes, done, wanted, position + done);
  }
}

class NodeFileSink implements FileSink {
  readonly #target: string;
  readonly #temporary: string;
  readonly #overwrite: boolean;
  #fd: number | undefined;
  #position = 0;

  constructor(target: string, overwrite: boolean) {
    this.#target = target;
    this.#overwrite = overwrite;
    this.#temporary = temporaryName(target);
    refuseExisting(this.#doing, target, overwrite);
    if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
      throw fileError(this.#doing, { code: "EISDIR" });
    }
    this.#fd = this.#try(() => openSync(this.#temporary, "wx"));
  }

  get #doing(): string {
    return `write "${this.#target}"`;
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
      // Somebody else may have written the target meanwhile. (A rename itself always replaces.)
      refuseExisting(this.#doing, this.#target, this.#overwrite);
      this.#try(() => renameSync(this.#temporary, this.#target));
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
  }
}

class NodeFolderSink implements FolderSink {
  readonly #target: string;
  readonly #temporary: string;
  readonly #overwrite: boolean;
  readonly #files: NodeFileSink[] = [];
  #done = false;

  constructor(target: string, overwrite: boolean) {
    this.#target = target.replace(/(?<=.)[/\\]+$/, "");
    this.#overwrite = overwrite;
    this.#temporary = temporaryName(this.#target);
    refuseExisting(this.#doing, this.#target, overwrite);
    this.#try(() => mkdirSync(this.#temporary));
  }

  get #doing(): string {
    return `write folder "${this.#target}"`;
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
        doing: `write "${name}" in "${this.#target}"`,
        found: "the name is no plain file name",
      });
    }
    const sink = new NodeFileSink(join(this.#temporary, name), false);
    this.#files.push(sink);
    return sink;
  }

  /** Files that were not committed are left out. */
  commit(): void {
    this.#checkOpen();
    for (const file of this.#files) file.abort();
    try {
      flushFolder(this.#temporary);
      refuseExisting(this.#doing, this.#target, this.#overwrite);
      this.#try(() => this.#swap());
    } catch (error) {
      this.abort();
      throw error;
    }
    this.#done = true;
    flushFolder(dirname(this.#target));
  }

  /** A folder cannot be renamed over another: the old one steps aside, and comes back if the new one fails. */
  #swap(): void {
    if (!exists(this.#target)) {
      renameSync(this.#temporary, this.#target);
      return;
    }
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
    for (const file of this.#files) file.abort();
    rmSync(this.#temporary, { recursive: true, force: true });
  }
  [DISPOSE](): void {
    this.abort();
  }
}

export function createFile(path: string, { overwrite = false }: WriteOptions = {}): FileSink {
  return new NodeFileSink(path, overwrite);
}

export function createFolder(path: string, { overwrite = false }: WriteOptions = {}): FolderSink {
  return new NodeFolderSink(path, overwrite);
}
