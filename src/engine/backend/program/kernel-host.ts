/**
 * The interface to the machine that runs kernels: memory with addresses, compiled kernels with addresses, and threads
 * that all call one kernel at the same time. Native machine code and WebAssembly implement it, so everything above
 * (layout, phases, arguments) is written once.
 */
import type { FillPages, JoinPages, MemoryUse } from "../../../platform/native.ts";
import type { Kernel } from "../../jit/builder.ts";
import type { Target } from "../../jit/target.ts";

/** Zeroed memory, shared by all threads. */
export interface Region extends Disposable {
  readonly address: bigint;
  readonly byteLength: number;
  /** The region, or a part of it. Valid until the next allocation (WebAssembly memory may move). */
  bytes(offset?: number, byteLength?: number): Uint8Array<ArrayBuffer>;
  dispose(): void;
}

export interface KernelHost extends Disposable {
  readonly target: Target;
  readonly threadCount: number;
  /** Address of a kernel or function that lets other threads run; 0 if there is none. */
  readonly yieldAddress: bigint;
  /** Iterations that a thread spins at a barrier before it yields: some 20 µs. */
  readonly spins: bigint;
  /** True if `run` calls the kernel on the calling thread, which should then yield regularly. */
  readonly runsOnCaller: boolean;
  /** True if kernels can read mapped files in place (they share this process's addresses). */
  readonly readsMappedMemory: boolean;
  /** Zeroed memory, aligned to at least 64 bytes. Throws DeviceError if there is not enough. */
  allocate(byteLength: number, use?: MemoryUse): Region;
  /** See NativeMachine. */
  readonly joinPages?: JoinPages | undefined;
  readonly fillPages?: FillPages | undefined;
  fileBytesInHugePages?(): number;
  /** Address by which a driver calls the kernel; compiled on first use. */
  kernel(kernel: Kernel): bigint;
  /** True if `kernel` has been called for it. */
  hasKernel(kernel: Kernel): boolean;
  /**
   * Calls the kernel at `address` on every thread at once, each with its own argument block, and resolves when all have
   * returned. Does not block the calling thread. `stop` makes running calls return soon.
   */
  run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void>;
  dispose(): void;
}
