/** Opens files for reading: mapped if possible, otherwise read piece by piece. */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type ByteSource, checkRange } from "../base/bytes.ts";
import { DISPOSE } from "../base/dispose.ts";
import { DeviceError, FileError, UnsupportedError } from "../base/errors.ts";
import { type FileMapping, mapFile } from "./node-map.ts";

/** The system's error codes in the user's terms. */
const ADVICE: Record<string, { found: string; fix: string }> = {
  ENOENT: { found: "there is no such file or folder", fix: "check the path" },
  EACCES: { found: "permission denied", fix: "check the permissions of the file and of its parent folders" },
  EPERM: { found: "the system does not permit it", fix: "check the permissions of the file and its folder" },
  EISDIR: { found: "it is a folder", fix: "give a file inside it" },
  ENOTDIR: { found: "a part of the path is a file, not a folder", fix: "check the path" },
  EEXIST: { found: "it exists already", fix: "remove it or ask to overwrite" },
  ENOTEMPTY: { found: "the folder exists and is not empty", fix: "remove it or ask to overwrite" },
  ENOSPC: { found: "the disk is full", fix: "free some space or write elsewhere" },
  EROFS: { found: "the disk is read-only", fix: "write elsewhere" },
  ENFILE: { found: "the system has too many open files", fix: "close some programs" },
  ENOMEM: { found: "the system has no memory left for it", fix: "close some programs" },
  EDQUOT: { found: "the quota of the disk is used up", fix: "free some space or write elsewhere" },
  EFBIG: {
    found: "the file would be larger than permitted",
    fix: "raise the limit (ulimit -f), or write shards",
  },
  EIO: { found: "the disk cannot be read or written there", fix: "check the disk" },
  ELOOP: { found: "its links form a cycle", fix: "check the links" },
  ENAMETOOLONG: { found: "the name is too long", fix: "choose a shorter one" },
  EMFILE: { found: "too many open files", fix: "close some, or raise the limit (ulimit -n)" },
};

/** The FileError for an error that node:fs threw. */
export function fileError(doing: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause;
  const code = (cause as { code?: string } | null)?.code ?? "";
  const advice = ADVICE[code];
  if (advice !== undefined) return new FileError({ doing, ...advice, cause });
  return new FileError({ doing, found: cause instanceof Error ? cause.message : String(cause), cause });
}

/** The error of a disposed source: reading it is a bug in the program, not a problem of the file. */
function closed(name: string): FileError {
  return new FileError({
    doing: `read "${name}"`,
    found: "the file has been closed",
    fix: "read before dispose()",
  });
}

/** The maximum ArrayBuffer of Node 20. For a longer view, koffi aborts the process. */
const MAX_VIEW_BYTES = 2 ** 32;

/** Refuses ranges outside the file, and ranges too long for an ArrayBuffer. */
function checkView(name: string, byteLength: number, offset: number, length: number): void {
  checkRange(name, byteLength, offset, length);
  if (length <= MAX_VIEW_BYTES) return;
  throw new UnsupportedError({
    doing: `read "${name}"`,
    expected: "at most 4 GiB at a time",
    found: `${length} bytes at offset ${offset}`,
    fix: "read it in parts",
  });
}

function mappedSource(name: string, mapping: FileMapping): ByteSource {
  return {
    name,
    byteLength: mapping.byteLength,
    mapped: true,
    get address() {
      return mapping.address;
    },
    bytes(offset, length) {
      checkView(name, mapping.byteLength, offset, length);
      if (mapping.address === undefined) throw closed(name);
      return mapping.view(offset, length);
    },
    release(offset, length) {
      checkRange(name, mapping.byteLength, offset, length);
      mapping.release(offset, length);
    },
    dispose: () => mapping.dispose(),
    [DISPOSE]: () => mapping.dispose(),
  };
}

/** Allocates memory for a read. The engine throws a plain RangeError if there is none. */
function allocate(name: string, length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new DeviceError({
      doing: `read "${name}"`,
      expected: `memory for ${length} bytes`,
      found: "none left",
      fix: "close some programs, or map the file (without --no-mmap)",
      cause,
    });
  }
}

/** `readSync` takes at most 2 GiB at a time. */
const MAX_READ_BYTES = 1 << 30;

function readSource(name: string, fd: number, byteLength: number): ByteSource {
  let open = true;
  const dispose = () => {
    if (open) closeSync(fd);
    open = false;
  };
  return {
    name,
    byteLength,
    mapped: false,
    bytes(offset, length) {
      checkView(name, byteLength, offset, length);
      if (!open) throw closed(name);
      const bytes = allocate(name, length);
      let done = 0;
      while (done < length) {
        const wanted = Math.min(length - done, MAX_READ_BYTES);
        const got = readSync(fd, bytes, done, wanted, offset + done);
        if (got === 0) {
          throw new FileError({
            doing: `read "${name}"`,
            expected: `${length} bytes at offset ${offset}`,
            found: `the file's end after ${done}`,
            fix: "the file was truncated while it was open",
          });
        }
        done += got;
      }
      return bytes;
    },
    dispose,
    [DISPOSE]: dispose,
  };
}

export interface OpenOptions {
  /** False: read piece by piece even if mapping works. */
  readonly map?: boolean;
}

/**
 * Opens a file for reading. Throws FileError if it is missing, a folder, not permitted or empty.
 */
export function openFile(path: string, { map = true }: OpenOptions = {}): ByteSource {
  const doing = `open "${path}"`;
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // a named pipe would block
  } catch (error) {
    throw fileError(doing, error);
  }
  let kept = false;
  try {
    const status = fstatSync(fd);
    if (status.isDirectory()) throw fileError(doing, { code: "EISDIR" });
    if (!status.isFile()) {
      throw new FileError({ doing, found: "it is a pipe or a device", fix: "copy it to a file first" });
    }
    if (status.size === 0) {
      throw new FileError({ doing, found: "the file is empty", fix: "fetch it again" });
    }
    const mapping = map ? mapFile(fd, status.size) : undefined;
    if (mapping !== undefined) return mappedSource(path, mapping);
    kept = true;
    return readSource(path, fd, status.size);
  } finally {
    if (!kept) closeSync(fd);
  }
}
