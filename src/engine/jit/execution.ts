/** Turns programs into functions of this thread: machine code over native memory, or WebAssembly over its memory. */
import { DISPOSE } from "../../base/dispose.ts";
import type { NativeCode, NativeMachine } from "../../platform/native.ts";
import type { Program } from "./ir.ts";
import type { Target } from "./target.ts";
import { compileWasm } from "./wasm/lower.ts";
import { compileX64, type MachineCode } from "./x64/lower.ts";

/** Kernels of one mapping of code. Addresses are valid in every thread, `run` only in this one. */
export interface NativeKernels extends Disposable {
  /** Address of each kernel, for `call` and for other threads. */
  readonly addresses: readonly bigint[];
  readonly code: readonly MachineCode[];
  /** Runs one kernel on the argument block at this address. */
  run(kernel: number, block: bigint | number): void;
}

/** Kernels start at multiples of a cache line. */
const ALIGNMENT = 64;

/** Compiles programs that were built for `target` and maps them together. */
export function mapKernels(
  machine: NativeMachine,
  target: Target,
  programs: readonly Program[],
): NativeKernels {
  const code = programs.map((program) => compileX64(program, target));
  const offsets: number[] = [];
  let end = 0;
  for (const { bytes } of code) {
    offsets.push(end);
    end = Math.ceil((end + bytes.byteLength) / ALIGNMENT) * ALIGNMENT;
  }
  const all = new Uint8Array(end);
  code.forEach(({ bytes }, i) => {
    all.set(bytes, offsets[i]);
  });
  const mapping: NativeCode = machine.code(all);
  const addresses = offsets.map((offset) => mapping.address + BigInt(offset));
  const functions = addresses.map((address) => machine.callable(address));
  return {
    addresses,
    code,
    run: (kernel, block) => functions[kernel](block),
    [DISPOSE]: () => mapping.dispose(),
  };
}

export interface WasmKernels {
  /** Slot of each kernel in the table, for `call`. */
  readonly slots: readonly number[];
  /** Runs one kernel on the argument block at this offset of the memory. */
  run(kernel: number, block: number): void;
}

export interface WasmOptions {
  readonly memory: WebAssembly.Memory;
  /** Table for kernels that other kernels `call`; they are appended to its contents. */
  readonly table?: WebAssembly.Table;
}

/** True if the memory can be shared between threads. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
}

/** Compiles the programs to a module. It can be sent to workers and instantiated there over the same memory. */
export function compileModule(programs: readonly Program[], shared: boolean): WebAssembly.Module {
  return new WebAssembly.Module(compileWasm(programs, { shared }));
}

/** Instantiates a module of `compileModule`; `names` are the names of its kernels, in order. */
export function instantiateKernels(
  module: WebAssembly.Module,
  names: readonly string[],
  options: WasmOptions,
): WasmKernels {
  const table = options.table ?? new WebAssembly.Table({ element: "anyfunc", initial: 0 });
  const instance = new WebAssembly.Instance(module, { env: { memory: options.memory, table } });
  const functions = names.map((name) => instance.exports[name] as (block: number) => void);
  const first = table.grow(functions.length);
  functions.forEach((fn, i) => {
    table.set(first + i, fn);
  });
  return { slots: functions.map((_, i) => first + i), run: (kernel, block) => functions[kernel](block) };
}
