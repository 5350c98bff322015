/**
 * The intermediate representation that the builder writes and the back ends read: a linear list of instructions over
 * virtual registers, with structured control (`if … else … endif`, `loop … endloop`). A register is assigned once,
 * unless it is a variable. The only target detail in the list is the number of lanes it was built for.
 */

/** Vectors all have the register's full width: `lanes` × 4 bytes, so 2 × lanes of i16, 4 × lanes of i8. */
export type VectorKind = "f32v" | "i32v" | "i16v" | "i8v" | "u8v";
/** `int` is a signed 64-bit scalar; `ptr` an address (64 bits native, 32 bits in WebAssembly). */
export type ScalarKind = "ptr" | "int" | "f32";
/** `mask` holds one truth value per 32-bit lane. */
export type Kind = VectorKind | ScalarKind | "mask";

export function isVector(kind: Kind): kind is VectorKind {
  return kind !== "int" && kind !== "ptr" && kind !== "f32" && kind !== "mask";
}

/** How a value is stored in memory. `raw` is the unchanged vector; the others convert from and to 32-bit lanes. */
export type MemoryType = "raw" | "f32" | "f16" | "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "ptr";

export const ELEMENT_BYTES: Readonly<Record<MemoryType, number>> = {
  raw: 4,
  f32: 4,
  f16: 2,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  ptr: 8,
};

export type Scale = 1 | 2 | 4 | 8;

/** base + index × scale + disp, in bytes; base and index are register ids. */
export interface Address {
  readonly base: number;
  readonly index: number | undefined;
  readonly scale: Scale;
  readonly disp: number;
}

export type Relation = "<" | "<=" | "==" | "!=" | ">=" | ">";

/** A comparison of scalars. `imm` replaces `b` if the right side is a literal. */
export interface Condition {
  readonly kind: ScalarKind;
  readonly relation: Relation;
  readonly a: number;
  readonly b?: number;
  readonly imm?: number;
}

export type Op =
  // values without operands
  | "param"
  | "const"
  | "mov"
  // arithmetic
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "rem"
  | "min"
  | "max"
  | "sqrt"
  | "round"
  | "fma"
  | "fnma"
  // bits
  | "and"
  | "or"
  | "xor"
  | "andnot"
  // args[1] & args[2] | args[0]; only the AVX-512 back end makes it
  | "andOr"
  | "shl"
  | "shr"
  | "sar"
  // comparison and choice
  | "compare"
  | "select"
  | "firstLanes"
  // conversion
  | "toF32"
  | "toI32"
  // f32 to bf16: args are the upper and lower half of the result, or its odd and even elements
  | "joinBf16"
  | "pairBf16"
  // integer and bf16 dot products
  | "dot4"
  | "dotBf16"
  | "madd"
  | "maddubs"
  // movement between lanes
  | "splat"
  | "lane0"
  | "reduceAdd"
  | "reduceMax"
  | "reduceMin"
  | "permute"
  | "permute2"
  // elements of two vectors by turns, within each 128 bits; `words`: bytes of an element, and 0 or 1 for the lower or upper half
  | "zip"
  // the lowest 128 bits of args[1] into the 128 bits `imm` of args[0]
  | "joinQuad"
  // the lowest 16-bit elements, one for each lane, converted from the type `memory`
  | "widen"
  // the low 16 bits of every lane, in the lowest elements; zeros in the others (AVX-512)
  | "narrow"
  // the 16-bit elements of args[0] followed by args[2] with the numbers args[1] (AVX-512)
  | "pickHalves"
  | "lookup16"
  | "lookup"
  // memory
  | "load"
  // 16 bytes into the 128 bits `imm` of args[0]; without args, into the lowest, with zeros elsewhere
  | "quad"
  // 2 bytes into the 16-bit element `imm`, below 8, of args[0]; zeros beyond the lowest 128 bits
  | "loadHalf"
  | "broadcast"
  | "store"
  // the 128 bits `imm` of a vector
  | "storeQuad"
  | "prefetch"
  | "atomicAdd"
  | "atomicLoad"
  | "atomicStore"
  | "fence"
  | "pause"
  | "call"
  // matrix tiles
  | "tile"
  // control
  | "if"
  | "else"
  | "endif"
  | "loop"
  | "endloop";

/** The operations of the instruction `tile`, stored in its `imm`. Its `words` are tile numbers, 0 to 7. */
export const TILE_OPS = { config: 0, release: 1, zero: 2, load: 3, store: 4, dot: 5, dotBf16: 6 } as const;

/** An operand that the x86-64 back end reads directly from memory, found by `x64/fold.ts`. */
export interface FoldedOperand {
  /** Which of `args` it replaces. */
  readonly arg: number;
  /** Its address; undefined for a constant, which has `words` instead. */
  readonly address: Address | undefined;
  /** The memory holds one 32-bit element, repeated in every lane. */
  readonly broadcast: boolean;
  readonly words: readonly number[] | undefined;
}

/** Created by `instruction`, `accessing` or `conditional`, and complete once it is part of a program. */
export interface Instr {
  readonly op: Op;
  /** The kind that selects the variant: that of the operands if it differs from the result's. */
  readonly kind: Kind;
  /** Register written, or -1. */
  dst: number;
  readonly args: number[];
  /**
   * All registers that are read: the operands (except a folded one), then those of the address, the mask and the
   * condition. The same array as `args` if the operands are all.
   */
  reads: readonly number[];
  address: Address | undefined;
  /** Memory type of loads and stores. */
  memory: MemoryType | undefined;
  /** Right-hand literal of integer ops, parameter slot, shift count, prefetch hint. */
  imm: number | undefined;
  /** 32-bit words of a vector constant (one word: repeated in every lane), or lane indices. */
  words: readonly number[] | undefined;
  relation: Relation | undefined;
  condition: Condition | undefined;
  /** Register of the mask of a masked load or store. */
  mask: number | undefined;
  folded: FoldedOperand | undefined;
}

/**
 * An instruction that reads `args`. All instructions are created here, with every field in the same order, so that they
 * have one object shape. Compiler passes run only once, in a cold engine, and several shapes would make it re-optimise
 * them repeatedly.
 */
export function instruction(op: Op, kind: Kind, args: number[]): Instr {
  return {
    op,
    kind,
    dst: -1,
    args,
    reads: args,
    address: undefined,
    memory: undefined,
    imm: undefined,
    words: undefined,
    relation: undefined,
    condition: undefined,
    mask: undefined,
    folded: undefined,
  };
}

/** An instruction that reads `args` and accesses memory; the register `mask` selects the lanes that do. */
export function accessing(op: Op, kind: Kind, address: Address, args: number[], mask?: number): Instr {
  const { base, index } = address;
  const instr = instruction(op, kind, args);
  const reads = index === undefined ? [base] : [base, index];
  if (mask !== undefined) reads.push(mask);
  instr.reads = args.length === 0 ? reads : args.concat(reads);
  instr.address = address;
  instr.mask = mask;
  return instr;
}

/** A branch, forward (`if`) or backward (`endloop`). */
export function conditional(op: "if" | "endloop", kind: Kind, condition: Condition): Instr {
  const instr = instruction(op, kind, []);
  instr.reads = condition.b === undefined ? [condition.a] : [condition.a, condition.b];
  instr.condition = condition;
  return instr;
}

export interface Register {
  readonly kind: Kind;
  readonly variable: boolean;
}

export interface Program {
  readonly name: string;
  readonly lanes: number;
  readonly registers: readonly Register[];
  readonly code: readonly Instr[];
  /** One per 8-byte slot of the argument block, in order. */
  readonly parameters: readonly { readonly name: string; readonly kind: ScalarKind }[];
}

const EFFECTS: ReadonlySet<Op> = new Set<Op>([
  "store",
  "storeQuad",
  "prefetch",
  "atomicAdd",
  "atomicLoad",
  "atomicStore",
  "fence",
  "pause",
  "call",
  "tile",
  "if",
  "else",
  "endif",
  "loop",
  "endloop",
]);

/** The program with other code over the same registers. */
export function withCode({ name, lanes, registers, parameters }: Program, code: readonly Instr[]): Program {
  return { name, lanes, registers, code, parameters };
}

/** How many times each register is read. */
export function countReads({ code, registers }: Program): Int32Array {
  const counts = new Int32Array(registers.length);
  for (let i = 0; i < code.length; i++) {
    const { reads } = code[i];
    for (let r = 0; r < reads.length; r++) counts[reads[r]]++;
  }
  return counts;
}

/**
 * Drops instructions without side effects whose results are never read, given how many times each register is read.
 * Variables are read across back edges, so for them every read counts, even a read by a dropped instruction.
 */
export function withoutUnread(program: Program, counts: Int32Array): Program {
  const { code, registers } = program;
  const kept: Instr[] = [];
  for (let i = code.length - 1; i >= 0; i--) {
    const instr = code[i];
    const { dst, op, reads } = instr;
    if (dst < 0 || counts[dst] > 0 || EFFECTS.has(op)) kept.push(instr);
    else for (let r = 0; r < reads.length; r++) if (!registers[reads[r]].variable) counts[reads[r]]--;
  }
  return withCode(program, kept.reverse());
}

/** A kernel that cannot be built: too many registers, an operand out of scope, an op that a target lacks. */
export class KernelError extends Error {
  readonly kernel: string;
  constructor(kernel: string, message: string) {
    super(`Cannot build kernel "${kernel}": ${message}`);
    this.name = "KernelError";
    this.kernel = kernel;
  }
}
