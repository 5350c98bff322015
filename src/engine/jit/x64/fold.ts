/**
 * Lets instructions read an operand directly from memory: literals of the same loop from the constant pool, and loads
 * that are used once, in the same straight-line code, without a store in between. Literals created outside the loop
 * that uses them stay in a register, so a kernel can hoist a literal to keep it in a register.
 */
import {
  type Address,
  countReads,
  type Instr,
  instruction,
  isVector,
  type Op,
  type Program,
  withCode,
  withoutUnread,
} from "../ir.ts";

type Isa = "avx512" | "avx2";

/** An operand that may be read from memory, and its place among the operands after the fold. */
interface Candidate {
  readonly from: number;
  readonly to: number;
}
const FIRST: readonly Candidate[] = [{ from: 0, to: 0 }];
const SECOND: readonly Candidate[] = [{ from: 1, to: 1 }];
const SECOND_OR_FIRST: readonly Candidate[] = [...SECOND, { from: 0, to: 1 }];
const THIRD: readonly Candidate[] = [{ from: 2, to: 2 }];
const THIRD_OR_SECOND: readonly Candidate[] = [...THIRD, { from: 1, to: 2 }];
/** fma keeps its order (the lowering knows the three forms), but a folded multiplicand moves to second place. */
const ANY: readonly Candidate[] = [...THIRD, ...SECOND_OR_FIRST];

const listed = (ops: string, candidates: readonly Candidate[]) =>
  ops.split(" ").map((op) => [op, candidates] as const);

/** Candidates of each op that can read memory, the first choice first. */
const CANDIDATES: ReadonlyMap<string, readonly Candidate[]> = new Map([
  ...listed("sqrt round toF32 toI32", FIRST),
  ...listed("add mul and or xor madd", SECOND_OR_FIRST),
  ...listed("sub div min max andnot maddubs compare lookup16 select joinBf16 pairBf16", SECOND),
  ...listed("dot4 pickHalves", THIRD),
  ...listed("andOr dotBf16", THIRD_OR_SECOND),
  ...listed("fma fnma", ANY),
]);

/** Ops whose 512-bit form can repeat one 32-bit element for every kind, and those that never can. */
const BROADCASTS: ReadonlySet<string> = new Set("dot4 dotBf16 and or xor andnot andOr".split(" "));
const NEVER_BROADCASTS: ReadonlySet<string> = new Set("lookup16 madd maddubs pickHalves".split(" "));

/** Ops whose result can be read from memory instead. */
const FOLDS: ReadonlySet<string> = new Set("const load broadcast".split(" "));
const ENDS_RUN: ReadonlySet<string> = new Set(
  "if else endif loop endloop store storeQuad atomicAdd atomicLoad atomicStore fence call tile".split(" "),
);

/** Whether the instruction has a form with memory in that place. Scalars with a single operand have none. */
function readsMemory({ op, kind }: Instr, place: number, isa: Isa): boolean {
  if (place === 0) return isVector(kind);
  return !(op === "compare" && kind === "i32v" && isa === "avx2");
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
  /** Definitions that can be folded (constants, loads and broadcasts), by register. */
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
      const candidates = CANDIDATES.get(op);
      const result = candidates === undefined ? instr : this.#fold(instr, candidates);
      if (FOLDS.has(op)) this.#define(instr);
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
    const { dst, kind, reads } = instr;
    if (kind === "int" || kind === "ptr") return;
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

  #fold(instr: Instr, candidates: readonly Candidate[]): Instr {
    for (let c = 0; c < candidates.length; c++) {
      const { from, to } = candidates[c];
      const id = instr.args[from];
      const definition = this.#definitions[id];
      if (definition !== undefined && this.#canFold(definition, id, instr, to))
        return this.#folded(instr, definition, from, to);
    }
    return instr;
  }

  #canFold(definition: Instr, id: number, user: Instr, to: number): boolean {
    if (this.#program.registers[id].variable || timesRead(user, id) > 1) return false;
    return readsMemory(user, to, this.#isa) && this.#isFoldable(definition, id, user);
  }

  #isFoldable({ op, memory, mask }: Instr, id: number, user: Instr): boolean {
    if (op === "const") return this.#depths[id] === this.#depth;
    if (this.#uses[id] !== 1 || this.#runs[id] !== this.#run || mask !== undefined) return false;
    if (op === "broadcast") return this.#isa === "avx512" && canBroadcast(user);
    return memory === "raw" || (memory === "f32" && user.kind === "f32");
  }

  /** The instruction with an operand moved and read from memory; it reads the registers of the address instead. */
  #folded(instr: Instr, definition: Instr, from: number, to: number): Instr {
    const args = instr.args.slice();
    args[from] = instr.args[to];
    args[to] = instr.args[from];
    const result = instruction(instr.op, instr.kind, args);
    const { op, address, words } = definition;
    const reads = readsBut(args, to, address);
    for (let r = 0; r < reads.length; r++) this.#uses[reads[r]]++;
    for (let a = 0; a < args.length; a++) this.#uses[args[a]]--;
    result.dst = instr.dst;
    result.reads = reads;
    result.imm = instr.imm;
    result.relation = instr.relation;
    result.folded = { arg: to, address, broadcast: op === "broadcast", words };
    return result;
  }
}

/** Registers that are read if one of `args` is at that address or is a constant. */
function readsBut(args: readonly number[], folded: number, address: Address | undefined): number[] {
  const reads = args.slice();
  if (address === undefined) reads.splice(folded, 1);
  else {
    reads[folded] = address.base;
    if (address.index !== undefined) reads.push(address.index);
  }
  return reads;
}

function timesRead({ args }: Instr, id: number): number {
  let times = 0;
  for (let a = 0; a < args.length; a++) if (args[a] === id) times++;
  return times;
}

export function foldOperands(program: Program, isa: Isa): Program {
  return new Folder(program, isa).run();
}
