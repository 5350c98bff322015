/**
 * For tests of kernels: runs the launch of one node on a target of this machine, in separate memory, and the
 * op's reference on the same operands. Threads are simulated one after the other.
 */
import { type DType, tensorByteLength } from "../../src/base/dtypes.ts";
import { assert } from "../../src/base/errors.ts";
import { shortKernelsFor } from "../../src/engine/backend/program/kernel-choice.ts";
import type { Node } from "../../src/engine/graph/graph.ts";
import type { Operand } from "../../src/engine/graph/op.ts";
import { resolveShape } from "../../src/engine/graph/plan.ts";
import { type Kernel, writeArguments } from "../../src/engine/jit/builder.ts";
import { compileModule, instantiateKernels, mapKernels } from "../../src/engine/jit/execution.ts";
import { nativeTargets } from "../../src/engine/jit/features.ts";
import { interpret } from "../../src/engine/jit/interpreter/interpreter.ts";
import type { Program } from "../../src/engine/jit/ir.ts";
import { avx2, avx512, type Target, wasm } from "../../src/engine/jit/target.ts";
import { compileX64 } from "../../src/engine/jit/x64/lower.ts";
import {
  type KernelArgument,
  type KernelRow,
  type Launch,
  moreCounters,
  type Packing,
  tokenDimOf,
} from "../../src/engine/kernels/launch.ts";
import { openNative } from "../../src/platform/node-native.ts";
import { hasRelaxedSimd } from "./kernel-machines.ts";

export interface KernelMachine {
  readonly target: Target;
  /** Memory that kernels see. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Address of the first byte. */
  readonly base: number;
  /** Compiles once per kernel; the result runs it on the argument block at an address. */
  compile(kernel: Kernel): (block: number) => void;
  /** Address at which other kernels call it. */
  address(kernel: Kernel): number;
  /** Lets accesses to these bytes fail, if the machine can. */
  forbid?(from: number, to: number): void;
}

interface Compiled {
  readonly run: (block: number) => void;
  readonly address: number;
}

function remembered(compile: (kernel: Kernel) => Compiled): Pick<KernelMachine, "compile" | "address"> {
  const known = new Map<Kernel, Compiled>();
  const of = (kernel: Kernel): Compiled => {
    const compiled = known.get(kernel) ?? compile(kernel);
    known.set(kernel, compiled);
    return compiled;
  };
  return { compile: (kernel) => of(kernel).run, address: (kernel) => of(kernel).address };
}

function nativeMachine(target: Target, byteLength: number): KernelMachine {
  const native = openNative();
  const memory = native.allocate(byteLength);
  return {
    target,
    bytes: new Uint8Array(memory.buffer),
    base: Number(memory.address),
    ...remembered((kernel) => {
      const kernels = mapKernels(native, target, [kernel.build(target)]);
      return { run: (block) => kernels.run(0, block), address: Number(kernels.addresses[0]) };
    }),
  };
}

function wasmMachine(target: Target, byteLength: number): KernelMachine {
  const pages = Math.ceil(byteLength / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 0 });
  return {
    target,
    bytes: new Uint8Array(memory.buffer as ArrayBuffer),
    base: 0,
    ...remembered((kernel) => {
      const module = compileModule([kernel.build(target)], false);
      const kernels = instantiateKernels(module, [kernel.name], { memory, table });
      return { run: (block) => kernels.run(0, block), address: kernels.slots[0] };
    }),
  };
}

function nativeMachines(byteLength: number): KernelMachine[] {
  try {
    const native = openNative();
    const found = nativeTargets(native);
    const { convention } = native;
    if (found.some(({ isa }) => isa === "avx512"))
      found.push({ ...avx512({ vnni: false, convention }), name: "avx512 without vnni" });
    const tiled = found.find((target) => target.native.has("tiles"));
    if (tiled !== undefined) {
      const bf16 = tiled.native.has("bf16");
      found.push({ ...avx512({ bf16, convention }), name: "avx512 without tiles" });
    }
    if (found.some((target) => target.isa === "avx2" && target.native.has("dot4")))
      found.push({ ...avx2({ convention }), name: "avx2 without vnni" });
    return found.map((target) => nativeMachine(target, byteLength));
  } catch {
    return [];
  }
}

/** Every target that runs here, each with its own memory of this size. */
export function kernelMachines(byteLength = 1 << 24): KernelMachine[] {
  const machines = [...nativeMachines(byteLength), wasmMachine(wasm(), byteLength)];
  if (hasRelaxedSimd())
    machines.push(wasmMachine({ ...wasm({ relaxed: true }), name: "wasm relaxed" }, byteLength));
  return machines;
}

/**
 * A machine that interprets the kernels of a target which this processor may lack. It also compiles them, because only the
 * back end knows whether the registers suffice.
 */
export function interpretingMachine(target: Target, byteLength = 1 << 24): KernelMachine {
  const bytes = new Uint8Array(byteLength);
  const view = new DataView(bytes.buffer);
  const called: Kernel[] = [];
  const compiled = new Map<Kernel, Program>();
  const programOf = (kernel: Kernel): Program => {
    const known = compiled.get(kernel);
    if (known !== undefined) return known;
    const program = kernel.build(target);
    compileX64(program, target);
    compiled.set(kernel, program);
    return program;
  };
  let forbidden = { from: 0, to: 0 };
  const run = (kernel: Kernel, block: number): void => {
    const call = (address: number, args: number): void => run(called[address - 1], args);
    interpret(programOf(kernel), view, block, { fused: target.fused, call, forbidden });
  };
  return {
    target,
    bytes,
    base: 0,
    compile: (kernel) => (block) => run(kernel, block),
    address: (kernel) => (called.includes(kernel) ? called.indexOf(kernel) + 1 : called.push(kernel)),
    forbid(from, to) {
      forbidden = { from, to };
    },
  };
}

type Data = Operand["data"];

export interface Given {
  /** Data of each input of the node. */
  readonly inputs: readonly Data[];
  /** Values of the symbols. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Simulates two threads: the first takes all tasks from `firstTask` on, the second the rest. */
  readonly firstTask?: number;
  /** Reads the weight in the file's layout. */
  readonly inFile?: boolean;
}

const bytesOf = (data: Data): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const alignUp = (value: number): number => Math.ceil(value / 64) * 64;

const GUARD_BYTES = 64;

/** Hands out memory of a machine. A guard of 64 bytes follows each range. */
class Allocator {
  readonly #machine: KernelMachine;
  #end = 64;
  constructor(machine: KernelMachine) {
    this.#machine = machine;
  }
  take(byteLength: number): number {
    const offset = this.#end;
    this.#end = alignUp(offset + byteLength) + GUARD_BYTES;
    assert(this.#end <= this.#machine.bytes.byteLength, "the machine of the test has too little memory");
    this.#machine.bytes.fill(0xcc, offset, this.#end);
    return offset;
  }
  put(data: Data): number {
    const offset = this.take(data.byteLength);
    this.#machine.bytes.set(bytesOf(data), offset);
    return offset;
  }
}

export function sizesOf(node: Node, dims: Readonly<Record<string, number>> = {}): number[] {
  return resolveShape(node.shape, new Map(Object.entries(dims)));
}

function outputBytes(node: Node, dims: Readonly<Record<string, number>> = {}): number {
  const byteLength = tensorByteLength(node.dtype, sizesOf(node, dims));
  assert(byteLength !== undefined, "the output has no size");
  return byteLength;
}

/** Number of the input whose memory output `i` is, if it is given. */
function writtenInput(node: Node, i: number): number | undefined {
  const into = node.op?.writes?.[i];
  return into === undefined || into >= node.inputs.length ? undefined : into;
}

interface Placed {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly counters: number;
  /** Whether the weight is in the file's layout. */
  readonly inFile?: boolean;
}

function argumentValue(
  argument: KernelArgument,
  placed: Placed,
  machine: KernelMachine,
  memory: Allocator,
  dims: Readonly<Record<string, number>>,
): number {
  switch (argument.kind) {
    case "input":
      return machine.base + placed.inputs[argument.input];
    case "output":
      return machine.base + placed.outputs[argument.output];
    case "tasks":
      return machine.base + placed.counters;
    case "constant":
      return machine.base + memory.put(argument.values);
    case "scratch":
      return machine.base + memory.take(argument.sharedBytes + 2 * argument.bytesPerThread);
    case "byThreads":
      return argument.value(2);
    case "kernel":
      return machine.address(argument.kernel);
    case "fileKernel":
      return placed.inFile === true ? machine.address(argument.kernel) : 0;
    case "yield":
      return 0;
    case "f32":
      return argument.value;
    case "int":
      return typeof argument.value === "number" ? argument.value : dims[argument.value];
  }
}

/** Runs a launch over allocated memory; `firstTask` splits the tasks between two threads. */
function runLaunch(
  machine: KernelMachine,
  launch: Launch,
  placed: Placed,
  memory: Allocator,
  given: Given,
): void {
  const values = Object.fromEntries(
    Object.keys(launch.kernel.parameters).map((name) => [
      name,
      argumentValue(launch.arguments[name], placed, machine, memory, given.dims ?? {}),
    ]),
  );
  const view = new DataView(machine.bytes.buffer, machine.bytes.byteOffset, machine.bytes.byteLength);
  const block = memory.take(launch.kernel.blockBytes);
  writeArguments(launch.kernel, view, block, values);
  const run = machine.compile(launch.kernel);
  machine.bytes.fill(0, placed.counters, placed.counters + 4 * (2 + moreCounters(launch)));
  view.setInt32(placed.counters, given.firstTask ?? 0, true);
  run(machine.base + block);
  if (given.firstTask === undefined) return;
  // The second thread takes the tasks from the start, including those of the first again.
  view.setInt32(placed.counters, 0, true);
  run(machine.base + block);
}

function checkGuard({ bytes }: KernelMachine, output: number, length: number, what: string): void {
  for (let i = length; i < alignUp(length) + 64; i++)
    assert(bytes[output + i] === 0xcc, `${what} wrote past its output`);
}

/** Bytes of the node's first output by this kernel. */
export function runKernel(
  machine: KernelMachine,
  row: KernelRow,
  node: Node,
  given: Given,
): Uint8Array<ArrayBuffer> {
  return runKernelOutputs(machine, row, node, given)[0];
}

/**
 * Bytes of all outputs, with the weight packed as the row requires. The guards after the outputs must be untouched. Short
 * kernels must give the same bits.
 */
export function runKernelOutputs(
  machine: KernelMachine,
  row: KernelRow,
  node: Node,
  given: Given,
): Uint8Array<ArrayBuffer>[] {
  const launch = row.launch(node, machine.target);
  assert(launch !== undefined, `${row.op} has no kernel for this node on ${machine.target.name}`);
  const outputs = runWithKernel(machine, row, node, given, launch);
  const dim = tokenDimOf(launch) ?? 0;
  const tokens = typeof dim === "number" ? dim : (given.dims?.[dim] ?? 0);
  for (const { kernel } of shortKernelsFor(launch, tokens, given.inFile === true)) {
    const short = runWithKernel(machine, row, node, given, { ...launch, kernel });
    short.forEach((bytes, i) => {
      assert(
        Buffer.compare(bytes, outputs[i]) === 0,
        `${kernel.name} computes other bits than its long form`,
      );
    });
  }
  return outputs;
}

/** As `runKernelOutputs`, with the kernel of this launch. */
function runWithKernel(
  machine: KernelMachine,
  row: KernelRow,
  node: Node,
  given: Given,
  launch: Launch,
): Uint8Array<ArrayBuffer>[] {
  const memory = new Allocator(machine);
  const inputs = given.inputs.map((data) => memory.put(data));
  const lengths = node.outputs.map((output) => outputBytes(output, given.dims));
  const outputs = lengths.map((length, i) => {
    const into = writtenInput(node, i);
    return into === undefined ? memory.take(length) : inputs[into];
  });
  const counters = memory.put(new Int32Array(2 + moreCounters(launch)));
  const packing = row.packing(node, machine.target);
  if (packing !== undefined && given.inFile !== true) {
    const packed = memory.take(packing.byteLength);
    const source = { inputs: [inputs[packing.input]], outputs: [packed], counters };
    runLaunch(machine, packing.launch, source, memory, given);
    checkGuard(machine, packed, packing.byteLength, "packing");
    inputs[packing.input] = packed;
  }
  const inFile = packing !== undefined && given.inFile === true;
  // The end of the file may be that of the last page: nothing behind it can be read.
  const end = inFile ? inputs[packing.input] + given.inputs[packing.input].byteLength : 0;
  if (inFile) machine.forbid?.(end, end + GUARD_BYTES);
  runLaunch(machine, launch, { inputs, outputs, counters, inFile }, memory, given);
  machine.forbid?.(0, 0);
  return outputs.map((output, i) => {
    checkGuard(machine, output, lengths[i], row.op);
    return machine.bytes.slice(output, output + lengths[i]);
  });
}

/** Bytes of a weight packed on the machine. The guard after them must be untouched. */
export function runPacking(
  machine: KernelMachine,
  { launch, byteLength }: Packing,
  source: Data,
  firstTask?: number,
): Uint8Array<ArrayBuffer> {
  const memory = new Allocator(machine);
  const output = memory.take(byteLength);
  const inputs = [memory.put(source)];
  const placed = { inputs, outputs: [output], counters: memory.put(new Int32Array(16)) };
  runLaunch(machine, launch, placed, memory, {
    inputs: [],
    ...(firstTask === undefined ? {} : { firstTask }),
  });
  checkGuard(machine, output, byteLength, "packing");
  return machine.bytes.slice(output, output + byteLength);
}

const ELEMENTS: Partial<Record<DType, (length: number) => Data>> = {
  F32: (length) => new Float32Array(length / 4),
  I32: (length) => new Int32Array(length / 4),
};

/** The node's first output by the op's reference. */
export function runReference(node: Node, given: Given): Data {
  return runReferenceOutputs(node, given)[0];
}

/** All outputs of the node by the op's reference. Outputs written in place start as the input's data. */
export function runReferenceOutputs(node: Node, { inputs, dims = {} }: Given): Data[] {
  const operand = (value: Node, data: Data): Operand => {
    return { dtype: value.dtype, shape: sizesOf(value, dims), data };
  };
  const outputs = node.outputs.map((output, i) => {
    const length = outputBytes(output, dims);
    const data = ELEMENTS[output.dtype]?.(length) ?? new Uint8Array(length);
    const into = writtenInput(node, i);
    if (into !== undefined) bytesOf(data).set(bytesOf(inputs[into]));
    return data;
  });
  const operands = node.inputs.map((input, i) => {
    const written = node.op?.writes?.indexOf(i) ?? -1;
    return operand(input, written < 0 ? inputs[i] : outputs[written]);
  });
  const results = node.outputs.map((output, i) => operand(output, outputs[i]));
  node.op?.reference(operands, results, node.attributes);
  return outputs;
}

export function asFloats(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Largest |actual − expected| / (|expected| + floor). NaN where one is NaN and the other is not. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 0): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const error = Math.abs(actual[i] - expected[i]) / (Math.abs(expected[i]) + floor);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}
