/** Shared state of the lowering functions: the assembler, and the physical register of each virtual one. */
import type { Address, Instr, Program } from "../ir.ts";
import type { Allocation, RegisterClass } from "../regalloc.ts";
import type { Target } from "../target.ts";
import {
  type Assembler,
  type Label,
  type Mem,
  mem,
  NO_INDEX,
  type Rm,
  type VectorBits,
} from "./assembler.ts";
import { canBroadcast } from "./fold.ts";

/** A loop with the label of its top, or a branch with the label to jump to if its condition does not hold. */
export interface Block {
  readonly top: Label;
  end: Label;
}

export class Context {
  readonly asm: Assembler;
  readonly program: Program;
  readonly target: Target;
  /** Blocks around the current instruction, outermost first. */
  readonly open: Block[] = [];
  /** Number of 8-byte words that the kernel has pushed; the last is the block's address. */
  readonly pushed: number;
  readonly wide: VectorBits;
  readonly isa: "avx512" | "avx2";
  readonly #allocation: Allocation;
  /** Index of the instruction being lowered. */
  position = 0;

  constructor(asm: Assembler, program: Program, target: Target, allocation: Allocation, pushed: number) {
    this.asm = asm;
    this.program = program;
    this.target = target;
    this.isa = target.isa === "avx512" ? "avx512" : "avx2";
    this.wide = this.isa === "avx512" ? 512 : 256;
    this.#allocation = allocation;
    this.pushed = pushed;
  }

  /** Physical register of a virtual one. */
  reg(id: number): number {
    return this.#allocation.registers[id];
  }
  temp(kind: RegisterClass, which = 0): number {
    return this.#allocation.temps.get(this.position)?.[kind][which] as number;
  }
  liveAcross(): readonly number[] {
    return this.#allocation.liveAcross.get(this.position) ?? [];
  }

  mem({ base, index, scale, disp }: Address, extra = 0, broadcast = false): Mem {
    const indexed = index === undefined ? NO_INDEX : this.reg(index);
    return mem(this.reg(base), disp + extra, indexed, scale, broadcast);
  }

  /** A vector constant as a memory operand. */
  pool(words: readonly number[], broadcast: boolean, lanes = this.target.lanes): Mem {
    if (words.length > 1) return this.asm.constant(words);
    if (broadcast) return this.asm.constant(words, true);
    return this.asm.constant(new Array<number>(lanes).fill(words[0]));
  }

  /** Operand `position` of the instruction: its register, or the memory it was folded to. */
  source(instr: Instr, position: number): Rm {
    const { folded } = instr;
    if (folded === undefined || folded.arg !== position) return this.reg(instr.args[position]);
    if (folded.address !== undefined) return this.mem(folded.address, 0, folded.broadcast);
    const words = folded.words as readonly number[];
    if (instr.kind === "f32") return this.asm.constant(words);
    return this.pool(words, this.isa === "avx512" && canBroadcast(instr));
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
