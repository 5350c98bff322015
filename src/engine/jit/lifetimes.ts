/** From where to where in a program every virtual register is in use; see `regalloc.ts` for what positions are. */
import { type Instr, KernelError, type Program } from "./ir.ts";

/** When an instruction writes its result, on some target. */
export interface Writing {
  /** Before every operand has been read. */
  readonly early: boolean;
  /** Into the register of this operand, where it accumulates; -1: into any. */
  readonly tied: number;
}

export interface Lifetimes {
  /** Position of the first definition of each register, -1 if it has none. */
  readonly start: Int32Array;
  /** Position of the last use, which the ends of loops count as. */
  readonly end: Int32Array;
}

interface Loop {
  readonly outer: Loop | undefined;
  /** Where its `loop` and its `endloop` are. */
  readonly from: number;
  to: number;
}

/** Which instructions touch each register. */
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

/** A use inside of a loop of what was there before the loop lasts until its end, for the next round. */
function endOf(start: number, lastUse: number, around: Loop | undefined): number {
  let end = lastUse;
  for (let loop = around; loop !== undefined && start < 2 * loop.from; loop = loop.outer)
    end = 2 * loop.to + 1;
  return end;
}

/** Throws KernelError if something is read that is never set. */
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
