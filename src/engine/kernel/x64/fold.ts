/**
 * Lets instructions read an operand straight from memory: literals of the same loop from the constant pool, and
 * loads that are used once, in the same run of straight code, with nothing stored in between. Literals that were
 * made outside the loop that uses them stay in their register: hoisting one by hand is how to ask for that.
 */
import { type Address, type Instr, type Program, readsOf, withoutDeadCode } from "../ir.ts";

const COMMUTES: ReadonlySet<string> = new Set("add mul and or xor andOr madd fma fnma dotBf16".split(" "));

/** The operand that may come from memory; undefined if none may. */
function memoryOperand(instr: Instr, isa: "avx512" | "avx2"): number | undefined {
  const { op, kind } = instr;
  if (kind === "int" || kind === "ptr" || kind === "mask") return undefined;
  if (op === "mul" && kind !== "f32" && kind !== "f32v" && kind !== "i32v" && kind !== "i16v")
    return undefined;
  if (["sqrt", "round", "toF32", "toI32"].includes(op)) return kind === "f32" ? undefined : 0;
  if (["andOr", "dot4", "dotBf16", "fma", "fnma"].includes(op)) return 2;
  if (op === "compare" && isa === "avx2" && kind === "i32v") return undefined;
  const second = "add sub mul div min max and or xor andnot madd maddubs compare lookup16 select".split(" ");
  return second.includes(op) ? 1 : undefined;
}

/** Ops whose 512-bit form can repeat one 32-bit element. */
export function canBroadcast(instr: Instr): boolean {
  const { op, kind } = instr;
  if (["dot4", "dotBf16", "and", "or", "xor", "andnot", "andOr"].includes(op)) return true;
  if (op === "lookup16" || op === "madd" || op === "maddubs") return false;
  return kind === "f32v" || kind === "i32v";
}

interface Definition {
  readonly instr: Instr;
  /** Straight-line run that it belongs to. */
  readonly run: number;
  readonly depth: number;
}

const ENDS_RUN: ReadonlySet<string> = new Set(
  "if else endif loop endloop store atomicAdd atomicLoad atomicStore fence call tile".split(" "),
);

class Folder {
  readonly #program: Program;
  readonly #isa: "avx512" | "avx2";
  readonly #uses: number[];
  readonly #definitions = new Map<number, Definition>();
  /** Loads whose address reads a variable, by variable. */
  readonly #loadsThrough = new Map<number, number[]>();
  #run = 0;
  #depth = 0;

  constructor(program: Program, isa: "avx512" | "avx2") {
    this.#program = program;
    this.#isa = isa;
    this.#uses = new Array<number>(program.registers.length).fill(0);
    for (const instr of program.code) for (const id of readsOf(instr)) this.#uses[id]++;
  }

  #foldable(id: number, user: Instr): Instr["folded"] | undefined {
    const definition = this.#definitions.get(id);
    if (definition === undefined || this.#program.registers[id].variable) return undefined;
    const { instr, run, depth } = definition;
    if (instr.op === "const") {
      if (depth !== this.#depth) return undefined;
      return { arg: -1, source: { kind: "constant", words: instr.words ?? [] } };
    }
    if (this.#uses[id] !== 1 || run !== this.#run || instr.mask !== undefined) return undefined;
    const broadcast = instr.op === "broadcast";
    if (broadcast && !(this.#isa === "avx512" && canBroadcast(user))) return undefined;
    if (instr.op === "load" && instr.memory !== "raw" && !(instr.memory === "f32" && user.kind === "f32"))
      return undefined;
    return { arg: -1, source: { kind: "memory", address: instr.address as Address, broadcast } };
  }

  #fold(instr: Instr): void {
    const position = memoryOperand(instr, this.#isa);
    if (position === undefined) return;
    const candidates = [position];
    if (COMMUTES.has(instr.op)) candidates.push(position === 0 ? 1 : position - 1);
    if (instr.op === "fma" || instr.op === "fnma") candidates.push(0);
    for (const candidate of candidates) {
      if (instr.args.filter((id) => id === instr.args[candidate]).length > 1) continue;
      const folded = this.#foldable(instr.args[candidate], instr);
      if (folded === undefined) continue;
      // fma keeps its order (the lowering knows the three forms) save that a multiplicand moves to second place.
      const to = instr.op.endsWith("ma") && candidate === 2 ? 2 : instr.op.endsWith("ma") ? 1 : position;
      [instr.args[to], instr.args[candidate]] = [instr.args[candidate], instr.args[to]];
      instr.folded = { ...folded, arg: to };
      return;
    }
  }

  run(): Program {
    const code = this.#program.code.map((instr) => ({ ...instr, args: [...instr.args] }));
    for (const instr of code) {
      this.#fold(instr);
      if (instr.op === "loop") this.#depth++;
      if (instr.op === "endloop") this.#depth--;
      if (ENDS_RUN.has(instr.op)) this.#run++;
      if (instr.dst < 0) continue;
      if (["const", "load", "broadcast"].includes(instr.op)) this.#define(instr);
      if (this.#program.registers[instr.dst].variable) this.#forgetLoadsThrough(instr.dst);
    }
    return withoutDeadCode({ ...this.#program, code });
  }

  #define(instr: Instr): void {
    this.#definitions.set(instr.dst, { instr, run: this.#run, depth: this.#depth });
    for (const id of readsOf(instr)) {
      if (!this.#program.registers[id].variable) continue;
      const loads = this.#loadsThrough.get(id) ?? [];
      loads.push(instr.dst);
      this.#loadsThrough.set(id, loads);
    }
  }

  /** A load cannot move past a change of its address. */
  #forgetLoadsThrough(variable: number): void {
    for (const id of this.#loadsThrough.get(variable) ?? []) this.#definitions.delete(id);
    this.#loadsThrough.delete(variable);
  }
}

export function foldOperands(program: Program, isa: "avx512" | "avx2"): Program {
  return new Folder(program, isa).run();
}
