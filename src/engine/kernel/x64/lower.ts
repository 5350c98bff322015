/**
 * From a program to x86-64 machine code: `void kernel(block)` in the C convention of the target. The bytes hold
 * their constants and run at any address. Vectors are 512 bits with EVEX (AVX-512) or 256 with VEX (AVX2).
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
  /** Bytes of code alone, for disassembly. */
  readonly codeLength: number;
  /** Registers that the kernel uses, of each class. */
  readonly registers: Readonly<Record<RegisterClass, number>>;
}

const RSP = 4;
/** rax rcx rdx rsi rdi r8–r11 first, since nobody has to save them; then those that callees save. */
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
/** What reads a vector and writes an int, and so is listed with the vectors. */
const CROSSES: ReadonlySet<Op> = new Set<Op>(["toI32", "lane0", "reduceAdd", "reduceMax", "reduceMin"]);

function lower(c: Context, instr: Instr): void {
  const { op, kind } = instr;
  const scalar = (kind === "int" || kind === "ptr") && !CROSSES.has(op);
  const lowering = LOWERINGS[op] ?? (scalar ? SCALAR_LOWERINGS : VECTOR_LOWERINGS)[op];
  if (lowering === undefined)
    throw new KernelError(c.program.name, `${c.target.name} cannot do ${op} of ${kind}`);
  lowering(c, instr);
}

/** Compiles a program for `avx512` or `avx2`. Throws KernelError if registers run out. */
export function compileX64(source: Program, target: Target): MachineCode {
  assert(target.isa === "avx512" || target.isa === "avx2", `${target.name} is no x86-64 target`);
  const program = foldOperands(target.isa === "avx512" ? fuseBits(source) : source, target.isa);
  const allocation = allocate(program, allocatorTarget(program, target));
  const asm = new Assembler();
  const { saved, argument } = GENERAL[target.convention];
  const pushes = saved.filter((reg) => allocation.used.general.has(reg));
  const vectors = SAVED_VECTORS[target.convention].filter((reg) => allocation.used.vector.has(reg));
  for (const reg of pushes) asm.push(reg);
  if (vectors.length > 0) asm.general("lea", mem(RSP, -16 * vectors.length), RSP);
  vectors.forEach((reg, i) => {
    asm.vector("vmovups.st", 128, [mem(RSP, 16 * i), reg]);
  });
  asm.push(argument);
  const pushed = pushes.length + 2 * vectors.length + 1;
  const context = new Context(asm, program, target, allocation, pushed);
  program.code.forEach((instr, i) => {
    context.position = i;
    lower(context, instr);
  });
  asm.general("lea", mem(RSP, 8), RSP);
  vectors.forEach((reg, i) => {
    asm.vector("vmovups", 128, [reg, mem(RSP, 16 * i)]);
  });
  if (vectors.length > 0) asm.general("lea", mem(RSP, 16 * vectors.length), RSP);
  asm.vzeroupper();
  for (const reg of pushes.toReversed()) asm.pop(reg);
  asm.ret();
  const { general, vector, mask } = allocation.used;
  return { ...asm.finish(), registers: { general: general.size, vector: vector.size, mask: mask.size } };
}
