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

/** Position of each loop's `endloop`, by that of its `loop`. */
function loopEnds(code: readonly Instr[]): Map<number, number> {
  const open: number[] = [];
  const ends = new Map<number, number>();
  for (let i = 0; i < code.length; i++) {
    const { op } = code[i];
    if (op === "loop") open.push(i);
    else if (op === "endloop") ends.set(open.pop() as number, i);
  }
  return ends;
}

class Walk {
  readonly #program: Program;
  readonly #writing: (instr: Instr) => Writing;
  readonly #loopEnds: ReadonlyMap<number, number>;
  /** Loops that the walk is inside of, the outermost first. */
  readonly #open: number[] = [];
  readonly #lastTouch: Int32Array;
  readonly #start: Int32Array;
  readonly #end: Int32Array;

  constructor(program: Program, writing: (instr: Instr) => Writing) {
    const count = program.registers.length;
    this.#program = program;
    this.#writing = writing;
    this.#loopEnds = loopEnds(program.code);
    this.#lastTouch = new Int32Array(count);
    this.#start = new Int32Array(count).fill(-1);
    this.#end = new Int32Array(count);
  }

  run(): Lifetimes {
    const { code } = this.#program;
    code.forEach(({ reads, dst }, i) => {
      for (let r = 0; r < reads.length; r++) this.#lastTouch[reads[r]] = i;
      if (dst >= 0) this.#lastTouch[dst] = i;
    });
    code.forEach((instr, i) => {
      const { op, reads } = instr;
      for (let r = 0; r < reads.length; r++) this.#use(reads[r], 2 * i);
      if (instr.dst >= 0) this.#define(i, instr);
      else if (op === "loop") this.#open.push(i);
      else if (op === "endloop") this.#open.pop();
    });
    return { start: this.#start, end: this.#end };
  }

  #define(i: number, instr: Instr): void {
    const { dst, args } = instr;
    if (this.#start[dst] < 0) {
      const { early, tied } = this.#writing(instr);
      const waits = tied >= 0 && this.#lastTouch[args[tied]] !== i;
      this.#start[dst] = early || waits ? 2 * i : 2 * i + 1;
    }
    this.#use(dst, 2 * i + 1);
  }

  /** A use inside of a loop of what was there before the loop lasts until its end, for the next round. */
  #use(id: number, position: number): void {
    const start = this.#start[id];
    if (start < 0) this.#failUnset(id);
    const open = this.#open;
    let end = position;
    for (let outer = 0; outer < open.length; outer++) {
      if (start >= 2 * open[outer]) continue;
      end = 2 * (this.#loopEnds.get(open[outer]) as number) + 1;
      break;
    }
    if (end > this.#end[id]) this.#end[id] = end;
  }

  #failUnset(id: number): never {
    const { name, registers } = this.#program;
    throw new KernelError(name, `a ${registers[id].kind} value is read but never set`);
  }
}

export function lifetimesOf(program: Program, writing: (instr: Instr) => Writing): Lifetimes {
  return new Walk(program, writing).run();
}
