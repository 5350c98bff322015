/** What the lowering functions share: the assembler, and where each virtual register lives. */
import type { Address, Instr, Program } from "../ir.ts";
import type { Allocation, RegisterClass } from "../regalloc.ts";
import type { Target } from "../target.ts";
import type { Assembler, Mem, Rm, VectorBits, VectorOptions } from "./assembler.ts";
import { canBroadcast } from "./fold.ts";

export interface Source {
  readonly rm: Rm;
  readonly broadcast: boolean;
}

export class Context {
  readonly asm: Assembler;
  readonly program: Program;
  readonly target: Target;
  readonly wide: VectorBits;
  readonly isa: "avx512" | "avx2";
  readonly #allocation: Allocation;
  /** Index of the instruction being lowered. */
  position = 0;

  constructor(asm: Assembler, program: Program, target: Target, allocation: Allocation) {
    this.asm = asm;
    this.program = program;
    this.target = target;
    this.isa = target.isa === "avx512" ? "avx512" : "avx2";
    this.wide = this.isa === "avx512" ? 512 : 256;
    this.#allocation = allocation;
  }

  /** Physical register of a virtual one. */
  reg(id: number): number {
    return this.#allocation.registers[id];
  }
  temp(kind: RegisterClass, which = 0): number {
    return this.#allocation.temps[this.position][kind][which];
  }
  liveAcross(): readonly number[] {
    return this.#allocation.liveAcross.get(this.position) ?? [];
  }

  mem(address: Address, extra = 0): Mem {
    return {
      base: this.reg(address.base),
      scale: address.scale,
      disp: address.disp + extra,
      ...(address.index === undefined ? {} : { index: this.reg(address.index) }),
    };
  }

  /** A vector constant as a memory operand. */
  pool(words: readonly number[], broadcast: boolean, lanes = this.target.lanes): Source {
    if (words.length > 1) return { rm: this.asm.constant(words), broadcast: false };
    if (broadcast) return { rm: this.asm.constant(words), broadcast: true };
    return { rm: this.asm.constant(new Array<number>(lanes).fill(words[0])), broadcast: false };
  }

  /** Operand `position` of the instruction: its register, or the memory it was folded to. */
  source(instr: Instr, position: number): Source {
    const { folded } = instr;
    if (folded?.arg !== position) return { rm: this.reg(instr.args[position]), broadcast: false };
    if (folded.source.kind === "memory")
      return { rm: this.mem(folded.source.address), broadcast: folded.source.broadcast };
    if (instr.kind === "f32") return { rm: this.asm.constant(folded.source.words), broadcast: false };
    return this.pool(folded.source.words, this.isa === "avx512" && canBroadcast(instr));
  }

  /** Emits a vector instruction on whole vectors, its last operand from `source`. */
  wideOp(name: string, operands: readonly Rm[], source: Source, options: VectorOptions = {}): void {
    this.asm.vector(name, this.wide, [...operands, source.rm], { ...options, broadcast: source.broadcast });
  }

  moveVector(to: number, from: number, bits: VectorBits = this.wide): void {
    if (to !== from) this.asm.vector("vmovaps", bits, [to, from]);
  }
  moveGeneral(to: number, from: number): void {
    if (to !== from) this.asm.general("mov", from, to);
  }
  zeroVector(reg: number): void {
    if (this.isa === "avx512") this.asm.vector("vpxord", 512, [reg, reg, reg]);
    else this.asm.vector("vpxor", 256, [reg, reg, reg]);
  }
}

export type Lowering = (c: Context, instr: Instr) => void;
