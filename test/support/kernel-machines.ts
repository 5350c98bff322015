/**
 * For tests: every target that this machine can run, each with a block of memory, behind one interface; and a
 * comparison of a kernel's results there with those of the interpreter.
 */

import type { Kernel, Parameters } from "../../src/engine/jit/builder.ts";
import { writeArguments } from "../../src/engine/jit/builder.ts";
import { compileModule, instantiateKernels, mapKernels } from "../../src/engine/jit/execution.ts";
import { hasRelaxedSimd, nativeTargets } from "../../src/engine/jit/features.ts";
import { interpret } from "../../src/engine/jit/interpreter/interpreter.ts";
import type { Program } from "../../src/engine/jit/ir.ts";
import { avx2, avx512, interpreted, type Target, wasm } from "../../src/engine/jit/target.ts";
import { openNative } from "../../src/platform/node-native.ts";
import { wasmPlatform } from "../../src/platform/node-wasm.ts";

wasmPlatform.allowRelaxedSimd?.();

export { hasRelaxedSimd };

export const MEMORY_BYTES = 1 << 18;
/** Offset of argument blocks in tests. */
export const BLOCK_OFFSET = MEMORY_BYTES - 4096;

export interface TestMachine {
  readonly target: Target;
  readonly bytes: Uint8Array;
  /** Address of the first byte. */
  readonly base: number;
  /** Compiles a program; the result runs it on the argument block at an address. */
  prepare(program: Program): (block: number) => void;
}

function nativeMachine(target: Target): TestMachine {
  const native = openNative();
  const memory = native.allocate(MEMORY_BYTES);
  return {
    target,
    bytes: new Uint8Array(memory.buffer),
    base: Number(memory.address),
    prepare(program) {
      const kernels = mapKernels(native, target, [program]);
      return (block) => kernels.run(0, block);
    },
  };
}

function wasmMachine(target: Target, shared: boolean): TestMachine {
  const pages = MEMORY_BYTES / 65536;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  return {
    target: { ...target, name: `${target.name}${shared ? ", shared" : ""}` },
    bytes: new Uint8Array(memory.buffer),
    base: 0,
    prepare(program) {
      const kernels = instantiateKernels(compileModule([program], shared), [program.name], { memory });
      return (block) => kernels.run(0, block);
    },
  };
}

function nativeOrNone(): TestMachine[] {
  try {
    const native = openNative();
    const found = nativeTargets(native);
    // Also without VNNI and BF16, so that the builder's replacement code is tested here too.
    const { convention } = native;
    if (found.some(({ isa }) => isa === "avx512"))
      found.push({ ...avx512({ vnni: false, convention }), name: "avx512 without vnni" });
    if (found.some((target) => target.isa === "avx2" && target.native.has("dot4")))
      found.push({ ...avx2({ convention }), name: "avx2 without vnni" });
    return found.map(nativeMachine);
  } catch {
    return [];
  }
}

/** All targets that run here. WebAssembly always does. */
export function testMachines(): TestMachine[] {
  const machines = [...nativeOrNone(), wasmMachine(wasm(), false), wasmMachine(wasm(), true)];
  if (hasRelaxedSimd())
    machines.push(wasmMachine({ ...wasm({ relaxed: true }), name: "wasm relaxed" }, true));
  return machines;
}

export interface Trial<P extends Parameters> {
  readonly kernel: Kernel<P>;
  /** Fills the memory (zeroed before) and returns arguments; pointers as offsets into the memory. */
  readonly arrange: (
    bytes: Uint8Array,
    lanes: number,
  ) => { readonly [Name in keyof P]: P[Name] extends "f32" ? number : number | bigint };
}

interface Prepared {
  readonly run: (block: number) => void;
  readonly reference: Program;
}
const prepared = new WeakMap<TestMachine, Map<unknown, Prepared>>();

/** Compiled once per machine, because trials repeat with other inputs. */
function prepare(machine: TestMachine, kernel: Kernel): Prepared {
  const cache = prepared.get(machine) ?? new Map<unknown, Prepared>();
  prepared.set(machine, cache);
  const { target } = machine;
  const entry = cache.get(kernel) ?? {
    run: machine.prepare(kernel.build(target)),
    reference: kernel.build(interpreted(target)),
  };
  cache.set(kernel, entry);
  return entry;
}

/** Memory after the kernel has run on the machine, and after the interpreter has. */
export function runBoth<P extends Parameters>(
  machine: TestMachine,
  trial: Trial<P>,
): { actual: Uint8Array<ArrayBuffer>; expected: Uint8Array<ArrayBuffer> } {
  const { target, bytes, base } = machine;
  const setUp = (at: Uint8Array): void => {
    at.fill(0);
    const values = trial.arrange(at, target.lanes) as Record<string, number | bigint>;
    const placed = Object.entries(trial.kernel.parameters).map(([name, kind]) => [
      name,
      kind === "ptr" ? Number(values[name]) + base : values[name],
    ]);
    const view = new DataView(at.buffer, at.byteOffset, at.byteLength);
    writeArguments(trial.kernel as Kernel, view, BLOCK_OFFSET, Object.fromEntries(placed));
  };
  setUp(bytes);
  const expected = bytes.slice();
  const { run, reference } = prepare(machine, trial.kernel as Kernel);
  run(base + BLOCK_OFFSET);
  interpret(reference, new DataView(expected.buffer), base + BLOCK_OFFSET, { fused: target.fused, base });
  return { actual: bytes.slice(), expected };
}

/**
 * First byte where the two differ, or undefined. Different NaNs count as equal: JavaScript does not keep their
 * payload (f32 everywhere; f16 and bf16 if `halves` says that the memory holds such values).
 */
export function firstDifference(
  { actual, expected }: { actual: Uint8Array<ArrayBuffer>; expected: Uint8Array<ArrayBuffer> },
  halves?: "f16" | "bf16",
): number | undefined {
  const [a32, e32] = [new Uint32Array(actual.buffer), new Uint32Array(expected.buffer)];
  const isNan = (word: number): boolean => (word & 0x7fffffff) > 0x7f800000;
  const infinity = halves === "f16" ? 0x7c00 : 0x7f80;
  const isNanHalf = (half: number): boolean => (half & 0x7fff) > infinity;
  const sameHalf = (a: number, e: number): boolean => a === e || (isNanHalf(a) && isNanHalf(e));
  const same = (a: number, e: number): boolean => {
    if (isNan(a) && isNan(e)) return true;
    return halves !== undefined && sameHalf(a & 0xffff, e & 0xffff) && sameHalf(a >>> 16, e >>> 16);
  };
  for (let i = 0; i < a32.length; i++) if (a32[i] !== e32[i] && !same(a32[i], e32[i])) return 4 * i;
  return undefined;
}
