/**
 * Files that outlive the process and are shared with others: the store of models. All calls wait, because a web page
 * has no other kind.
 */
import type { Ranges } from "../base/ranges.ts";

export interface DiskEntry {
  readonly name: string;
  /** A link whose target is missing is "dangling". */
  readonly kind: "file" | "folder" | "dangling";
  /** Whether it is a link; kind and length are its target's. */
  readonly isLink: boolean;
  readonly byteLength: number;
  /** Of the last change, in milliseconds since 1970. */
  readonly modified: number;
}

/**
 * A file that arrives in pieces, in any order. What was written stays, also if the process is killed; the next one
 * that opens the same part continues it.
 */
export interface PartFile {
  readonly byteLength: number;
  /** The bytes that are there. */
  readonly have: Ranges;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Bytes that are there. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Keeps what is there for a later process. */
  close(): Promise<void>;
  /** Flushes and gives the file its name. */
  finish(path: string): Promise<void>;
  /** Removes what is there. */
  discard(): Promise<void>;
}

export interface PartOptions {
  readonly byteLength: number;
  /** What the bytes belong to, such as a checksum. A part with another identity is discarded. */
  readonly identity: string;
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then while another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
}

export interface Disk {
  /** Whether links work in this folder, which is created; without them files are moved or copied. */
  canLink(folder: string): Promise<boolean>;
  /** Sorted by name; empty for a missing folder. */
  list(folder: string): Promise<DiskEntry[]>;
  entry(path: string): Promise<DiskEntry | undefined>;
  /** Where a link leads, as an absolute path; undefined for other entries. */
  linkTarget(path: string): Promise<string | undefined>;
  /** A small text file; undefined if it does not exist. Throws FileError if it is longer than `maxBytes`. */
  readText(path: string, maxBytes: number): Promise<string | undefined>;
  /** Writes under a temporary name and renames; creates the folders. Only the owner may read it if `isPrivate`. */
  writeText(path: string, text: string, options?: { readonly isPrivate?: boolean }): Promise<void>;
  read(path: string): AsyncIterable<Uint8Array>;
  makeFolder(path: string): Promise<void>;
  /** A file, a link or a folder with its content; no effect if it does not exist. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /** A relative link at `path` to `target`, which replaces what is there. */
  link(target: string, path: string): Promise<void>;
  openPart(path: string, options: PartOptions): Promise<PartFile>;
  /** Removes a part that no process continues. */
  removePart(path: string): Promise<void>;
  /** Bytes that may still be written; undefined if unknown. */
  freeBytes(folder: string): Promise<number | undefined>;
  /**
   * Waits until no other process, and no other call here, holds the lock. A lock whose owner has died is taken over.
   * @returns the function that releases it.
   */
  lock(path: string, options?: LockOptions): Promise<() => Promise<void>>;
}
