/**
 * A kernel host in WebAssembly: one memory, kernels in slots of a table, and threads if memory can be shared. Without
 * threads kernels run on the calling thread.
 */
import { DISPOSE } from "../../../base/dispose.ts";
import { DeviceError } from "../../../base/errors.ts";
import type { WasmThreads } from "../../../platform/wasm.ts";
import type { Kernel } from "../../jit/builder.ts";
import type { Program } from "../../jit/ir.ts";
import type { Target } from "../../jit/target.ts";
import { encodeModule, type WasmFunction } from "../../jit/wasm/encoder.ts";
import { compileWasm } from "../../jit/wasm/lower.ts";
import type { KernelHost, Region } from "../program/kernel-host.ts";
import { LinearMemory } from "./wasm-memory.ts";

/**
 * Sleeps for 20 µs unless the i32 at the argument changes. A waiting thread calls it to let others run.
 * `memory.atomic.wait32(block, i32.atomic.load(block), 20000)`
 */
const SLEEP: WasmFunction = {
  name: "sleep",
  locals: [],
  body: [
    ...[0x20, 0], // local.get block
    ...[0x20, 0],
    ...[0xfe, 0x10, 2, 0], // i32.atomic.load
    ...[0x42, 0xa0, 0x9c, 0x01], // i64.const 20000
    ...[0xfe, 0x01, 2, 0], // memory.atomic.wait32
    0x1a, // drop
    0x0b, // end
  ],
  callsTable: false,
};
/** Slot 0 stays empty, because 0 is not a valid address. */
const SLEEP_SLOT = 1;

/** The functions of this thread, by slot. */
class CallingThread {
  readonly #table = new WebAssembly.Table({ element: "anyfunc", initial: SLEEP_SLOT + 1 });

  add(module: WebAssembly.Module, names: readonly string[], memory: WebAssembly.Memory): void {
    const { exports } = new WebAssembly.Instance(module, { env: { memory, table: this.#table } });
    const first = this.#table.grow(names.length);
    names.forEach((name, i) => {
      this.#table.set(first + i, exports[name]);
    });
  }
  run(slot: number, block: number): void {
    (this.#table.get(slot) as (block: number) => void)(block);
  }
}

/** Runs kernels as WebAssembly over one memory, on threads if memory can be shared. */
export class WasmHost implements KernelHost {
  readonly target: Target;
  readonly readsMappedMemory = false;
  readonly yieldAddress: bigint;
  /** WebAssembly has no pause instruction: an iteration takes a few nanoseconds. */
  readonly spins = 30000n;
  readonly #memory: LinearMemory;
  readonly #threads: WasmThreads | undefined;
  readonly #caller = new CallingThread();
  readonly #slots = new Map<string, number>();
  /** Kernels requested since the last module was compiled. */
  #pending: Program[] = [];
  #last: Promise<void> = Promise.resolve();
  #disposed = false;

  /** @param start starts threads over the memory; without it everything runs on the calling thread. */
  constructor(target: Target, start?: (memory: WebAssembly.Memory) => WasmThreads) {
    this.target = target;
    this.#memory = new LinearMemory(start !== undefined);
    this.#threads = start?.(this.#memory.memory);
    this.yieldAddress = this.#threads === undefined ? 0n : BigInt(SLEEP_SLOT);
    if (this.#threads === undefined) return;
    const module = new WebAssembly.Module(encodeModule([SLEEP], { shared: true }));
    this.#threads.add({ module, names: [SLEEP.name], firstSlot: SLEEP_SLOT });
  }

  get threadCount(): number {
    return this.#threads?.count ?? 1;
  }
  get runsOnCaller(): boolean {
    return this.#threads === undefined;
  }
  /** Bytes of the allocated regions. */
  get usedBytes(): number {
    return this.#memory.usedBytes;
  }

  allocate(byteLength: number): Region {
    return this.#memory.allocate(byteLength);
  }

  /** Kernels are identified by name: two kernels of the same name are the same kernel. */
  kernel(kernel: Kernel): bigint {
    let slot = this.#slots.get(kernel.name);
    if (slot === undefined) {
      slot = SLEEP_SLOT + 1 + this.#slots.size;
      this.#pending.push(kernel.build(this.target));
      this.#slots.set(kernel.name, slot);
    }
    return BigInt(slot);
  }

  hasKernel(kernel: Kernel): boolean {
    return this.#slots.has(kernel.name);
  }

  /** Programs of one host run one after another. */
  run(address: bigint, blocks: readonly bigint[]): Promise<void> {
    const turn = this.#last.then(() => this.#run(Number(address), blocks.map(Number)));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #run(slot: number, blocks: readonly number[]): Promise<void> {
    if (this.#disposed)
      throw new DeviceError({ doing: "run a step", found: "a backend that has been disposed" });
    if (this.#pending.length > 0) await this.#compile();
    if (this.#threads !== undefined) return this.#threads.run(slot, blocks);
    this.#caller.run(slot, blocks[0]);
  }

  /** Compiles one module of all requested kernels; they take the next slots in order. */
  async #compile(): Promise<void> {
    const programs = this.#pending;
    this.#pending = [];
    const shared = this.#threads !== undefined;
    const module = await WebAssembly.compile(compileWasm(programs, { shared }));
    const names = programs.map(({ name }) => name);
    const firstSlot = SLEEP_SLOT + 1 + this.#slots.size - this.#pending.length - names.length;
    if (this.#threads !== undefined) this.#threads.add({ module, names, firstSlot });
    else this.#caller.add(module, names, this.#memory.memory);
  }

  dispose(): void {
    this.#disposed = true;
    this.#threads?.dispose();
    this.#memory.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}
