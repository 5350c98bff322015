/**
 * Maps files into memory through koffi, the optional FFI package, on Linux and macOS. A mapping provides
 * ArrayBuffers over its pages. On dispose every buffer is detached (its views become empty) before the pages
 * are unmapped, so no view can ever point at unmapped memory.
 *
 * Not covered: if another process truncates a mapped file, the system raises SIGBUS, as in any program.
 */
import { closeSync, fstatSync, openSync } from "node:fs";
import { detach, whenCollected } from "./node-detach.ts";
import { requireKoffi } from "./node-place.ts";
import { tieToThread } from "./node-thread-end.ts";

/** The part of koffi that is used here; the package may be absent, so its types are not imported. */
export interface Koffi {
  readonly version: string;
  load(path: string | null): {
    symbol(name: string): bigint;
    func(name: string, result?: string, args?: string[]): (...args: unknown[]) => unknown;
  };
  view(address: bigint, length: number): ArrayBuffer;
  errno(): number;
}

/** The system functions that a mapping needs. */
export interface Libc {
  readonly koffi: Koffi;
  mmap(length: number, fd: number): bigint;
  /**
   * Asks the system to read what is not in its cache yet in huge pages, which are then mapped whole: no faults for small pages,
   * now and in later processes. Only advice: file systems that cannot do it ignore it.
   */
  preferHugePages(address: bigint, length: number): void;
  munmap(address: bigint, length: number): void;
  /** Drops whole pages from this process's memory; reading them again loads them from the file. */
  drop(address: bigint, length: number): void;
}

/** Whether mapping works here, and if not, the reason. */
export interface MappingSupport {
  readonly works: boolean;
  readonly koffiVersion?: string;
  readonly reason?: string;
}

const PROT_READ = 1;
const MAP_PRIVATE = 2;
const MADV_DONTNEED = 4;
const MADV_HUGEPAGE = 14;
const PAGE_BYTES = 4096n;
/** Smaller files hold no huge page, or hardly any. */
const HUGE_FROM_BYTES = 4 << 20;
const MAP_FAILED = 0xffffffffffffffffn;

let loaded: Libc | Error | undefined;

/**
 * koffi and libc, loaded once per thread. A worker thread that calls a raw address before its own first
 * `koffi.load` crashes the process, so libc is loaded before everything else.
 */
function loadLibc(): Libc | Error {
  if (loaded !== undefined) return loaded;
  try {
    if (process.platform !== "linux" && process.platform !== "darwin") {
      throw new Error(`memory maps are not implemented on ${process.platform}`);
    }
    const koffi = requireKoffi() as Koffi;
    const library = koffi.load(null);
    const mmap = library.func(
      "void *mmap(void *at, size_t length, int prot, int flags, int fd, int64_t offset)",
    );
    const munmap = library.func("int munmap(void *at, size_t length)");
    const madvise = library.func("int madvise(void *at, size_t length, int advice)");
    loaded = {
      koffi,
      mmap: (length, fd) => BigInt((mmap(null, length, PROT_READ, MAP_PRIVATE, fd, 0) as bigint | null) ?? 0),
      preferHugePages: (address, length) => {
        if (process.platform === "linux") madvise(address, length, MADV_HUGEPAGE);
      },
      munmap: (address, length) => void munmap(address, length),
      drop: (address, length) => void madvise(address, length, MADV_DONTNEED),
    };
  } catch (error) {
    loaded = error instanceof Error ? error : new Error(String(error));
  }
  return loaded;
}

/** A file's pages, read-only and private. Created by `mapFile`. */
export class FileMapping {
  readonly byteLength: number;
  #address: bigint | undefined;
  readonly #libc: Libc;
  readonly #untie: () => void;
  /** Buffers that are still in use, by range: the same range returns the same buffer. */
  readonly #views = new Map<string, WeakRef<ArrayBuffer>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#views.get(key)?.deref() === undefined) this.#views.delete(key);
  });

  constructor(libc: Libc, address: bigint, byteLength: number) {
    this.#libc = libc;
    this.#address = address;
    this.byteLength = byteLength;
    this.#untie = tieToThread(libc.koffi, address, byteLength);
  }

  /** Address of the first byte; undefined after dispose. */
  get address(): bigint | undefined {
    return this.#address;
  }

  /** A view of [offset, offset + length), which the caller has checked. About 5 µs; 4 GiB at most. */
  view(offset: number, length: number): Uint8Array {
    if (this.#address === undefined || length === 0) return new Uint8Array(0);
    const key = `${offset}:${length}`;
    const known = this.#views.get(key)?.deref();
    if (known !== undefined) return new Uint8Array(known);
    const buffer = this.#libc.koffi.view(this.#address + BigInt(offset), length);
    this.#views.set(key, new WeakRef(buffer));
    this.#collected.register(buffer, key);
    return new Uint8Array(buffer);
  }

  /**
   * Hints that the range is unlikely to be read again, so that its pages can be dropped from this process's
   * memory.
   */
  release(offset: number, length: number): void {
    if (this.#address === undefined) return;
    const from = ((this.#address + BigInt(offset) + PAGE_BYTES - 1n) / PAGE_BYTES) * PAGE_BYTES;
    const to = ((this.#address + BigInt(offset + length)) / PAGE_BYTES) * PAGE_BYTES;
    if (to > from) this.#libc.drop(from, Number(to - from));
  }

  dispose(): void {
    if (this.#address === undefined) return;
    const address = this.#address;
    this.#address = undefined;
    const alive = [...this.#views.values()].flatMap((ref) => ref.deref() ?? []);
    this.#views.clear();
    const stuck = alive.filter((buffer) => buffer.byteLength > 0 && !detach(buffer));
    const unmap = (): void => {
      this.#untie();
      this.#libc.munmap(address, this.byteLength);
    };
    if (stuck.length === 0) unmap();
    else whenCollected(stuck, unmap);
  }
}

/**
 * Maps an open file of `byteLength` bytes (more than none). Returns undefined if mapping does not work; the
 * caller then reads the file instead.
 */
export function mapFile(fd: number, byteLength: number): FileMapping | undefined {
  const libc = loadLibc();
  if (libc instanceof Error) return undefined;
  const address = libc.mmap(byteLength, fd);
  if (address === MAP_FAILED || address === 0n) return undefined;
  if (byteLength >= HUGE_FROM_BYTES) libc.preferHugePages(address, byteLength);
  const mapping = new FileMapping(libc, address, byteLength);
  try {
    mapping.view(0, 1); // runtimes with a memory cage (Electron) forbid foreign buffers, and fail only here
    return mapping;
  } catch {
    mapping.dispose();
    return undefined;
  }
}

/** Tries to map `path` (any non-empty file) and reports the result. */
export function mappingSupport(path: string): MappingSupport {
  const libc = loadLibc();
  if (libc instanceof Error) return { works: false, reason: libc.message };
  const fd = openSync(path, "r");
  try {
    const mapping = mapFile(fd, fstatSync(fd).size);
    const koffiVersion = libc.koffi.version;
    if (mapping === undefined)
      return { works: false, koffiVersion, reason: `mmap failed, errno ${libc.koffi.errno()}` };
    mapping.dispose();
    return { works: true, koffiVersion };
  } finally {
    closeSync(fd);
  }
}
