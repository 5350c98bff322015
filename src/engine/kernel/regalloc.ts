/**
 * Linear-scan register allocation (Poletto and Sarkar, "Linear scan register allocation"): every virtual register
 * lives in one physical register from its first definition to its last use, stretched over each loop that it is
 * used in but was defined before. There is no spilling: a kernel that needs more registers than the target has is
 * refused, with the place where it happened.
 *
 * Positions: instruction i reads at 2i and writes at 2i + 1, so a result may take the register of an operand
 * that dies there. Results that are written before the operands have been read start at 2i instead.
 */
import { type Instr, KernelError, type Program, readsOf } from "./ir.ts";

export type RegisterClass = "general" | "vector" | "mask";

/** What an instruction asks of the allocator on some target. */
export interface Needs {
  /** Scratch registers that the instruction may overwrite. */
  readonly temps?: Partial<Readonly<Record<RegisterClass, number>>>;
  /** The result is written before every operand has been read. */
  readonly early?: boolean;
  /** The result is accumulated in the register of this operand. */
  readonly tied?: number;
}

export interface AllocatorTarget {
  /** Physical registers of each class, the preferred first. */
  readonly files: Readonly<Record<RegisterClass, readonly number[]>>;
  classOf(register: number): RegisterClass;
  needs(instr: Instr): Needs;
  /** Register class that calls leave intact; values of others must not live across a call. */
  readonly preservedByCalls: RegisterClass;
}

export interface Allocation {
  /** Physical register of each virtual register (-1 if it is never written). */
  readonly registers: readonly number[];
  /** Scratch registers of each instruction, by class. */
  readonly temps: readonly Readonly<Record<RegisterClass, readonly number[]>>[];
  /** General registers that the kernel writes, and those alive across each call. */
  readonly used: Readonly<Record<RegisterClass, ReadonlySet<number>>>;
  readonly liveAcross: ReadonlyMap<number, readonly number[]>;
}

interface Interval {
  readonly register: number;
  readonly class: RegisterClass;
  readonly start: number;
  end: number;
  /** Virtual registers whose physical register would save a move. */
  readonly hints: readonly number[];
  /** For temps: the instruction. */
  readonly instr: number;
  physical: number;
}

/** [loop, endloop] index pairs. */
function loopsOf(code: readonly Instr[]): [number, number][] {
  const open: number[] = [];
  const loops: [number, number][] = [];
  code.forEach(({ op }, i) => {
    if (op === "loop") open.push(i);
    else if (op === "endloop") loops.push([open.pop() as number, i]);
  });
  return loops;
}

/** First definition and last use of every register, before loops are taken into account. */
function rawIntervals(program: Program, target: AllocatorTarget): (Interval | undefined)[] {
  const { code, registers } = program;
  const lastRead = new Array<number>(registers.length).fill(-1);
  code.forEach((instr, i) => {
    for (const id of readsOf(instr)) lastRead[id] = i;
    if (instr.dst >= 0) lastRead[instr.dst] = Math.max(lastRead[instr.dst], i);
  });
  const intervals = new Array<Interval | undefined>(registers.length).fill(undefined);
  code.forEach((instr, i) => {
    const { dst } = instr;
    if (dst < 0 || intervals[dst] !== undefined) return;
    const { early, tied } = target.needs(instr);
    const tiedDies = tied !== undefined && lastRead[instr.args[tied]] === i;
    const start = early || (tied !== undefined && !tiedDies) ? 2 * i : 2 * i + 1;
    const hints = tied === undefined ? [...instr.args].reverse() : [instr.args[tied]];
    intervals[dst] = {
      register: dst,
      class: target.classOf(dst),
      start,
      end: start,
      hints,
      instr: i,
      physical: -1,
    };
  });
  return intervals;
}

function stretch(program: Program, intervals: readonly (Interval | undefined)[]): void {
  const loops = loopsOf(program.code);
  program.code.forEach((instr, i) => {
    const touched = instr.dst >= 0 ? [...readsOf(instr), instr.dst] : readsOf(instr);
    for (const id of touched) {
      const interval = intervals[id];
      if (interval === undefined)
        throw new KernelError(program.name, `a ${program.registers[id].kind} value is read but never set`);
      let end = id === instr.dst ? 2 * i + 1 : 2 * i;
      for (const [from, to] of loops)
        if (from < i && i <= to && interval.start < 2 * from) end = Math.max(end, 2 * to + 1);
      interval.end = Math.max(interval.end, end);
    }
  });
}

function tempIntervals(program: Program, target: AllocatorTarget): Interval[] {
  return program.code.flatMap((instr, i) => {
    const temps = Object.entries(target.needs(instr).temps ?? {}) as [RegisterClass, number][];
    return temps.flatMap(([kind, count]) =>
      Array.from({ length: count }, () => ({
        register: -1,
        class: kind,
        start: 2 * i,
        end: 2 * i + 1,
        hints: [],
        instr: i,
        physical: -1,
      })),
    );
  });
}

/** The registers that are alive at the point where allocation failed, for the message. */
function shortage(
  program: Program,
  interval: Interval,
  alive: readonly Interval[],
  limit: number,
): KernelError {
  const { op } = program.code[interval.instr];
  const variables = alive.filter((a) => a.register >= 0 && program.registers[a.register].variable).length;
  return new KernelError(
    program.name,
    `instruction ${interval.instr} (${op}) needs one more ${interval.class} register than the ${limit} there are; ` +
      `${alive.length} values are alive, ${variables} of them variables. Use smaller tiles, or load values later`,
  );
}

export function allocate(program: Program, target: AllocatorTarget): Allocation {
  const intervals = rawIntervals(program, target);
  stretch(program, intervals);
  const real = intervals.filter((interval) => interval !== undefined);
  const all = [...real, ...tempIntervals(program, target)].sort((a, b) => a.start - b.start || a.end - b.end);
  const physical = new Array<number>(program.registers.length).fill(-1);
  const temps = program.code.map(
    () => ({ general: [], vector: [], mask: [] }) as Record<RegisterClass, number[]>,
  );
  const used = { general: new Set<number>(), vector: new Set<number>(), mask: new Set<number>() };
  let active: Interval[] = [];
  for (const interval of all) {
    active = active.filter((other) => other.end >= interval.start);
    const file = target.files[interval.class];
    const alive = active.filter((other) => other.class === interval.class);
    const taken = new Set(alive.map((other) => other.physical));
    const hinted = interval.hints.map((id) => physical[id]);
    const hintOf = hinted.find(
      (r, h) => r >= 0 && !taken.has(r) && target.classOf(interval.hints[h]) === interval.class,
    );
    const chosen = hintOf ?? file.find((r) => !taken.has(r));
    if (chosen === undefined) throw shortage(program, interval, alive, file.length);
    interval.physical = chosen;
    used[interval.class].add(chosen);
    if (interval.register >= 0) physical[interval.register] = chosen;
    else temps[interval.instr][interval.class].push(chosen);
    active.push(interval);
  }
  return { registers: physical, temps, used, liveAcross: acrossCalls(program, target, real) };
}

function acrossCalls(program: Program, target: AllocatorTarget, intervals: readonly Interval[]) {
  const across = new Map<number, number[]>();
  program.code.forEach((instr, i) => {
    if (instr.op !== "call") return;
    const alive = intervals.filter((interval) => interval.start < 2 * i && interval.end > 2 * i);
    const lost = alive.find((interval) => interval.class !== target.preservedByCalls);
    if (lost !== undefined)
      throw new KernelError(
        program.name,
        `a ${lost.class} value is alive across the call at instruction ${i}`,
      );
    across.set(
      i,
      alive.map((interval) => interval.physical),
    );
  });
  return across;
}
