/** Second layer of the builder: constants, arithmetic, bits, comparison, conversion. */
import { instruction, isVector, type Kind, type Op, type Relation, type VectorKind } from "../ir.ts";
import { BuilderCore, literalWord, type Operand, Value, Variable } from "./core.ts";

type FloatKind = "f32" | "f32v";
type IntegerVector = "i32v" | "i16v" | "i8v" | "u8v";
export type Numeric = FloatKind | IntegerVector | "int";

const FITS_INT32 = (value: number): boolean => Number.isInteger(value) && value === (value | 0);

export class ArithmeticBuilder extends BuilderCore {
  /** A literal: a scalar, or repeated in every lane of a vector. Stored in memory next to the code. */
  constant<K extends Exclude<Kind, "mask" | "ptr">>(kind: K, value: number): Value<K> {
    if (kind === "int") {
      if (!Number.isSafeInteger(value)) this.fail(`${value} is not an integer`);
      return this.emit(kind, "const", [], value);
    }
    return this.literal(kind, [literalWord(kind, value)]);
  }
  protected literal<K extends Kind>(kind: K, words: readonly number[]): Value<K> {
    const instr = instruction("const", kind, []);
    instr.words = words;
    return this.result(kind, instr);
  }

  /** A vector of `lanes` different 32-bit words. */
  table(words: readonly number[]): Value<"i32v"> {
    if (words.length !== this.lanes) this.fail(`a table needs ${this.lanes} words, got ${words.length}`);
    return this.literal(
      "i32v",
      words.map((w) => w >>> 0),
    );
  }

  /** A vector of twice as many different 16-bit elements as lanes. */
  halvesTable(halves: readonly number[]): Value<"i16v"> {
    if (halves.length !== 2 * this.lanes)
      this.fail(`a table needs ${2 * this.lanes} halves, got ${halves.length}`);
    const word = (lane: number) => (halves[2 * lane] & 0xffff) | (halves[2 * lane + 1] << 16);
    return this.literal(
      "i16v",
      Array.from({ length: this.lanes }, (_, lane) => word(lane) >>> 0),
    );
  }

  /** 16 bytes, repeated in every 128 bits: the table of `lookup16`. */
  bytes16(bytes: readonly number[]): Value<"i8v"> {
    if (bytes.length !== 16) this.fail(`bytes16 needs 16 bytes, got ${bytes.length}`);
    const words = Array.from({ length: this.lanes }, (_, lane) =>
      [0, 1, 2, 3].reduce((word, b) => word | ((bytes[(lane % 4) * 4 + b] & 255) << (8 * b)), 0),
    );
    return this.literal(
      "i8v",
      words.map((w) => w >>> 0),
    );
  }

  protected operand<K extends Kind>(kind: K, value: Operand<K> | number): number {
    if (typeof value !== "number") return this.use(value);
    return this.use(this.constant(kind as Exclude<K, "mask" | "ptr">, value) as Value<Kind>);
  }

  #binary<K extends Numeric>(op: Op, a: Operand<K>, b: Operand<K> | number): Value<K> {
    const left = this.use(a);
    if (a.kind === "int" && typeof b === "number" && FITS_INT32(b)) return this.emit(a.kind, op, [left], b);
    return this.emit(a.kind, op, [left, this.operand(a.kind, b)]);
  }

  /** a + b. Integers wrap. */
  add<K extends Numeric>(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.#binary("add", a, b);
  }
  /** a − b. Integers wrap. */
  sub<K extends Numeric>(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.#binary("sub", a, b);
  }
  /** a × b; integers keep the low bits. */
  mul<K extends FloatKind | "i32v" | "i16v" | "int">(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.#binary("mul", a, b);
  }
  /** a / b. Integers are unsigned, and the result is rounded down; b must not be 0. */
  div<K extends FloatKind | "int">(a: Operand<K>, b: Operand<K> | number): Value<K> {
    if (a.kind !== "int") return this.#binary("div", a, b);
    const divisor = this.operand("int", b as Operand<"int"> | number);
    return this.emit(a.kind, "div", [this.use(a), divisor]);
  }
  /** a mod b of unsigned integers; b must not be 0. */
  rem(a: Operand<"int">, b: Operand<"int"> | number): Value<"int"> {
    const divisor = this.operand("int", b);
    return this.emit("int", "rem", [this.use(a), divisor]);
  }
  /** a < b ? a : b, so NaN gives b. Integers are signed. */
  min<K extends FloatKind | "i32v" | "int">(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.#binary("min", a, b);
  }
  /** a > b ? a : b, so NaN gives b. Integers are signed. */
  max<K extends FloatKind | "i32v" | "int">(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.#binary("max", a, b);
  }
  /** a × b + c, rounded once if `target.fused`, else twice. */
  fma<K extends FloatKind>(a: Operand<K>, b: Operand<K> | number, c: Operand<K> | number): Value<K> {
    const args = [this.use(a), this.operand(a.kind, b), this.operand(a.kind, c)];
    return this.emit(a.kind, "fma", args);
  }
  /** c − a × b, rounded like `fma`. */
  fnma<K extends FloatKind>(a: Operand<K>, b: Operand<K> | number, c: Operand<K> | number): Value<K> {
    const args = [this.use(a), this.operand(a.kind, b), this.operand(a.kind, c)];
    return this.emit(a.kind, "fnma", args);
  }
  sqrt<K extends FloatKind>(a: Operand<K>): Value<K> {
    return this.emit(a.kind, "sqrt", [this.use(a)]);
  }
  /** Rounds to the nearest integer, ties to even. */
  round<K extends FloatKind>(a: Operand<K>): Value<K> {
    return this.emit(a.kind, "round", [this.use(a)]);
  }
  neg<K extends FloatKind>(a: Operand<K>): Value<K> {
    return this.mul(a, -1);
  }
  /** |a|: clears the sign bit. */
  abs(a: Operand<"f32v">): Value<"f32v"> {
    return this.as("f32v", this.and(this.as("i32v", a), 0x7fffffff));
  }

  #bits<K extends VectorKind | "mask" | "int">(
    op: "and" | "or" | "xor",
    a: Operand<K>,
    b: Operand<K> | number,
  ) {
    if (isVector(a.kind) || a.kind === "mask") {
      const left = this.use(a);
      return this.emit(a.kind, op, [left, this.operand(a.kind, b)]);
    }
    return this.#binary(op, a as Operand<"int">, b as Operand<"int"> | number) as unknown as Value<K>;
  }
  and<K extends VectorKind | "mask" | "int">(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.#bits("and", a, b);
  }
  or<K extends VectorKind | "mask" | "int">(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.#bits("or", a, b);
  }
  xor<K extends VectorKind | "int">(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.#bits("xor", a, b);
  }
  /** ~a & b. */
  andnot<K extends VectorKind>(a: Operand<K>, b: Operand<K> | number): Value<K> {
    return this.emit(a.kind, "andnot", [this.use(a), this.operand(a.kind, b)]);
  }

  #shift<K extends "i32v" | "i16v" | "int">(
    op: "shl" | "shr" | "sar",
    a: Operand<K>,
    count: Operand<"int"> | number,
  ) {
    const left = this.use(a);
    const bits = a.kind === "int" ? 64 : a.kind === "i32v" ? 32 : 16;
    if (typeof count !== "number") {
      if (a.kind !== "int") this.fail("vectors can only be shifted by a literal count");
      return this.emit(a.kind, op, [left, this.use(count)]);
    }
    if (!(count >= 0 && count < bits)) this.fail(`cannot shift ${bits} bits by ${count}`);
    return this.emit(a.kind, op, [left], count);
  }
  shl<K extends "i32v" | "i16v" | "int">(
    a: Operand<K>,
    count: (K extends "int" ? Operand<"int"> : never) | number,
  ) {
    return this.#shift("shl", a, count as number);
  }
  /** Shift right, filled with zeros. */
  shr<K extends "i32v" | "i16v" | "int">(
    a: Operand<K>,
    count: (K extends "int" ? Operand<"int"> : never) | number,
  ) {
    return this.#shift("shr", a, count as number);
  }
  /** Shift right, filled with the sign. */
  sar<K extends "i32v" | "i16v" | "int">(
    a: Operand<K>,
    count: (K extends "int" ? Operand<"int"> : never) | number,
  ) {
    return this.#shift("sar", a, count as number);
  }

  /** The low four bits of every byte. */
  lowNibbles(a: Operand<"u8v">): Value<"u8v"> {
    return this.and(a, 0x0f);
  }
  /** The high four bits of every byte. */
  highNibbles(a: Operand<"u8v">): Value<"u8v"> {
    return this.and(this.as("u8v", this.shr(this.as("i32v", a), 4)), 0x0f);
  }

  /** Compares lane by lane; returns a mask. With NaN every relation except != is false. */
  compare<K extends "f32v" | "i32v">(
    a: Operand<K>,
    relation: Relation,
    b: Operand<K> | number,
  ): Value<"mask"> {
    const args = [this.use(a), this.operand(a.kind, b)];
    const instr = instruction("compare", a.kind, args);
    instr.relation = relation;
    return this.result("mask", instr);
  }
  /** Lane by lane: mask ? a : b. */
  select<K extends "f32v" | "i32v">(mask: Operand<"mask">, a: Operand<K>, b: Operand<K> | number): Value<K> {
    const args = [this.use(mask), this.use(a), this.operand(a.kind, b)];
    return this.emit(a.kind, "select", args);
  }

  /** Integers to floats, rounding to nearest even. */
  toF32<K extends "int" | "i32v">(a: Operand<K>): Value<K extends "int" ? "f32" : "f32v"> {
    const result = a.kind === "int" ? "f32" : "f32v";
    return this.emit(result as K extends "int" ? "f32" : "f32v", "toF32", [this.use(a)]);
  }
  /** Floats to integers, rounding to nearest even. Unspecified beyond ±2^31 and for NaN (but never a fault). */
  toI32<K extends "f32" | "f32v">(a: Operand<K>): Value<K extends "f32" ? "int" : "i32v"> {
    const result = a.kind === "f32" ? "int" : "i32v";
    return this.emit(result as K extends "f32" ? "int" : "i32v", "toI32", [this.use(a)]);
  }

  /** pointer + bytes. */
  offset(pointer: Operand<"ptr">, bytes: Operand<"int"> | number): Value<"ptr"> {
    const base = this.use(pointer);
    if (typeof bytes === "number" && FITS_INT32(bytes)) return this.emit("ptr", "add", [base], bytes);
    return this.emit("ptr", "add", [base, this.operand("int", bytes)]);
  }

  /** variable += amount. */
  increase<K extends Numeric>(variable: Variable<K>, amount: Operand<K> | number): void {
    variable.set(this.add(variable, amount));
  }
  /** pointer += bytes. */
  advance(pointer: Variable<"ptr">, bytes: Operand<"int"> | number): void {
    pointer.set(this.offset(pointer, bytes));
  }
}

export { Value, Variable };
