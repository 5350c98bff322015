/**
 * The reference semantics of the language: runs a program instruction by instruction over bytes, slowly and simply.
 * Every back end must agree with it bit for bit (except for `dotBf16`). Build the program for `interpreted(target)`, so
 * that no op is expanded to others. The interpreter also checks what hardware does not: promises on operands, bounds,
 * and alignment of atomics.
 */
import { assert } from "../../../base/errors.ts";
import { type Condition, type Instr, isVector, type Program, type Relation } from "../ir.ts";
import { loadMemory, storeMemory, touchedBytes } from "./memory.ts";
import { fusedMultiplyAdd, roundEven, type Scalar, u16Of, type Vector, Words } from "./values.ts";
import { VECTOR_RULES } from "./vectors.ts";

export interface InterpreterOptions {
  /** True if `fma` rounds once; as `target.fused`. */
  readonly fused: boolean;
  /** Address of the memory's first byte; default 0. */
  readonly base?: number;
  /** Runs `call`: given the kernel's address and that of its arguments. */
  readonly call?: (kernel: number, args: number) => void;
  /** Bytes of the memory that no access may touch. */
  readonly forbidden?: { readonly from: number; readonly to: number } | undefined;
}

type Slot = Scalar | Vector;

const RELATIONS: Readonly<Record<Relation, (a: Scalar, b: Scalar) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">=": (a, b) => a >= b,
  ">": (a, b) => a > b,
};

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Math.min and Math.max do not fit: they treat NaN and −0 differently. */
const choose = <T>(first: boolean, a: T, b: T): T => (first ? a : b);

const INT_RULES: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => unsigned(a) / unsigned(b),
  rem: (a, b) => unsigned(a) % unsigned(b),
  min: (a, b) => choose(a < b, a, b),
  max: (a, b) => choose(a > b, a, b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 63n),
  shr: (a, b) => unsigned(a) >> (b & 63n),
  sar: (a, b) => a >> (b & 63n),
};

const FLOAT_RULES: Readonly<Record<string, (a: number, b: number, c: number, fused: boolean) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: (a, b) => choose(a < b, a, b),
  max: (a, b) => choose(a > b, a, b),
  sqrt: (a) => Math.sqrt(a),
  round: (a) => roundEven(a),
  fma: fusedMultiplyAdd,
  fnma: (a, b, c, fused) => fusedMultiplyAdd(-a, b, c, fused),
};

/** Position of the `else` or `endif` that ends each branch, and of the `loop` that each `endloop` repeats. */
function matchControl(code: readonly Instr[]): Map<number, number> {
  const target = new Map<number, number>();
  const open: number[] = [];
  code.forEach(({ op }, i) => {
    if (op === "if" || op === "loop") open.push(i);
    else if (op === "else") {
      target.set(open.pop() as number, i);
      open.push(i);
    } else if (op === "endif") target.set(open.pop() as number, i);
    else if (op === "endloop") target.set(i, open.pop() as number);
  });
  return target;
}

class Machine {
  readonly program: Program;
  readonly memory: DataView;
  readonly options: InterpreterOptions;
  readonly slots: Slot[];
  readonly argsAddress: number;

  constructor(program: Program, memory: DataView, argsAddress: number, options: InterpreterOptions) {
    this.program = program;
    this.memory = memory;
    this.options = options;
    this.argsAddress = argsAddress;
    this.slots = new Array<Slot>(program.registers.length);
  }

  int(id: number): bigint {
    return this.slots[id] as bigint;
  }
  vector(id: number): Vector {
    return this.slots[id] as Vector;
  }

  /** Offset in memory of an access of `bytes` bytes, checked. */
  offset(address: bigint, bytes: number): number {
    const at = Number(address) - (this.options.base ?? 0);
    const { from, to } = this.options.forbidden ?? { from: 0, to: 0 };
    assert(
      at >= 0 && at + bytes <= this.memory.byteLength && (at >= to || at + bytes <= from),
      `kernel "${this.program.name}" touches ${bytes} bytes at ${at} of ${this.memory.byteLength}`,
    );
    return at;
  }

  addressOf(instr: Instr): bigint {
    const { address } = instr;
    assert(address !== undefined, `${instr.op} has no address`);
    const index = address.index === undefined ? 0n : this.int(address.index) * BigInt(address.scale);
    return this.int(address.base) + index + BigInt(address.disp);
  }

  holds(condition: Condition): boolean {
    const a = this.slots[condition.a] as Scalar;
    const imm = condition.kind === "f32" ? condition.imm : BigInt(condition.imm ?? 0);
    const b = condition.b === undefined ? (imm as Scalar) : (this.slots[condition.b] as Scalar);
    return RELATIONS[condition.relation](a, b);
  }

  parameter(instr: Instr): Scalar {
    const at = this.offset(BigInt(this.argsAddress + 8 * (instr.imm ?? 0)), 8);
    return instr.kind === "f32" ? this.memory.getFloat32(at, true) : this.memory.getBigInt64(at, true);
  }

  scalar(instr: Instr): Scalar {
    const { op, kind, args } = instr;
    if (op === "toI32") return BigInt(toInt(this.slots[args[0]] as number));
    if (op === "toF32") return Math.fround(Number(this.int(args[0])));
    if (kind === "f32") {
      const [a, b, c] = args.map((id) => this.slots[id] as number);
      return Math.fround(FLOAT_RULES[op](a, b, c, this.options.fused));
    }
    const b = args.length > 1 ? this.int(args[1]) : BigInt(instr.imm ?? 0);
    return wrap(INT_RULES[op](this.int(args[0]), b));
  }

  constant(instr: Instr): Slot {
    if (instr.kind === "int") return BigInt(instr.imm ?? 0);
    const words = instr.words ?? [];
    const { lanes } = this.program;
    const vector = Words.from({ length: lanes }, (_, lane) => words[words.length === 1 ? 0 : lane]);
    return instr.kind === "f32" ? new Float32Array(vector.buffer)[0] : vector;
  }

  atomic(instr: Instr): Slot | undefined {
    const at = this.offset(this.addressOf(instr), 4);
    assert(at % 4 === 0, "an atomic access is not aligned to 4 bytes");
    const old = this.memory.getInt32(at, true);
    if (instr.op === "atomicLoad") return BigInt(old);
    const value = Number(BigInt.asIntN(32, this.int(instr.args[0])));
    this.memory.setInt32(at, instr.op === "atomicStore" ? value : old + value, true);
    return instr.op === "atomicStore" ? undefined : BigInt(old);
  }

  load(instr: Instr): Slot {
    const mask = instr.mask === undefined ? undefined : this.vector(instr.mask);
    const bytes = touchedBytes(instr, this.program.lanes, mask);
    const at = bytes === 0 ? 0 : this.offset(this.addressOf(instr), bytes);
    return loadMemory(instr, this.memory, at, this.program.lanes, mask);
  }

  store(instr: Instr): void {
    const mask = instr.mask === undefined ? undefined : this.vector(instr.mask);
    const bytes = touchedBytes(instr, this.program.lanes, mask);
    if (bytes === 0) return;
    storeMemory(
      instr,
      this.memory,
      this.offset(this.addressOf(instr), bytes),
      this.slots[instr.args[0]],
      mask,
    );
  }

  quad(instr: Instr): Slot {
    const at = this.offset(this.addressOf(instr), 16);
    const vector = new Words(this.program.lanes);
    if (instr.args.length > 0) vector.set(this.vector(instr.args[0]));
    for (let i = 0; i < 4; i++) vector[4 * (instr.imm ?? 0) + i] = this.memory.getUint32(at + 4 * i, true);
    return vector;
  }

  loadHalf(instr: Instr): Slot {
    const at = this.offset(this.addressOf(instr), 2);
    const vector = new Words(this.program.lanes);
    vector.set(this.vector(instr.args[0]).subarray(0, 4));
    u16Of(vector)[instr.imm ?? 0] = this.memory.getUint16(at, true);
    return vector;
  }

  joinQuad(instr: Instr): Slot {
    const vector = Words.from(this.vector(instr.args[0]));
    vector.set(this.vector(instr.args[1]).subarray(0, 4), 4 * (instr.imm ?? 0));
    return vector;
  }

  widen(instr: Instr): Slot {
    const halves = u16Of(this.vector(instr.args[0])).slice(0, this.program.lanes);
    return loadMemory(instr, new DataView(halves.buffer), 0, this.program.lanes, undefined);
  }

  narrow(instr: Instr): Slot {
    const out = new Words(this.program.lanes);
    u16Of(out).set(Uint16Array.from(this.vector(instr.args[0])));
    return out;
  }

  storeQuad(instr: Instr): void {
    const at = this.offset(this.addressOf(instr), 16);
    const vector = this.vector(instr.args[0]);
    for (let i = 0; i < 4; i++) this.memory.setUint32(at + 4 * i, vector[4 * (instr.imm ?? 0) + i], true);
  }

  lookup(instr: Instr): Slot {
    const entries = instr.imm ?? 0;
    const at = this.offset(this.addressOf(instr), 2 * entries + 2);
    const words = new Words(this.program.lanes);
    u16Of(words).set(
      u16Of(this.vector(instr.args[0])).map((index) => {
        assert(index < entries, `lookup of word ${index} of ${entries}`);
        return this.memory.getUint16(at + 2 * index, true);
      }),
    );
    return words;
  }

  /** Value of an instruction that writes a register; undefined for other instructions. */
  evaluate(instr: Instr): Slot | undefined {
    const { op } = instr;
    if (op === "param") return this.parameter(instr);
    if (op === "const") return this.constant(instr);
    if (op === "mov") return this.slots[instr.args[0]];
    if (op === "load" || op === "broadcast") return this.load(instr);
    if (op === "lookup") return this.lookup(instr);
    if (op === "loadHalf") return this.loadHalf(instr);
    if (op === "quad") return this.quad(instr);
    if (op === "joinQuad") return this.joinQuad(instr);
    if (op === "widen") return this.widen(instr);
    if (op === "narrow") return this.narrow(instr);
    if (op === "storeQuad") return void this.storeQuad(instr);
    if (op === "store") return void this.store(instr);
    if (op.startsWith("atomic")) return this.atomic(instr);
    if (op === "call") {
      assert(
        this.options.call !== undefined,
        "the interpreter needs the option `call` to run call instructions",
      );
      this.options.call(Number(this.int(instr.args[0])), Number(this.int(instr.args[1])));
      return undefined;
    }
    if (op === "prefetch" || op === "fence" || op === "pause") return undefined;
    const result = this.program.registers[instr.dst].kind;
    const rule = VECTOR_RULES[op];
    if (rule !== undefined && (isVector(result) || result === "mask" || isVector(instr.kind)))
      return rule(
        instr.args.map((id) => this.slots[id]),
        { instr, lanes: this.program.lanes, fused: this.options.fused, float: FLOAT_RULES },
      );
    return this.scalar(instr);
  }

  run(): void {
    const { code } = this.program;
    const matching = matchControl(code);
    for (let pc = 0; pc < code.length; pc++) {
      const instr = code[pc];
      if (instr.op === "if") {
        if (!this.holds(instr.condition as Condition)) pc = matching.get(pc) as number;
      } else if (instr.op === "else") pc = matching.get(pc) as number;
      else if (instr.op === "endloop") {
        if (this.holds(instr.condition as Condition)) pc = matching.get(pc) as number;
      } else if (instr.op !== "endif" && instr.op !== "loop") {
        const value = this.evaluate(instr);
        if (value !== undefined) this.slots[instr.dst] = value;
      }
    }
  }
}

/** toI32 of one float: rounds to nearest even; the least i32 if that does not fit. */
function toInt(value: number): number {
  const rounded = roundEven(value);
  return rounded >= -(2 ** 31) && rounded < 2 ** 31 ? rounded : -(2 ** 31);
}

/**
 * Runs a program over `memory`, whose first byte has address `options.base`; `args` is the address of the argument
 * block. Throws on an access outside the memory.
 */
export function interpret(
  program: Program,
  memory: DataView,
  args: number,
  options: InterpreterOptions,
): void {
  new Machine(program, memory, args, options).run();
}
