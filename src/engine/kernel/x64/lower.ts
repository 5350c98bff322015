/**
 * From a program to x86-64 machine code: `void kernel(block)` in the C convention of the target. The bytes hold
 * their constants and run at any address. Vectors are 512 bits with EVEX (AVX-512) or 256 with VEX (AVX2).
 */
import { assert } from "../../../base/errors.ts";
import { type Condition, type Instr, isVector, KernelError, type Program } from "../ir.ts";
import { type AllocatorTarget, allocate, type Needs, type RegisterClass } from "../regalloc.ts";
import type { Target } from "../target.ts";
import { Assembler, type Label } from "./assembler.ts";
import { Context } from "./context.ts";
import { foldOperands } from "./fold.ts";
import { fuseBits } from "./fuse.ts";
import { lookupNeeds } from "./lower-lookup.ts";
import { MEMORY_LOWERINGS } from "./lower-memory.ts";
import { jumpIf, lowerCall, SCALAR_LOWERINGS } from "./lower-scalar.ts";
import { VECTOR_LOWERINGS } from "./lower-vector.ts";

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

function needs(instr: Instr, isa: "avx512" | "avx2"): Needs {
  const { op, kind } = instr;
  if (op === "dot4" || op === "dotBf16" || op === "andOr") return { tied: 0 };
  if (op.startsWith("reduce")) return { temps: { vector: 2 } };
  if (op === "firstLanes") return { temps: { vector: 1 } };
  if (op === "permute") return { early: true };
  if (op === "lookup") return lookupNeeds(instr, isa);
  if (op === "permute2") return isa === "avx512" ? { early: true } : { temps: { vector: 2 } };
  if (op === "atomicAdd" || (op === "param" && kind === "f32")) return { temps: { general: 1 } };
  if (op === "load" && kind === "f32" && instr.memory === "f16") return { temps: { general: 1 } };
  if ((op === "min" || op === "max") && kind === "int" && instr.imm !== undefined)
    return { temps: { general: 1 } };
  if (isa === "avx2" && (op === "load" || op === "store") && isVector(kind) && instr.memory !== "raw") {
    if (instr.mask !== undefined) return { temps: { vector: 1, general: 1 } };
    return op === "store" ? { temps: { vector: 1 } } : {};
  }
  return {};
}

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
    needs: (instr) => needs(instr, isa),
    preservedByCalls: "general",
  };
}

/** Loads a parameter: the block's address lies on top of the stack. */
function parameter(c: Context, instr: Instr): void {
  const dst = c.reg(instr.dst);
  const pointer = instr.kind === "f32" ? c.temp("general") : dst;
  c.asm.general("mov", { base: RSP }, pointer);
  const slot = { base: pointer, disp: 8 * (instr.imm ?? 0) };
  if (instr.kind === "f32") c.asm.vector("vmovss", 128, [dst, slot]);
  else c.asm.general("mov", slot, dst);
}

/** Labels of the blocks that are open. */
interface Open {
  readonly top: Label;
  end: Label;
}

function control(c: Context, instr: Instr, open: Open[]): boolean {
  const { asm } = c;
  if (instr.op === "if") {
    const end = asm.label();
    jumpIf(c, instr.condition as Condition, end, false);
    open.push({ top: end, end });
  } else if (instr.op === "else") {
    const block = open[open.length - 1];
    const end = asm.label();
    asm.jump(end);
    asm.bind(block.end);
    block.end = end;
  } else if (instr.op === "endif") asm.bind((open.pop() as Open).end);
  else if (instr.op === "loop") {
    asm.align(32);
    const top = asm.label();
    asm.bind(top);
    open.push({ top, end: top });
  } else if (instr.op === "endloop") jumpIf(c, instr.condition as Condition, (open.pop() as Open).top, true);
  else return false;
  return true;
}

function lowerInstr(c: Context, instr: Instr, open: Open[], pushed: number): void {
  if (control(c, instr, open)) return;
  if (instr.op === "param") {
    parameter(c, instr);
    return;
  }
  if (instr.op === "call") {
    lowerCall(c, instr, pushed);
    return;
  }
  // What reads a vector and writes an int is listed with the vectors.
  const crosses = ["toI32", "lane0", "reduceAdd", "reduceMax", "reduceMin"].includes(instr.op);
  const scalar = !crosses && (instr.kind === "int" || instr.kind === "ptr");
  const lowering = MEMORY_LOWERINGS[instr.op] ?? (scalar ? SCALAR_LOWERINGS : VECTOR_LOWERINGS)[instr.op];
  if (lowering === undefined)
    throw new KernelError(c.program.name, `${c.target.name} cannot do ${instr.op} of ${instr.kind}`);
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
  if (vectors.length > 0) asm.general("lea", { base: RSP, disp: -16 * vectors.length }, RSP);
  vectors.forEach((reg, i) => {
    asm.vector("vmovups.st", 128, [{ base: RSP, disp: 16 * i }, reg]);
  });
  asm.push(argument);
  const context = new Context(asm, program, target, allocation);
  const open: Open[] = [];
  program.code.forEach((instr, i) => {
    context.position = i;
    lowerInstr(context, instr, open, pushes.length + 2 * vectors.length + 1);
  });
  asm.general("lea", { base: RSP, disp: 8 }, RSP);
  vectors.forEach((reg, i) => {
    asm.vector("vmovups", 128, [reg, { base: RSP, disp: 16 * i }]);
  });
  if (vectors.length > 0) asm.general("lea", { base: RSP, disp: 16 * vectors.length }, RSP);
  asm.vzeroupper();
  for (const reg of pushes.toReversed()) asm.pop(reg);
  asm.ret();
  const { general, vector, mask } = allocation.used;
  return { ...asm.finish(), registers: { general: general.size, vector: vector.size, mask: mask.size } };
}
