/**
 * What a program of kernels runs on: memory with addresses, compiled kernels with addresses, and threads that all
 * call one kernel at the same time. Native machine code and WebAssembly are two hosts behind this interface, so
 * everything above (layout, phases, arguments) is written once.
 */
import type { JoinPages, MemoryUse } from "../../../platform/native.ts";
import type { Kernel } from "../../jit/builder.ts";
import type { Target } from "../../jit/target.ts";

/** Zeroed memory that every thread sees. */
export interface Region extends Disposable {
  readonly address: bigint;
  readonly byteLength: number;
  /** The region, or a part of it. Good until the next allocation (WebAssembly memory may move). */
  bytes(offset?: number, byteLength?: number): Uint8Array<ArrayBuffer>;
  dispose(): void;
}

export interface KernelHost extends Disposable {
  readonly target: Target;
  readonly threadCount: number;
  /** Address of a kernel or function that lets other threads run; 0 if there is none. */
  readonly yieldAddress: bigint;
  /** Rounds that a thread spins at a barrier before it lets others run: some 20 µs. */
  readonly spins: bigint;
  /** True if `run` calls the kernel on the calling thread, which then should get a rest now and then. */
  readonly runsOnCaller: boolean;
  /** True if kernels can read mapped files in place (they share this process's addresses). */
  readonly readsMappedMemory: boolean;
  /** Zeroed, aligned to 64 bytes at least. Throws DeviceError if there is no memory. */
  allocate(byteLength: number, use?: MemoryUse): Region;
  /** See NativeMachine. */
  readonly joinPages?: JoinPages | undefined;
  /** Address by which a driver calls the kernel; compiled on first use. */
  kernel(kernel: Kernel): bigint;
  /**
   * Calls the kernel at `address` on every thread at once, each with its own block of arguments, and resolves
   * when all have returned. The calling thread does not wait. `stop` makes calls that run return soon.
   */
  run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void>;
  dispose(): void;
}
