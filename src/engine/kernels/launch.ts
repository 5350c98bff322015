/**
 * How an op of the graph becomes a kernel call. Every thread calls the same kernel with the same argument block.
 * Threads share the work through a counter of tasks in memory, so that a slow thread takes fewer tasks. The result of
 * a task depends only on its number, so results do not depend on the number of threads.
 */
import type { Dim, Node } from "../graph/graph.ts";
import { isOp, type NodeOf, type OpName } from "../graph/ops/table.ts";
import type { Kernel, KernelBuilder, Parameters } from "../jit/builder.ts";
import type { Operand, Value } from "../jit/language/core.ts";
import type { Target } from "../jit/target.ts";

export type KernelArgument =
  /** Address of input number `input`, or of output number `output`. */
  | { readonly kind: "input"; readonly input: number }
  | { readonly kind: "output"; readonly output: number }
  /** Address of the launch's counters, i32 cells that are 0 when the step starts: of tasks, of threads, and `more`. */
  | { readonly kind: "tasks"; readonly more?: number }
  /** An integer: fixed, or a symbol whose value comes with the step. */
  | { readonly kind: "int"; readonly value: Dim }
  /** An integer that depends on how many threads share the tasks. Results must not depend on it. */
  | { readonly kind: "byThreads"; readonly value: (threads: number) => number }
  /** Address of another kernel, for `callWith`. */
  | { readonly kind: "kernel"; readonly kernel: Kernel }
  /**
   * Address of another kernel, for `callWith`, while the launch's weight is in the file's layout and the launch has at most
   * `mostTokens`, else 0. Compiled when it is first needed. A launch that has no such argument reads packed weights only.
   */
  | { readonly kind: "fileKernel"; readonly kernel: Kernel; readonly mostTokens: number }
  /**
   * Address of the function that a thread calls, with any pointer, to let others run; see `KernelHost.yieldAddress`.
   */
  | { readonly kind: "yield" }
  | { readonly kind: "f32"; readonly value: number }
  /** Address of a small table that the kernel was made with. */
  | { readonly kind: "constant"; readonly values: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> }
  /**
   * Address of working memory: `sharedBytes` for all threads, then `bytesPerThread` for each; see `scratchOf`. Its
   * contents do not survive the launch.
   */
  | { readonly kind: "scratch"; readonly bytesPerThread: number; readonly sharedBytes: number };

/** Numbers of tokens: the least and the most. */
export type TokenRange = readonly [least: number, most: number];

/**
 * A kernel that takes the place of a launch's own in steps with few tokens. It has the same parameters and computes the same
 * bits with less code: to compile a long kernel takes a noticeable part of the time to the first token.
 */
export interface ShortKernel {
  readonly kernel: Kernel;
  /** Tokens of the steps that it computes. */
  readonly tokens: TokenRange;
  /** Tokens with which no other kernel is faster; absent: it is slower than the launch's own. */
  readonly fast?: TokenRange;
  /** True if it computes only while the weight is in the file's layout. */
  readonly inFile?: boolean;
  /** Arguments of kind "fileKernel" that it does not use. */
  readonly unused?: readonly string[];
}

export interface Launch {
  /** Computes every step. */
  readonly kernel: Kernel;
  /** One per parameter of the kernel. */
  readonly arguments: Readonly<Record<string, KernelArgument>>;
  /** The shortest first. */
  readonly short?: readonly ShortKernel[];
  /** Fewest tokens with which `kernel` is as fast as the short kernels; undefined: any number. */
  readonly fastFrom?: number;
}

/** The number of tokens of a launch; undefined for launches that have none. */
export function tokenDimOf({ arguments: { tokens } }: Pick<Launch, "arguments">): Dim | undefined {
  return tokens?.kind === "int" ? tokens.value : undefined;
}

/** A weight that a kernel reads in a packed layout, which is written once when the model is loaded. */
export interface Packing {
  /** Number of the input that is the weight. */
  readonly input: number;
  /** Layout and type. Nodes that use a weight with the same layout share its packed form. */
  readonly layout: string;
  /** Bytes of the packed weight. */
  readonly byteLength: number;
  /** Rows of the weight, and of a group, which takes as many bytes in either layout, at the same offset. */
  readonly rows: number;
  readonly groupRows: number;
  /** True if one token's products take much longer with the weight in the file's layout, even from huge pages. */
  readonly isSlowInFile: boolean;
  /** Packs: reads `input(0)`, the weight in the file's layout, and writes the output. All threads share the tasks. */
  readonly launch: Launch;
}

/** Counters that a launch requests in addition to those of tasks and threads. */
export function moreCounters(launch: Launch): number {
  const asked = Object.values(launch.arguments).map((argument) =>
    argument.kind === "tasks" ? (argument.more ?? 0) : 0,
  );
  return Math.max(0, ...asked);
}

/** True if the kernel also reads a weight that is not packed. */
export function takesFileLayout(launch: Launch): boolean {
  return Object.values(launch.arguments).some(({ kind }) => kind === "fileKernel");
}

interface RowOf<Name extends OpName> {
  readonly op: Name;
  /** Undefined if this kernel cannot compute the node (its types, its shape) on the target. */
  launch(node: NodeOf<Name>, target: Target): Launch | undefined;
  /** Undefined if the weight is read in the file's layout. Called only for nodes that `launch` accepts. */
  packing?(node: NodeOf<Name>, target: Target): Packing | undefined;
}

/** A row of the table of kernels: the op that it computes, and how it is called for a node of that op. */
export interface KernelRow {
  readonly op: OpName;
  /** Undefined for nodes of other ops, and for nodes that the kernel cannot compute on the target. */
  launch(node: Node, target: Target): Launch | undefined;
  packing(node: Node, target: Target): Packing | undefined;
}

export function kernelRow<Name extends OpName>(row: RowOf<Name>): KernelRow {
  return {
    op: row.op,
    launch: (node, target) => (isOp(node, row.op) ? row.launch(node, target) : undefined),
    packing: (node, target) => (isOp(node, row.op) ? row.packing?.(node, target) : undefined),
  };
}

/** A function that makes one kernel for each type, at the first use: kernels are compared by identity. */
export function oneForEach<Type, Made>(make: (type: Type) => Made): (type: Type) => Made {
  const made = new Map<Type, Made>();
  return (type) => {
    const found = made.get(type) ?? make(type);
    made.set(type, found);
    return found;
  };
}

export const input = (number: number): KernelArgument => ({ kind: "input", input: number });
export const outputNumber = (number: number): KernelArgument => ({ kind: "output", output: number });
/** Address of the first output. */
export const output: KernelArgument = outputNumber(0);
/** @param kernel which the launch calls while its weight is in the file's layout. */
export const fileKernel = <P extends Parameters>(
  kernel: Kernel<P>,
  mostTokens = Number.POSITIVE_INFINITY,
): KernelArgument => ({ kind: "fileKernel", kernel: kernel as unknown as Kernel, mostTokens });
export const tasks: KernelArgument = { kind: "tasks" };
export const int = (value: Dim): KernelArgument => ({ kind: "int", value });
export const byThreads = (value: (threads: number) => number): KernelArgument => ({
  kind: "byThreads",
  value,
});
export const f32 = (value: number): KernelArgument => ({ kind: "f32", value });

/** Address of another kernel, whatever its parameters. */
export const kernelAt = (of: unknown): KernelArgument => ({ kind: "kernel", kernel: of as Kernel });

export const constant = (values: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): KernelArgument => ({
  kind: "constant",
  values,
});
export const scratch = (bytesPerThread: number, sharedBytes = 0): KernelArgument => ({
  kind: "scratch",
  bytesPerThread,
  sharedBytes,
});

/**
 * This thread's part of the launch's working memory; `memory` is the address of the first part. Threads take their
 * numbers from a second counter, 4 bytes after that of the tasks (it also starts at 0), so every thread must call this
 * at most once.
 */
export function scratchOf(
  k: KernelBuilder,
  counter: Value<"ptr">,
  memory: Value<"ptr">,
  bytesPerThread: number,
): Value<"ptr"> {
  const number = k.atomicAdd({ base: counter, disp: 4 }, k.constant("int", 1));
  return k.offset(memory, k.mul(number, bytesPerThread));
}

/**
 * Calls another kernel whose address is an argument of this one. Its arguments are written to `block`, working memory
 * of this thread. The called kernel can use all registers, which long kernels lack.
 */
export function callWith<const P extends Parameters>(
  k: KernelBuilder,
  of: Kernel<P>,
  address: Operand<"ptr">,
  block: Operand<"ptr">,
  values: { readonly [Name in keyof P]: () => Operand<P[Name]> },
): void {
  // Computed and stored one by one, because each needs a register.
  Object.entries(of.parameters).forEach(([name, kind], slot) => {
    const at = { base: block, disp: 8 * slot };
    const value = values[name]();
    if (kind === "ptr") k.storePointer(at, value as Operand<"ptr">);
    else if (kind === "int") k.storeInt("i64", at, value as Operand<"int">);
    else k.storeF32(at, value as Operand<"f32">);
  });
  k.call(address, block);
}

/** Runs `body` for the tasks of this thread: takes the next number from the counter until all `count` are taken. */
export function forEachTask(
  k: KernelBuilder,
  counter: Value<"ptr">,
  count: Value<"int"> | number,
  body: (task: Value<"int">) => void,
): void {
  const end = k.variable(typeof count === "number" ? k.constant("int", count) : count);
  const next = () => k.atomicAdd(counter, k.constant("int", 1));
  const task = k.variable(next());
  k.while(
    () => k.is(task, "<", end),
    () => {
      // A copy, so that the body may use it in nested blocks.
      body(k.add(task, 0));
      task.set(next());
    },
  );
}

export type { Kernel, KernelBuilder, Parameters, Target };
