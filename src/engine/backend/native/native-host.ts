/** A kernel host on this processor: machine code, system memory, worker threads. */
import { DISPOSE } from "../../../base/dispose.ts";
import type {
  FillPages,
  JoinPages,
  MemoryUse,
  NativeCode,
  NativeMachine,
  NativeMemory,
  NativeThreads,
} from "../../../platform/native.ts";
import type { Kernel } from "../../jit/builder.ts";
import type { Target } from "../../jit/target.ts";
import { compileX64 } from "../../jit/x64/lower.ts";
import type { KernelHost, Region } from "../program/kernel-host.ts";

class NativeRegion implements Region {
  readonly address: bigint;
  readonly byteLength: number;
  readonly #memory: NativeMemory;

  constructor(machine: NativeMachine, byteLength: number, use: MemoryUse) {
    this.#memory = machine.allocate(byteLength, use);
    this.address = this.#memory.address;
    this.byteLength = byteLength;
  }
  bytes(offset = 0, byteLength = this.byteLength - offset): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, offset, byteLength);
  }
  dispose(): void {
    this.#memory.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

/**
 * The machine code of the process, by target and kernel. Backends for the same instructions share it. The last backend
 * unmaps it, when no thread can still run it.
 */
class CodeCache {
  readonly #code = new Map<string, NativeCode>();
  #users = 0;

  static readonly #caches = new Map<string, CodeCache>();
  static of(target: Target): CodeCache {
    const key = JSON.stringify([target.name, [...target.native].sort()]);
    const cache = CodeCache.#caches.get(key) ?? new CodeCache();
    CodeCache.#caches.set(key, cache);
    cache.#users++;
    return cache;
  }

  /** Kernels are identified by name: two kernels of the same name are the same kernel. */
  address(kernel: Kernel, target: Target, machine: NativeMachine): bigint {
    let code = this.#code.get(kernel.name);
    if (code === undefined) {
      code = machine.code(compileX64(kernel.build(target), target).bytes);
      this.#code.set(kernel.name, code);
    }
    return code.address;
  }

  has(kernel: Kernel): boolean {
    return this.#code.has(kernel.name);
  }

  leave(): void {
    if (--this.#users > 0) return;
    for (const code of this.#code.values()) code.dispose();
    this.#code.clear();
  }
}

/** Runs kernels as machine code in system memory, on the process's thread pool. */
export class NativeHost implements KernelHost {
  readonly target: Target;
  readonly readsMappedMemory = true;
  readonly spins = 400n;
  readonly runsOnCaller = false;
  readonly #machine: NativeMachine;
  readonly #threads: NativeThreads;
  readonly #code: CodeCache;
  #disposed = false;

  constructor(target: Target, machine: NativeMachine, threads: NativeThreads) {
    this.target = target;
    this.#machine = machine;
    this.#threads = threads;
    this.#code = CodeCache.of(target);
  }

  get joinPages(): JoinPages | undefined {
    return this.#machine.joinPages;
  }
  get fillPages(): FillPages | undefined {
    return this.#machine.fillPages;
  }
  fileBytesInHugePages(): number {
    return this.#machine.fileBytesInHugePages();
  }
  get yieldAddress(): bigint {
    return this.#machine.yieldAddress;
  }
  get threadCount(): number {
    return this.#threads.count;
  }

  allocate(byteLength: number, use: MemoryUse = "plain"): Region {
    return new NativeRegion(this.#machine, byteLength, use);
  }

  kernel(kernel: Kernel): bigint {
    return this.#code.address(kernel, this.target, this.#machine);
  }

  hasKernel(kernel: Kernel): boolean {
    return this.#code.has(kernel);
  }

  run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void> {
    return this.#threads.run(address, blocks, stop);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#threads.dispose();
    void this.#threads.exited.then(() => this.#code.leave());
  }
  [DISPOSE](): void {
    this.dispose();
  }
}
