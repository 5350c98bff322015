/** The range of a program in which each virtual register is in use; `regalloc.ts` defines positions. */
import { type Instr, KernelError, type Program } from "./ir.ts";

/** When and where an instruction writes its result, on some target. */
export interface Writing {
  /** True if it writes before it has read every operand. */
  readonly early: boolean;
  /** Operand whose register it accumulates into; -1: any register. */
  readonly tied: number;
}

export interface Lifetimes {
  /** Position of the first definition of each register, -1 if it has none. */
  readonly start: Int32Array;
  /** Position of the last use. The end of a loop can count as a use. */
  readonly end: Int32Array;
}

interface Loop {
  readonly outer: Loop | undefined;
  /** Positions of its `loop` and its `endloop`. */
  readonly from: number;
  to: number;
}

/** The instructions that read or write each register. */
class Touches {
  /** The first that writes it, -1 if none does. */
  readonly firstWrite: Int32Array;
  /** The last that reads or writes it, -1 if none does, and the innermost loop around that. */
  readonly last: Int32Array;
  readonly lastLoop: (Loop | undefined)[];

  constructor({ code, registers }: Program) {
    this.firstWrite = new Int32Array(registers.length).fill(-1);
    this.last = new Int32Array(registers.length).fill(-1);
    this.lastLoop = new Array<Loop | undefined>(registers.length).fill(undefined);
    let loop: Loop | undefined;
    code.forEach(({ op, reads, dst }, i) => {
      for (let r = 0; r < reads.length; r++) this.#touch(reads[r], i, loop);
      if (dst >= 0) {
        this.#touch(dst, i, loop);
        if (this.firstWrite[dst] < 0) this.firstWrite[dst] = i;
      } else if (op === "loop") loop = { outer: loop, from: i, to: i };
      else if (op === "endloop") loop = closed(loop as Loop, i);
    });
  }

  #touch(id: number, i: number, loop: Loop | undefined): void {
    this.last[id] = i;
    this.lastLoop[id] = loop;
  }
}

function closed(loop: Loop, to: number): Loop | undefined {
  loop.to = to;
  return loop.outer;
}

function startOf(first: Instr, i: number, touches: Touches, { early, tied }: Writing): number {
  const waits = tied >= 0 && touches.last[first.args[tied]] !== i;
  return early || waits ? 2 * i : 2 * i + 1;
}

/**
 * If a loop uses a value that was defined before it, the value lives until the end of the loop, for the next
 * iteration.
 */
function endOf(start: number, lastUse: number, around: Loop | undefined): number {
  let end = lastUse;
  for (let loop = around; loop !== undefined && start < 2 * loop.from; loop = loop.outer)
    end = 2 * loop.to + 1;
  return end;
}

/** Throws KernelError if a register is read that is never set. */
export function lifetimesOf(program: Program, writing: (instr: Instr) => Writing): Lifetimes {
  const { name, code, registers } = program;
  const touches = new Touches(program);
  const start = new Int32Array(registers.length).fill(-1);
  const end = new Int32Array(registers.length);
  registers.forEach(({ kind }, id) => {
    const last = touches.last[id];
    if (last < 0) return;
    const first = touches.firstWrite[id];
    if (first < 0) throw new KernelError(name, `a ${kind} value is read but never set`);
    start[id] = startOf(code[first], first, touches, writing(code[first]));
    const lastUse = code[last].dst === id ? 2 * last + 1 : 2 * last;
    end[id] = endOf(start[id], lastUse, touches.lastLoop[id]);
  });
  return { start, end };
}
