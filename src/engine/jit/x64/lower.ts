/**
 * Lowers a program to x86-64 machine code: `void kernel(block)` in the C convention of the target. The bytes include
 * their constants and are position-independent. Vectors are 512 bits with EVEX (AVX-512) or 256 bits with VEX (AVX2).
 */
import { assert } from "../../../base/errors.ts";
import { type Instr, KernelError, type Op, type Program } from "../ir.ts";
import { type AllocatorTarget, allocate, type RegisterClass } from "../regalloc.ts";
import type { Target } from "../target.ts";
import { Assembler, mem } from "./assembler.ts";
import { Context, type Lowering } from "./context.ts";
import { foldOperands } from "./fold.ts";
import { fuseBits } from "./fuse.ts";
import { CONTROL_LOWERINGS } from "./lower-control.ts";
import { MEMORY_LOWERINGS } from "./lower-memory.ts";
import { SCALAR_LOWERINGS } from "./lower-scalar.ts";
import { VECTOR_LOWERINGS } from "./lower-vector.ts";
import { needsOf } from "./needs.ts";

export interface MachineCode {
  /** Code, then constants. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of code without constants, for disassembly. */
  readonly codeLength: number;
  /** Registers that the kernel uses, of each class. */
  readonly registers: Readonly<Record<RegisterClass, number>>;
}

const RSP = 4;
/** rax rcx rdx rsi rdi r8–r11 first, because they need not be saved; then those that callees save. */
const GENERAL = {
  sysv: { free: [0, 1, 2, 6, 7, 8, 9, 10, 11], saved: [3, 5, 12, 13, 14, 15], argument: 7 },
  win64: { free: [0, 1, 2, 8, 9, 10, 11], saved: [3, 5, 6, 7, 12, 13, 14, 15], argument: 1 },
} as const;
/** On Windows callees save xmm6 to xmm15. */
const SAVED_VECTORS = { sysv: [], win64: [6, 7, 8, 9, 10, 11, 12, 13, 14, 15] } as const;

function allocatorTarget(program: Program, target: Target): AllocatorTarget {
  const isa = target.isa as "avx512" | "avx2";
  const { free, saved } = GENERAL[target.convention];
  const classOf = (id: number): RegisterClass => {
    const { kind } = program.registers[id];
    if (kind === "int" || kind === "ptr") return "general";
    return kind === "mask" && isa === "avx512" ? "mask" : "vector";
  };
  return {
    files: {
      general: [...free, ...saved],
      vector: Array.from({ length: isa === "avx512" ? 32 : 16 }, (_, i) => i),
      mask: [1, 2, 3, 4, 5, 6, 7],
    },
    classOf,
    needs: (instr) => needsOf(instr, isa),
    preservedByCalls: "general",
  };
}

const LOWERINGS: Readonly<Record<string, Lowering>> = { ...MEMORY_LOWERINGS, ...CONTROL_LOWERINGS };
/** Ops that read a vector and may write an int; their lowerings are in the vector table. */
const CROSSES: ReadonlySet<Op> = new Set<Op>(["toI32", "lane0", "reduceAdd", "reduceMax", "reduceMin"]);

function lower(c: Context, instr: Instr): void {
  const { op, kind } = instr;
  const scalar = (kind === "int" || kind === "ptr") && !CROSSES.has(op);
  const lowering = LOWERINGS[op] ?? (scalar ? SCALAR_LOWERINGS : VECTOR_LOWERINGS)[op];
  if (lowering === undefined)
    throw new KernelError(c.program.name, `${c.target.name} does not support ${op} of ${kind}`);
  lowering(c, instr);
}

/** The registers that the kernel must preserve for its caller. */
interface Saved {
  readonly general: readonly number[];
  readonly vector: readonly number[];
}

/** Saves registers, then the address of the argument block. Returns the number of pushed 8-byte words. */
function enter(asm: Assembler, { general, vector }: Saved, argument: number): number {
  for (const reg of general) asm.push(reg);
  if (vector.length > 0) asm.general("lea", mem(RSP, -16 * vector.length), RSP);
  vector.forEach((reg, i) => {
    asm.vector("vmovups.st", 128, [mem(RSP, 16 * i), reg]);
  });
  asm.push(argument);
  return general.length + 2 * vector.length + 1;
}

function leave(asm: Assembler, { general, vector }: Saved): void {
  asm.general("lea", mem(RSP, 8), RSP);
  vector.forEach((reg, i) => {
    asm.vector("vmovups", 128, [reg, mem(RSP, 16 * i)]);
  });
  if (vector.length > 0) asm.general("lea", mem(RSP, 16 * vector.length), RSP);
  asm.vzeroupper();
  for (const reg of general.toReversed()) asm.pop(reg);
  asm.ret();
}

/** Compiles a program for `avx512` or `avx2`. Throws KernelError if registers run out. */
export function compileX64(source: Program, target: Target): MachineCode {
  assert(target.isa === "avx512" || target.isa === "avx2", `${target.name} is not an x86-64 target`);
  const program = foldOperands(target.isa === "avx512" ? fuseBits(source) : source, target.isa);
  const allocation = allocate(program, allocatorTarget(program, target));
  const { general, vector, mask } = allocation.used;
  const { saved, argument } = GENERAL[target.convention];
  const kept: Saved = {
    general: saved.filter((reg) => general.has(reg)),
    vector: SAVED_VECTORS[target.convention].filter((reg) => vector.has(reg)),
  };
  const asm = new Assembler();
  const context = new Context(asm, program, target, allocation, enter(asm, kept, argument));
  program.code.forEach((instr, i) => {
    context.position = i;
    lower(context, instr);
  });
  leave(asm, kept);
  return { ...asm.finish(), registers: { general: general.size, vector: vector.size, mask: mask.size } };
}
