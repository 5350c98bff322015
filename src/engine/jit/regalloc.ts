/**
 * Linear-scan register allocation (Poletto and Sarkar, "Linear scan register allocation"): every virtual register
 * has one physical register from its first definition to its last use, extended to the end of each loop that uses it
 * but does not define it. There is no spilling: a kernel that needs more registers than the target has is refused, with
 * the place where registers ran out.
 *
 * Positions: instruction i reads at 2i and writes at 2i + 1, so a result may take the register of an operand that dies
 * there. Results that are written before all operands are read start at 2i instead.
 */
import { type Instr, KernelError, type Program } from "./ir.ts";
import { type Lifetimes, lifetimesOf, type Writing } from "./lifetimes.ts";

export type RegisterClass = "general" | "vector" | "mask";
type Classes<T> = Readonly<Record<RegisterClass, T>>;

/** The requirements of an instruction on some target. */
export interface Needs extends Writing {
  /** Number of scratch registers that it overwrites, by class. */
  readonly temps: Classes<number> | undefined;
}

export interface AllocatorTarget {
  /** Physical registers of each class, preferred ones first; numbers below 32. */
  readonly files: Classes<readonly number[]>;
  classOf(register: number): RegisterClass;
  needs(instr: Instr): Needs;
  /** Register class that calls preserve. Values of other classes must not live across a call. */
  readonly preservedByCalls: RegisterClass;
}

export interface Allocation {
  /** Physical register of each virtual register (-1 if it is never written). */
  readonly registers: Int32Array;
  /** Scratch registers of the instructions that need some, by position. */
  readonly temps: ReadonlyMap<number, Classes<readonly number[]>>;
  /** Physical registers that the kernel writes. */
  readonly used: Classes<ReadonlySet<number>>;
  /** General registers alive across each call, by position. */
  readonly liveAcross: ReadonlyMap<number, readonly number[]>;
}

/** The physical registers of one class. */
class RegisterFile {
  readonly class: RegisterClass;
  readonly registers: readonly number[];
  readonly used = new Set<number>();
  /** Position up to which each register is taken, and the virtual register that holds it (-1: scratch). */
  readonly #until = new Int32Array(32).fill(-1);
  readonly #holder = new Int32Array(32);

  constructor(of: RegisterClass, registers: readonly number[]) {
    this.class = of;
    this.registers = registers;
  }

  isFree(physical: number, position: number): boolean {
    return this.#until[physical] < position;
  }
  /** The most preferred free register; -1 if none is free. */
  firstFree(position: number): number {
    const { registers } = this;
    for (let i = 0; i < registers.length; i++) if (this.#until[registers[i]] < position) return registers[i];
    return -1;
  }
  take(physical: number, until: number, holder: number): void {
    this.#until[physical] = until;
    this.#holder[physical] = holder;
    this.used.add(physical);
  }
  holdersAt(position: number): number[] {
    return this.registers.filter((r) => !this.isFree(r, position)).map((r) => this.#holder[r]);
  }
}

class LinearScan {
  readonly #program: Program;
  readonly #target: AllocatorTarget;
  readonly #lifetimes: Lifetimes;
  readonly #files: Classes<RegisterFile>;
  readonly #physical: Int32Array;
  readonly #temps = new Map<number, Classes<number[]>>();
  readonly #liveAcross = new Map<number, number[]>();

  constructor(program: Program, target: AllocatorTarget) {
    this.#program = program;
    this.#target = target;
    this.#lifetimes = lifetimesOf(program, (instr) => target.needs(instr));
    this.#physical = new Int32Array(program.registers.length).fill(-1);
    const { general, vector, mask } = target.files;
    this.#files = {
      general: new RegisterFile("general", general),
      vector: new RegisterFile("vector", vector),
      mask: new RegisterFile("mask", mask),
    };
  }

  run(): Allocation {
    this.#program.code.forEach((instr, i) => {
      this.#allocateAt(i, instr);
      if (instr.op === "call") this.#liveAcross.set(i, this.#aliveAt(i));
    });
    const { general, vector, mask } = this.#files;
    return {
      registers: this.#physical,
      temps: this.#temps,
      used: { general: general.used, vector: vector.used, mask: mask.used },
      liveAcross: this.#liveAcross,
    };
  }

  /**
   * Allocates scratch registers, and the result if this is its first write. The result comes first if it starts and
   * ends within this instruction.
   */
  #allocateAt(i: number, instr: Instr): void {
    const { dst } = instr;
    const { start, end } = this.#lifetimes;
    const { temps, tied } = this.#target.needs(instr);
    const isFirst = dst >= 0 && start[dst] >> 1 === i && this.#physical[dst] < 0;
    if (temps === undefined) {
      if (isFirst) this.#allocateResult(i, instr, tied);
      return;
    }
    const resultFirst = isFirst && start[dst] === 2 * i && end[dst] === 2 * i + 1;
    if (resultFirst) this.#allocateResult(i, instr, tied);
    const { general, vector, mask } = this.#files;
    this.#temps.set(i, {
      general: this.#allocateTemps(i, general, temps.general),
      vector: this.#allocateTemps(i, vector, temps.vector),
      mask: this.#allocateTemps(i, mask, temps.mask),
    });
    if (isFirst && !resultFirst) this.#allocateResult(i, instr, tied);
  }

  #allocateTemps(i: number, file: RegisterFile, count: number): number[] {
    const temps: number[] = [];
    for (let n = 0; n < count; n++) {
      const chosen = file.firstFree(2 * i);
      if (chosen < 0) throw this.#shortage(i, file, 2 * i);
      file.take(chosen, 2 * i + 1, -1);
      temps.push(chosen);
    }
    return temps;
  }

  #allocateResult(i: number, instr: Instr, tied: number): void {
    const { dst } = instr;
    const position = this.#lifetimes.start[dst];
    const file = this.#files[this.#target.classOf(dst)];
    let chosen = this.#savingMove(instr, tied, file, position);
    if (chosen < 0) chosen = file.firstFree(position);
    if (chosen < 0) throw this.#shortage(i, file, position);
    file.take(chosen, this.#lifetimes.end[dst], dst);
    this.#physical[dst] = chosen;
  }

  /** The free register of an operand, the last operand first: the result there saves a move. -1 if there is none. */
  #savingMove({ args }: Instr, tied: number, file: RegisterFile, position: number): number {
    const lowest = Math.max(tied, 0);
    for (let a = tied >= 0 ? tied : args.length - 1; a >= lowest; a--) {
      const physical = this.#physical[args[a]];
      if (physical < 0 || this.#target.classOf(args[a]) !== file.class) continue;
      if (file.isFree(physical, position)) return physical;
    }
    return -1;
  }

  /** The error for the point where allocation failed, with the number of live values. */
  #shortage(i: number, file: RegisterFile, position: number): KernelError {
    const { name, code, registers } = this.#program;
    const alive = file.holdersAt(position);
    const variables = alive.filter((id) => id >= 0 && registers[id].variable).length;
    return new KernelError(
      name,
      `instruction ${i} (${code[i].op}) needs more than the ${file.registers.length} ${file.class} registers of the ` +
        `target; ${alive.length} values are alive, ${variables} of them variables. Use smaller tiles, or load values later`,
    );
  }

  #aliveAt(call: number): number[] {
    const { start, end } = this.#lifetimes;
    const alive: number[] = [];
    for (let id = 0; id < start.length; id++) {
      if (start[id] < 0 || start[id] >= 2 * call || end[id] <= 2 * call) continue;
      const kind = this.#target.classOf(id);
      if (kind !== this.#target.preservedByCalls)
        throw new KernelError(
          this.#program.name,
          `a ${kind} value is alive across the call at instruction ${call}`,
        );
      alive.push(this.#physical[id]);
    }
    return alive;
  }
}

export function allocate(program: Program, target: AllocatorTarget): Allocation {
  return new LinearScan(program, target).run();
}
