/**
 * First layer of the builder: values, variables, scopes, and the list of instructions. A value is written once and may
 * be used while its block is open. A variable may be set again. A value read from it is a snapshot that expires at the
 * next `set` and at the end of the block in which it was read. Using an expired snapshot is an error at build time, so
 * no kernel can read a register that has changed in the meantime.
 */

import { ACCUMULATES } from "../coalesce.ts";
import {
  type Address,
  type Condition,
  conditional,
  type Instr,
  instruction,
  KernelError,
  type Kind,
  type Op,
  type Program,
  type Register,
  type ScalarKind,
} from "../ir.ts";
import type { Target } from "../target.ts";

/** One open `{ … }` of a kernel. */
export interface Scope {
  readonly parent: Scope | undefined;
  open: boolean;
}

/** Fields use `declare`, because there are many values: otherwise each field would first be set to undefined. */
export class Value<K extends Kind> {
  declare readonly kind: K;
  /** Register that holds it. */
  declare id: number;
  declare readonly scope: Scope;
  /** The variable of which it is a snapshot. The snapshot is valid while the variable has the same version. */
  declare variable: Variable<Kind> | undefined;
  declare version: number;
  constructor(kind: K, id: number, scope: Scope, variable?: Variable<Kind>, version = 0) {
    this.kind = kind;
    this.id = id;
    this.scope = scope;
    this.variable = variable;
    this.version = version;
  }
}

export class Variable<K extends Kind> {
  readonly kind: K;
  readonly id: number;
  readonly scope: Scope;
  version = 0;
  readonly #builder: BuilderCore;
  constructor(builder: BuilderCore, kind: K, id: number, scope: Scope) {
    this.#builder = builder;
    this.kind = kind;
    this.id = id;
    this.scope = scope;
  }
  /** Its current value, valid until the next `set`, inside this block. */
  get value(): Value<K> {
    return this.#builder.read(this);
  }
  set(value: Operand<K>): void {
    this.#builder.assign(this, value);
  }
}

/** Operand of an op: a value, or a variable, which is read immediately. */
export type Operand<K extends Kind> = Value<K> | Variable<K>;

/** Ops that read every operand before they write the result, for any assignment of registers. */
const READS_FIRST: ReadonlySet<string> = new Set(
  "mov add sub mul div rem min max sqrt round fma fnma and or xor andnot shl shr sar toF32 toI32".split(" "),
);

/** Descriptions shared by all registers of a kind that are written once. */
const FIXED: Readonly<Record<Kind, Register>> = {
  ptr: { kind: "ptr", variable: false },
  int: { kind: "int", variable: false },
  f32: { kind: "f32", variable: false },
  f32v: { kind: "f32v", variable: false },
  i32v: { kind: "i32v", variable: false },
  i16v: { kind: "i16v", variable: false },
  i8v: { kind: "i8v", variable: false },
  u8v: { kind: "u8v", variable: false },
  mask: { kind: "mask", variable: false },
};

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The 32 bits that repeat `value` over a lane of this kind. */
export function literalWord(kind: Kind, value: number): number {
  if (kind === "f32" || kind === "f32v") {
    single[0] = value;
    return word[0];
  }
  if (kind === "i16v") return Math.imul(value & 0xffff, 0x10001) >>> 0;
  if (kind === "i8v" || kind === "u8v") return Math.imul(value & 0xff, 0x01010101) >>> 0;
  return value >>> 0;
}

export class BuilderCore {
  readonly name: string;
  readonly target: Target;
  readonly lanes: number;
  readonly #registers: Register[] = [];
  readonly #uses: number[] = [];
  readonly #code: Instr[] = [];
  #scope: Scope = { parent: undefined, open: true };

  constructor(name: string, target: Target) {
    this.name = name;
    this.target = target;
    this.lanes = target.lanes;
  }

  fail(message: string): never {
    throw new KernelError(this.name, message);
  }

  program(parameters: Program["parameters"]): Program {
    return {
      name: this.name,
      lanes: this.lanes,
      registers: this.#registers,
      code: this.#code,
      parameters,
    };
  }

  #register(register: Register): number {
    // Stored by index rather than pushed: V8 specialises `push` by the kind of an array's elements, and an empty array
    // counts as another kind.
    const id = this.#registers.length;
    this.#registers[id] = register;
    this.#uses[id] = 0;
    return id;
  }

  /** Appends an instruction that writes nothing. */
  protected effect(instr: Instr): void {
    this.#code.push(instr);
  }
  protected branch(op: "if" | "endloop", kind: Kind, condition: Condition): void {
    this.#code.push(conditional(op, kind, condition));
  }

  /** Appends an instruction and returns its result. */
  protected result<K extends Kind>(kind: K, instr: Instr): Value<K> {
    instr.dst = this.#register(FIXED[kind]);
    this.#code[this.#code.length] = instr;
    return new Value(kind, instr.dst, this.#scope);
  }
  /** Appends an instruction of operands and perhaps a literal, of the kind of its result. */
  protected emit<K extends Kind>(kind: K, op: Op, args: number[], imm?: number): Value<K> {
    const instr = instruction(op, kind, args);
    instr.imm = imm;
    return this.result(kind, instr);
  }

  /** Checks that the operand may be read here, and returns its register. */
  protected use(operand: Operand<Kind>): number {
    if (operand instanceof Variable) this.#checkVariable(operand);
    else this.#checkValue(operand);
    this.#uses[operand.id]++;
    return operand.id;
  }

  #checkValue(value: Value<Kind>): void {
    if (!value.scope.open) this.fail(`a ${value.kind} value is used after its block has ended`);
    if (value.variable === undefined) return;
    if (value.version !== value.variable.version)
      this.fail(
        `a ${value.kind} value read from a variable is used after the variable was set; read it again`,
      );
    if (value.scope !== this.#scope)
      this.fail(`a ${value.kind} value read from a variable is used in another block; read it there`);
  }
  #checkVariable(variable: Variable<Kind>): void {
    if (!variable.scope.open) this.fail(`a ${variable.kind} variable is used after its block has ended`);
  }

  read<K extends Kind>(variable: Variable<K>): Value<K> {
    this.#checkVariable(variable);
    return new Value(variable.kind, variable.id, this.#scope, variable, variable.version);
  }

  /** The value of a variable for the rest of this block. The caller guarantees that the block does not set it. */
  protected steady<K extends Kind>(variable: Variable<K>): Value<K> {
    return new Value(variable.kind, variable.id, this.#scope);
  }

  assign<K extends Kind>(variable: Variable<K>, operand: Operand<K>): void {
    if (!variable.scope.open) this.fail(`a ${variable.kind} variable is set after its block has ended`);
    const value = operand instanceof Variable ? this.read(operand) : operand;
    const last = this.#code.at(-1);
    if (last !== undefined && this.#mayRetarget(last, value, variable.id)) {
      last.dst = variable.id;
      variable.version++;
      value.id = variable.id;
      value.variable = variable;
      value.version = variable.version;
      return;
    }
    const id = this.use(value);
    if (id !== variable.id) this.#move(variable, id);
    variable.version++;
  }
  #move(to: Variable<Kind>, from: number): void {
    const move = instruction("mov", to.kind, [from]);
    move.dst = to.id;
    this.#code.push(move);
  }

  /** True if the last result can be written directly to the variable, which saves a move. */
  #mayRetarget(last: Instr, value: Value<Kind>, variable: number): boolean {
    if (last.dst !== value.id || value.variable !== undefined || this.#uses[value.id] > 0) return false;
    if (!last.reads.includes(variable)) return true;
    if (READS_FIRST.has(last.op)) return true;
    // An accumulation reads all three operands at once only in place; elsewhere the sum must be moved first.
    return ACCUMULATES.has(last.op) && (last.args[0] === variable || !last.args.includes(variable, 1));
  }

  /** A variable that starts as `initial`. Declare accumulators outside the loop that adds to them. */
  variable<K extends Kind>(initial: Operand<K>): Variable<K> {
    const variable = new Variable(
      this,
      initial.kind,
      this.#register({ kind: initial.kind, variable: true }),
      this.#scope,
    );
    this.assign(variable, initial);
    return variable;
  }

  /** Reinterprets the bits as another kind of vector (f32 and i32 lanes, bytes, …). Free. */
  as<K extends "f32v" | "i32v" | "i16v" | "i8v" | "u8v">(
    kind: K,
    vector: Operand<"f32v" | "i32v" | "i16v" | "i8v" | "u8v">,
  ): Value<K> {
    const value = vector instanceof Variable ? this.read(vector) : vector;
    return new Value(kind, this.use(value), value.scope, value.variable, value.version);
  }

  /** Runs `body` in a new block. */
  protected block(body: () => void): void {
    const scope: Scope = { parent: this.#scope, open: true };
    this.#scope = scope;
    try {
      body();
    } finally {
      scope.open = false;
      this.#scope = scope.parent as Scope;
    }
  }

  /** The current block, for values that other layers create. */
  protected get scope(): Scope {
    return this.#scope;
  }

  protected address(address: AddressOperand): Address {
    if (address instanceof Value || address instanceof Variable)
      return { base: this.use(address), index: undefined, scale: 1, disp: 0 };
    const { base, index, scale = 1, disp = 0 } = address;
    if (!Number.isInteger(disp) || Math.abs(disp) > 0x7fffffff)
      this.fail(`displacement ${disp} is out of range`);
    return { base: this.use(base), index: index && this.use(index), scale, disp };
  }
}

/** Address of a load or store: a pointer, or base + index × scale + disp in bytes. */
export type AddressOperand =
  | Operand<"ptr">
  | {
      readonly base: Operand<"ptr">;
      readonly index?: Operand<"int">;
      readonly scale?: 1 | 2 | 4 | 8;
      readonly disp?: number;
    };

export type { ScalarKind };
