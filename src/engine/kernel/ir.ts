/**
 * What the builder writes and the back ends read: a linear list of instructions over virtual registers, with
 * structured control (`if … else … endif`, `loop … endloop`). A register is assigned once, except for variables.
 * The list holds no target detail beyond the lane count it was built for.
 */

/** Vectors all have the register's full width: `lanes` × 4 bytes, so 2 × lanes of i16, 4 × lanes of i8. */
export type VectorKind = "f32v" | "i32v" | "i16v" | "i8v" | "u8v";
/** `int` is a signed 64-bit scalar; `ptr` an address (64 bits native, 32 bits in WebAssembly). */
export type ScalarKind = "ptr" | "int" | "f32";
/** `mask` holds one truth value per 32-bit lane. */
export type Kind = VectorKind | ScalarKind | "mask";

export const VECTOR_KINDS: readonly VectorKind[] = ["f32v", "i32v", "i16v", "i8v", "u8v"];

export function isVector(kind: Kind): kind is VectorKind {
  return (VECTOR_KINDS as readonly Kind[]).includes(kind);
}

/** How a value lies in memory. `raw` is the vector as it is; the others convert from and to 32-bit lanes. */
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
  readonly index?: number;
  readonly scale: Scale;
  readonly disp: number;
}

export type Relation = "<" | "<=" | "==" | "!=" | ">=" | ">";

/** A comparison of scalars. `imm` stands in for `b` when the right side is a literal. */
export interface Condition {
  readonly kind: ScalarKind;
  readonly relation: Relation;
  readonly a: number;
  readonly b?: number;
  readonly imm?: number;
}

export type Op =
  // values from nowhere
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
  // args[1] & args[2] | args[0]; made by the AVX-512 back end alone
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
  | "lookup16"
  | "lookup"
  // memory
  | "load"
  | "broadcast"
  | "store"
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

/** What an instruction `tile` does: its `imm`. Its `words` are tile numbers, 0 to 7. */
export const TILE_OPS = { config: 0, release: 1, zero: 2, load: 3, store: 4, dot: 5 } as const;

/** An operand that the x86-64 back end reads straight from memory, found by `x64/fold.ts`. */
export interface FoldedOperand {
  /** Which of `args` it replaces. */
  readonly arg: number;
  readonly source:
    | { readonly kind: "memory"; readonly address: Address; readonly broadcast: boolean }
    | { readonly kind: "constant"; readonly words: readonly number[] };
}

export interface Instr {
  readonly op: Op;
  /** The kind that picks the variant: of the operands where they differ from the result. */
  readonly kind: Kind;
  /** Register written, or -1. */
  dst: number;
  readonly args: number[];
  readonly address?: Address;
  /** Memory type of loads and stores. */
  readonly memory?: MemoryType;
  /** Right-hand literal of integer ops, parameter slot, shift count, prefetch hint. */
  readonly imm?: number;
  /** 32-bit words of a vector constant (one word: repeated in every lane), or lane indices. */
  readonly words?: readonly number[];
  readonly relation?: Relation;
  readonly condition?: Condition;
  /** Register of the mask of a masked load or store. */
  readonly mask?: number;
  folded?: FoldedOperand;
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

/** True if the instruction must stay even when nobody reads its result. */
export function hasEffect(instr: Instr): boolean {
  return EFFECTS.has(instr.op);
}

/** Every register that the instruction reads. A folded operand is read through its address. */
export function readsOf(instr: Instr): number[] {
  const reads = instr.args.filter((_, position) => instr.folded?.arg !== position);
  const addresses = [instr.address];
  if (instr.folded?.source.kind === "memory") addresses.push(instr.folded.source.address);
  for (const address of addresses) {
    if (address === undefined) continue;
    reads.push(address.base);
    if (address.index !== undefined) reads.push(address.index);
  }
  if (instr.mask !== undefined) reads.push(instr.mask);
  if (instr.condition !== undefined) {
    reads.push(instr.condition.a);
    if (instr.condition.b !== undefined) reads.push(instr.condition.b);
  }
  return reads;
}

/** Drops instructions without effect whose result nobody reads. */
export function withoutDeadCode(program: Program): Program {
  const live = new Set<number>();
  const keep = new Array<boolean>(program.code.length).fill(false);
  // Variables are read across back edges, so every read anywhere counts for them.
  for (const instr of program.code) {
    for (const id of readsOf(instr)) if (program.registers[id].variable) live.add(id);
  }
  for (let i = program.code.length - 1; i >= 0; i--) {
    const instr = program.code[i];
    if (!hasEffect(instr) && !live.has(instr.dst)) continue;
    keep[i] = true;
    for (const id of readsOf(instr)) live.add(id);
  }
  return { ...program, code: program.code.filter((_, i) => keep[i]) };
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
