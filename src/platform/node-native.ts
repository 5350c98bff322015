/**
 * Native memory and code in Node through koffi, which is loaded on first use and may be absent. Linux is
 * tested; the macOS (x64) and Windows parts follow the documentation and have not been run.
 *
 * Every thread must call `openNative` before it calls generated code: in a new worker koffi initialises
 * itself on the first `load`, and calling a raw address before that crashes the process.
 */

import { readFileSync } from "node:fs";
import { LARGEST_BLOCK_BYTES } from "../base/blocks.ts";
import { DISPOSE } from "../base/dispose.ts";
import { DeviceError } from "../base/errors.ts";
import type { FillPages, JoinPages, MemoryUse, NativeCode, NativeMachine, NativeMemory } from "./native.ts";
import { detach, whenCollected } from "./node-detach.ts";
import { requireKoffi } from "./node-place.ts";
import { tieToThread } from "./node-thread-end.ts";

interface ForeignFunction {
  (...args: unknown[]): unknown;
  /** Calls on a thread of the pool; the last argument is `(error, result) => void`. */
  async(...args: unknown[]): void;
}

/** The part of koffi that is used here. */
interface Koffi {
  load(path: string | null): {
    symbol(name: string): bigint;
    func(name: string, result: string, args: string[]): ForeignFunction;
  };
  proto(definition: string): unknown;
  decode(address: bigint, type: unknown): unknown;
  view(address: bigint, byteLength: number): ArrayBuffer;
  address(value: unknown): bigint;
}

/** The operating system's pages, by address. */
interface Pages {
  readonly convention: "sysv" | "win64";
  readonly yieldAddress: bigint;
  /** New zeroed pages, readable and writable; 0 if refused. */
  map(byteLength: number, use: MemoryUse): bigint;
  /** See NativeMachine. */
  readonly joinPages?: JoinPages;
  readonly fillPages?: FillPages;
  fileBytesInHugePages?(): number;
  /** Makes pages readable and executable; false if refused. */
  protect(address: bigint, byteLength: number): boolean;
  unmap(address: bigint, byteLength: number): void;
  /** See NativeMachine. */
  enableTiles(): boolean;
}

/** Linux on x86-64: the number of arch_prctl, its request for permission, and the state of tile data. */
const ARCH_PRCTL = { number: 158, requestPermission: 0x1023, tileData: 18 } as const;

const PAGE_BYTES = 4096;
const READ_WRITE = 1 | 2;
const READ_EXECUTE = 1 | 4;
const MAP_PRIVATE = 2;

/**
 * Linux: use 2 MiB pages from the start, or in place of existing pages (since 6.1); they need a fraction of
 * the TLB entries.
 */
const MADV_HUGEPAGE = 14;
const MADV_NOHUGEPAGE = 15;
const MADV_COLLAPSE = 25;
/** Gives a range its pages (since 5.14). */
const MADV_POPULATE_WRITE = 23;
const HUGE_PAGE_BYTES = 2 << 20;
/** Below this a huge page would mostly be wasted. */
const HUGE_FROM_BYTES = 4 << 20;
const SMAPS_ROLLUP = "/proc/self/smaps_rollup";

function posixPages(koffi: Koffi, mapAnonymous: number): Pages {
  const libc = koffi.load(null);
  const madvise = libc.func("madvise", "int", ["int64_t", "uint64_t", "int"]);
  const mmap = libc.func("mmap", "int64_t", ["int64_t", "uint64_t", "int", "int", "int", "int64_t"]);
  const mprotect = libc.func("mprotect", "int", ["int64_t", "uint64_t", "int"]);
  const munmap = libc.func("munmap", "int", ["int64_t", "uint64_t"]);
  const isLinux = process.platform === "linux";
  // Advice for an empty range: fails only if the advice is unknown.
  const canJoin = isLinux && madvise(0, 0, MADV_COLLAPSE) === 0;
  const canFill = isLinux && madvise(0, 0, MADV_POPULATE_WRITE) === 0;
  return {
    convention: "sysv",
    yieldAddress: libc.symbol("sched_yield"),
    map(byteLength, use) {
      const address = BigInt(mmap(0, byteLength, READ_WRITE, MAP_PRIVATE | mapAnonymous, -1, 0) as number);
      if (address === -1n) return 0n;
      // Only advice: a system that ignores it changes nothing.
      if (isLinux && !canJoin && use === "streamed" && byteLength >= HUGE_FROM_BYTES)
        madvise(address, byteLength, MADV_HUGEPAGE);
      return address;
    },
    protect: (address, byteLength) => mprotect(address, byteLength, READ_EXECUTE) === 0,
    unmap: (address, byteLength) => void munmap(address, byteLength),
    ...(canJoin ? { joinPages: (address, byteLength) => joinHugePages(madvise, address, byteLength) } : {}),
    ...(canFill ? { fillPages: fillPagesWith(madvise) } : {}),
    ...(isLinux ? { fileBytesInHugePages } : {}),
    enableTiles() {
      if (!isLinux) return false;
      const syscall = libc.func("syscall", "int64_t", ["int64_t", "int64_t", "int64_t"]);
      return Number(syscall(ARCH_PRCTL.number, ARCH_PRCTL.requestPermission, ARCH_PRCTL.tileData)) === 0;
    },
  };
}

/** From the sums over all of the process's memory (Linux, proc_pid_smaps_rollup). */
function fileBytesInHugePages(): number {
  try {
    const [, kilobytes] = /^FilePmdMapped: +(\d+) kB$/m.exec(readFileSync(SMAPS_ROLLUP, "utf8")) ?? [];
    return 1024 * Number(kilobytes ?? 0);
  } catch {
    return 0;
  }
}

function fillPagesWith(madvise: ForeignFunction): FillPages {
  return {
    advise: (address, byteLength, huge) =>
      void madvise(address, byteLength, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE),
    populate: (address, byteLength) =>
      new Promise((resolve) => madvise.async(address, byteLength, MADV_POPULATE_WRITE, () => resolve())),
  };
}

/** Advises only whole huge pages, since a range may begin and end anywhere. */
function joinHugePages(madvise: ForeignFunction, address: bigint, byteLength: number): Promise<void> {
  const page = BigInt(HUGE_PAGE_BYTES);
  const from = ((address + page - 1n) / page) * page;
  const to = ((address + BigInt(byteLength)) / page) * page;
  return new Promise((resolve) => {
    if (to <= from) resolve();
    else madvise.async(from, to - from, MADV_COLLAPSE, () => resolve());
  });
}

function windowsPages(koffi: Koffi): Pages {
  const kernel32 = koffi.load("kernel32.dll");
  const alloc = kernel32.func("VirtualAlloc", "int64_t", ["int64_t", "uint64_t", "uint32_t", "uint32_t"]);
  const protect = kernel32.func("VirtualProtect", "int", ["int64_t", "uint64_t", "uint32_t", "void *"]);
  const free = kernel32.func("VirtualFree", "int", ["int64_t", "uint64_t", "uint32_t"]);
  const flush = kernel32.func("FlushInstructionCache", "int", ["int64_t", "int64_t", "uint64_t"]);
  const [commitReserve, release, readWrite, executeRead, thisProcess] = [0x3000, 0x8000, 0x04, 0x20, -1];
  return {
    convention: "win64",
    yieldAddress: kernel32.symbol("SwitchToThread"),
    map: (byteLength) => BigInt(alloc(0, byteLength, commitReserve, readWrite) as number),
    protect: (address, byteLength) =>
      protect(address, byteLength, executeRead, new Uint32Array(1)) !== 0 &&
      flush(thisProcess, address, byteLength) !== 0,
    unmap: (address) => void free(address, 0, release),
    // Windows enables tiles on first use, but this has not been tested.
    enableTiles: () => false,
  };
}

function pagesOf(koffi: Koffi): Pages {
  if (process.platform === "win32") return windowsPages(koffi);
  if (process.platform === "darwin") return posixPages(koffi, 0x1000);
  return posixPages(koffi, 0x20);
}

class KoffiMachine implements NativeMachine {
  readonly convention: "sysv" | "win64";
  readonly yieldAddress: bigint;
  readonly joinPages?: JoinPages;
  readonly fillPages?: FillPages;
  readonly #koffi: Koffi;
  readonly #pages: Pages;
  readonly #prototype: unknown;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#pages = pagesOf(koffi);
    this.convention = this.#pages.convention;
    this.yieldAddress = this.#pages.yieldAddress;
    const { joinPages, fillPages } = this.#pages;
    if (joinPages !== undefined) this.joinPages = joinPages;
    if (fillPages !== undefined) this.fillPages = fillPages;
    this.#prototype = koffi.proto("void (int64_t block)");
  }

  fileBytesInHugePages(): number {
    return this.#pages.fileBytesInHugePages?.() ?? 0;
  }

  /** Pages with a view over them; koffi aborts the process on views beyond 4 GiB. */
  #map(byteLength: number, use: MemoryUse): { address: bigint; mapped: number; unmap: () => void } {
    const mapped = Math.max(1, Math.ceil(byteLength / PAGE_BYTES)) * PAGE_BYTES;
    const address = mapped <= LARGEST_BLOCK_BYTES ? this.#pages.map(mapped, use) : 0n;
    if (address !== 0n) {
      const untie = tieToThread(this.#koffi, address, mapped);
      const unmap = (): void => {
        untie();
        this.#pages.unmap(address, mapped);
      };
      return { address, mapped, unmap };
    }
    throw new DeviceError({
      doing: `allocate ${byteLength} bytes of native memory`,
      found: "the system refused",
      fix: "free some memory, or force the WebAssembly backend",
    });
  }

  allocate(byteLength: number, use: MemoryUse = "plain"): NativeMemory {
    const { address, mapped, unmap } = this.#map(byteLength, use);
    const koffi = this.#koffi;
    // Created on first use: the garbage collector counts it, and gigabytes of weights would trigger a
    // collection.
    let buffer: ArrayBuffer | undefined;
    let live = true;
    const dispose = (): void => {
      if (!live) return;
      live = false;
      if (buffer === undefined || detach(buffer)) unmap();
      else whenCollected([buffer], unmap);
    };
    return {
      address,
      get buffer() {
        buffer ??= live ? koffi.view(address, mapped) : new ArrayBuffer(0);
        return buffer;
      },
      dispose,
      [DISPOSE]: dispose,
    };
  }

  code(bytes: Uint8Array): NativeCode {
    const { address, mapped, unmap } = this.#map(bytes.byteLength, "plain");
    new Uint8Array(this.#koffi.view(address, mapped)).set(bytes);
    if (!this.#pages.protect(address, mapped)) {
      unmap();
      throw new DeviceError({
        doing: "make generated code executable",
        found: "the system refused",
        fix: "allow executable memory for Node, or force the WebAssembly backend",
      });
    }
    let live = true;
    const dispose = (): void => {
      if (live) unmap();
      live = false;
    };
    return { address, byteLength: bytes.byteLength, dispose, [DISPOSE]: dispose };
  }

  callable(address: bigint): (block: bigint | number) => void {
    return this.#koffi.decode(address, this.#prototype) as (block: bigint | number) => void;
  }

  enableTiles(): boolean {
    return this.#pages.enableTiles();
  }

  addressOf(view: ArrayBufferView): bigint {
    return BigInt(this.#koffi.address(view));
  }
}

let machine: NativeMachine | undefined;

/**
 * The native machine of this thread. Throws DeviceError if this is not an x64 system or koffi is missing or
 * broken.
 */
export function openNative(): NativeMachine {
  if (machine !== undefined) return machine;
  const doing = "run machine code";
  if (process.arch !== "x64")
    throw new DeviceError({ doing, expected: "an x64 processor", found: process.arch });
  try {
    machine = new KoffiMachine(requireKoffi() as Koffi);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new DeviceError({ doing, found, fix: "npm install koffi", cause });
  }
  return machine;
}
