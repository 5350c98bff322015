/** A kernel host on this processor: kernels as machine code, memory of the system, worker threads. */
import type {
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
  [Symbol.dispose](): void {
    this.dispose();
  }
}

export class NativeHost implements KernelHost {
  readonly target: Target;
  readonly readsMappedMemory = true;
  readonly spins = 400n;
  readonly runsOnCaller = false;
  readonly #machine: NativeMachine;
  readonly #threads: NativeThreads;
  readonly #code = new Map<string, NativeCode>();

  constructor(target: Target, machine: NativeMachine, threads: NativeThreads) {
    this.target = target;
    this.#machine = machine;
    this.#threads = threads;
  }

  get joinPages(): JoinPages | undefined {
    return this.#machine.joinPages;
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

  /** Kernels are known by their names: two kernels of one name are the same kernel. */
  kernel(kernel: Kernel): bigint {
    let code = this.#code.get(kernel.name);
    if (code === undefined) {
      code = this.#machine.code(compileX64(kernel.build(this.target), this.target).bytes);
      this.#code.set(kernel.name, code);
    }
    return code.address;
  }

  run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void> {
    return this.#threads.run(address, blocks, stop);
  }

  dispose(): void {
    this.#threads.dispose();
    const code = [...this.#code.values()];
    this.#code.clear();
    void this.#threads.exited.then(() => {
      for (const pages of code) pages.dispose();
    });
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}
