/**
 * Lets instructions read an operand straight from memory: literals of the same loop from the constant pool, and
 * loads that are used once, in the same run of straight code, with nothing stored in between. Literals that were
 * made outside the loop that uses them stay in their register: hoisting one by hand is how to ask for that.
 */
import {
  countReads,
  type FoldedOperand,
  type Instr,
  instruction,
  type Op,
  type Program,
  withCode,
  withoutUnread,
} from "../ir.ts";

type Isa = "avx512" | "avx2";

/** The operand of each op that may come from memory. */
const MEMORY_OPERANDS: ReadonlyMap<Op, number> = new Map<Op, number>([
  ...(["sqrt", "round", "toF32", "toI32"] as const).map((op) => [op, 0] as const),
  ...(["add", "sub", "mul", "div", "min", "max", "and", "or", "xor", "andnot"] as const).map(
    (op) => [op, 1] as const,
  ),
  ...(["madd", "maddubs", "compare", "lookup16", "select"] as const).map((op) => [op, 1] as const),
  ...(["andOr", "dot4", "dotBf16", "fma", "fnma"] as const).map((op) => [op, 2] as const),
]);
/** Ops whose memory operand may change places with the one before it. */
const COMMUTES: ReadonlySet<Op> = new Set<Op>(["add", "mul", "and", "or", "xor", "andOr", "madd", "dotBf16"]);
/** Ops whose 512-bit form cannot repeat one 32-bit element, and those that can for all kinds; others for 32 bits. */
const NEVER_BROADCASTS: ReadonlySet<Op> = new Set<Op>(["lookup16", "madd", "maddubs"]);
const BROADCASTS: ReadonlySet<Op> = new Set<Op>(["dot4", "dotBf16", "and", "or", "xor", "andnot", "andOr"]);

const ENDS_RUN: ReadonlySet<Op> = new Set<Op>([
  ...(["if", "else", "endif", "loop", "endloop", "call"] as const),
  ...(["store", "atomicAdd", "atomicLoad", "atomicStore", "fence", "tile"] as const),
]);

/** The operand that may come from memory; undefined if none may. */
function memoryOperand({ op, kind }: Instr, isa: Isa): number | undefined {
  if (kind === "int" || kind === "ptr" || kind === "mask") return undefined;
  const position = MEMORY_OPERANDS.get(op);
  if (position === 0 && kind === "f32") return undefined;
  if (op === "compare" && isa === "avx2" && kind === "i32v") return undefined;
  return position;
}

/** Whether the instruction's 512-bit form can repeat one 32-bit element. */
export function canBroadcast({ op, kind }: Instr): boolean {
  if (BROADCASTS.has(op)) return true;
  return (kind === "f32v" || kind === "i32v") && !NEVER_BROADCASTS.has(op);
}

class Folder {
  readonly #program: Program;
  readonly #isa: Isa;
  readonly #uses: Int32Array;
  /** What was read or made without operands: constants, loads and broadcasts, by register. */
  readonly #definitions: (Instr | undefined)[];
  /** Straight-line run and depth of loops that a definition belongs to. */
  readonly #runs: Int32Array;
  readonly #depths: Int32Array;
  /** Loads whose address reads a variable, by variable. */
  readonly #loadsThrough = new Map<number, number[]>();
  #run = 0;
  #depth = 0;

  constructor(program: Program, isa: Isa) {
    const count = program.registers.length;
    this.#program = program;
    this.#isa = isa;
    this.#uses = countReads(program);
    this.#definitions = new Array<Instr | undefined>(count).fill(undefined);
    this.#runs = new Int32Array(count);
    this.#depths = new Int32Array(count);
  }

  run(): Program {
    const { code, registers } = this.#program;
    const folded = code.map((instr) => {
      const { op, dst } = instr;
      const position = memoryOperand(instr, this.#isa);
      const result = position === undefined ? instr : this.#fold(instr, position);
      if (op === "const" || op === "load" || op === "broadcast") this.#define(instr);
      else if (ENDS_RUN.has(op)) this.#endRun(op);
      if (dst >= 0 && registers[dst].variable) this.#forgetLoadsThrough(dst);
      return result;
    });
    return withoutUnread(withCode(this.#program, folded), this.#uses);
  }

  #endRun(op: Op): void {
    this.#run++;
    if (op === "loop") this.#depth++;
    else if (op === "endloop") this.#depth--;
  }

  #define(instr: Instr): void {
    const { dst, reads } = instr;
    this.#definitions[dst] = instr;
    this.#runs[dst] = this.#run;
    this.#depths[dst] = this.#depth;
    for (let r = 0; r < reads.length; r++) {
      if (!this.#program.registers[reads[r]].variable) continue;
      const loads = this.#loadsThrough.get(reads[r]);
      if (loads === undefined) this.#loadsThrough.set(reads[r], [dst]);
      else loads.push(dst);
    }
  }

  /** A load cannot move past a change of its address. */
  #forgetLoadsThrough(variable: number): void {
    const loads = this.#loadsThrough.get(variable);
    if (loads === undefined) return;
    for (const id of loads) this.#definitions[id] = undefined;
    this.#loadsThrough.delete(variable);
  }

  #fold(instr: Instr, position: number): Instr {
    if (instr.op === "fma" || instr.op === "fnma") {
      // Keeps its order (the lowering knows the three forms) save that a multiplicand moves to second place.
      return this.#folded(instr, 2, 2) ?? this.#folded(instr, 1, 1) ?? this.#folded(instr, 0, 1) ?? instr;
    }
    const folded = this.#folded(instr, position, position);
    if (folded === undefined && COMMUTES.has(instr.op))
      return this.#folded(instr, position - 1, position) ?? instr;
    return folded ?? instr;
  }

  /** The instruction with operand `from` moved to place `to` and read from memory; undefined if it cannot be. */
  #folded(instr: Instr, from: number, to: number): Instr | undefined {
    const id = instr.args[from];
    const definition = this.#definitions[id];
    if (definition === undefined || this.#program.registers[id].variable) return undefined;
    if (!this.#isFoldable(definition, id, instr) || timesRead(instr, id) > 1) return undefined;
    const args = instr.args.slice();
    args[from] = args[to];
    args[to] = id;
    const { op, address, words } = definition;
    return this.#reading(instr, args, { arg: to, address, broadcast: op === "broadcast", words });
  }

  #isFoldable({ op, memory, mask }: Instr, id: number, user: Instr): boolean {
    if (op === "const") return this.#depths[id] === this.#depth;
    if (this.#uses[id] !== 1 || this.#runs[id] !== this.#run || mask !== undefined) return false;
    if (op === "broadcast") return this.#isa === "avx512" && canBroadcast(user);
    return memory === "raw" || (memory === "f32" && user.kind === "f32");
  }

  /** The instruction reading one of `args` from memory, by registers of its address instead of its own. */
  #reading(instr: Instr, args: number[], folded: FoldedOperand): Instr {
    const result = instruction(instr.op, instr.kind, args);
    const reads = args.filter((_, position) => position !== folded.arg);
    const { address } = folded;
    if (address !== undefined) {
      reads.push(address.base);
      if (address.index !== undefined) reads.push(address.index);
    }
    for (const id of instr.reads) this.#uses[id]--;
    for (const id of reads) this.#uses[id]++;
    result.dst = instr.dst;
    result.reads = reads;
    result.imm = instr.imm;
    result.relation = instr.relation;
    result.folded = folded;
    return result;
  }
}

function timesRead({ args }: Instr, id: number): number {
  let times = 0;
  for (let a = 0; a < args.length; a++) if (args[a] === id) times++;
  return times;
}

export function foldOperands(program: Program, isa: Isa): Program {
  return new Folder(program, isa).run();
}
