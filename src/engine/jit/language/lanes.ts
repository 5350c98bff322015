/** Third layer of the builder: dot products, movement between lanes, and ops that expand to simpler ones. */
import { instruction, type Kind, type Op, type VectorKind } from "../ir.ts";
import { ArithmeticBuilder } from "./arithmetic.ts";
import { type Operand, type Scope, type Value, Variable } from "./core.ts";

/** Coefficients of P of `log`, highest power first; a minimax fit of the relative error of ln(1 + f), 6·10⁻⁹. */
const LOG_COEFFICIENTS: readonly number[] = [
  -0.07634497334270907, 0.12761582336354704, -0.13160184634358157, 0.14201757453137978, -0.16623357069154673,
  0.20001226890032922, -0.2500082104199861, 0.33333331707617037,
];
/** Bits of √½: mantissas below it belong to the next lower power of two. */
const HALF_ROOT_BITS = 0x3f3504f3;
/** ln 2 in two parts: integer multiples of the first are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;

/** Coefficients of e^r on |r| ≤ ln 2 / 2, highest power first; see docs/kernels.md for the fit. */
export const EXP_COEFFICIENTS: readonly number[] = [
  1.381454e-3, 8.3687454e-3, 4.1668389e-2, 0.1666652113, 0.49999994, 1, 1,
];

export class LaneBuilder extends ArithmeticBuilder {
  /**
   * acc + the four products of each 4-byte group, exactly: acc[l] + Σ a[4l+i]·b[4l+i], a unsigned, b signed.
   * `max` is a promise about the bytes of `a`; 127 or less allows a faster sequence without VNNI.
   */
  dot4(
    acc: Operand<"i32v">,
    a: Operand<"u8v">,
    b: Operand<"i8v">,
    promise: { max?: number } = {},
  ): Value<"i32v"> {
    const max = promise.max ?? 255;
    if (this.target.native.has("dot4"))
      return this.emit("i32v", "dot4", [this.use(acc), this.use(a), this.use(b)], max);
    if (max <= 127 && this.#hasPairSums()) {
      // Two products of at most 127 × 128 fit 16 bits, so the saturating pair sum never saturates.
      return this.add(this.madd(this.#pairSums(a, b), this.constant("i16v", 1)), acc);
    }
    return this.#dot4ByHalves(acc, a, b);
  }

  /** True if one instruction sums two products of unsigned and signed bytes (saturating to 16 bits). */
  #hasPairSums(): boolean {
    return this.target.isa !== "wasm" || this.target.native.has("dot7");
  }
  /**
   * Sums of neighbouring products in 16 bits: a[2l]·b[2l] + a[2l+1]·b[2l+1], exact because a is promised to be ≤ `max`
   * ≤ 127. Only for targets that have an instruction for it.
   */
  pairSums(a: Operand<"u8v">, b: Operand<"i8v">, { max }: { max: number }): Value<"i16v"> {
    if (max > 127 || !this.#hasPairSums())
      this.fail("pairSums needs bytes up to 127 and a target with the instruction");
    return this.#pairSums(a, b);
  }
  /**
   * How many results of `pairSums` with this promise fit 16 bits together; 0 if the target has no instruction for them, or
   * a better one.
   */
  pairSumsTogether(max: number): number {
    if (this.target.native.has("dot4") || !this.#hasPairSums()) return 0;
    return Math.floor(32767 / (2 * 128 * max));
  }
  #pairSums(a: Operand<"u8v">, b: Operand<"i8v">): Value<"i16v"> {
    return this.emit("i16v", "maddubs", [this.use(a), this.use(b)]);
  }

  /** Multiplies even and odd bytes separately, as 16-bit numbers: exact for every input, without shuffles. */
  #dot4ByHalves(acc: Operand<"i32v">, a: Operand<"u8v">, b: Operand<"i8v">): Value<"i32v"> {
    const [ua, sb] = [this.#halves(a), this.#halves(b)];
    return this.add(this.add(this.madd(ua.even, sb.even), this.madd(ua.odd, sb.odd)), acc);
  }

  /**
   * `dot4` with the signed operand given as 16-bit numbers, bytes 0 and 2 of each group in `even`, 1 and 3 in `odd`.
   * On targets without a byte dot product (see `target.native`) activations in this form need not be split again.
   */
  dot4Split(
    acc: Operand<"i32v">,
    a: Operand<"u8v">,
    even: Operand<"i16v">,
    odd: Operand<"i16v">,
  ): Value<"i32v"> {
    const halves = this.#halves(a);
    return this.add(this.add(this.madd(halves.even, even), this.madd(halves.odd, odd)), acc);
  }

  /** The halves of a vector, shared by all its dot products in the same block. */
  readonly #split = new WeakMap<object, { scope: Scope; even: Value<"i16v">; odd: Value<"i16v"> }>();
  #halves(bytes: Operand<"u8v"> | Operand<"i8v">): { even: Value<"i16v">; odd: Value<"i16v"> } {
    const known = this.#split.get(bytes);
    if (known?.scope === this.scope) return known;
    const words = this.as("i16v", bytes);
    const halves =
      bytes.kind === "u8v"
        ? { even: this.and(words, 0x00ff), odd: this.shr(words, 8) }
        : { even: this.sar(this.shl(words, 8), 8), odd: this.sar(words, 8) };
    const changes = bytes instanceof Variable || bytes.variable !== undefined;
    if (!changes) this.#split.set(bytes, { ...halves, scope: this.scope });
    return halves;
  }

  /**
   * acc + the sum of several `dot4`s with one promise. Without VNNI the products are added as 16-bit numbers for as
   * long as the promise keeps them exact, which saves half of the instructions for nibbles.
   */
  dot4Sum(
    acc: Operand<"i32v">,
    groups: readonly { readonly a: Operand<"u8v">; readonly b: Operand<"i8v"> }[],
    promise: { max?: number } = {},
  ): Value<"i32v"> {
    const max = promise.max ?? 255;
    let sum = acc instanceof Variable ? acc.value : acc;
    const perRun = this.pairSumsTogether(max);
    if (perRun < 2) {
      for (const { a, b } of groups) sum = this.dot4(sum, a, b, promise);
      return sum;
    }
    for (let from = 0; from < groups.length; from += perRun) {
      const run = groups.slice(from, from + perRun);
      let pairs = this.#pairSums(run[0].a, run[0].b);
      for (const { a, b } of run.slice(1)) pairs = this.add(pairs, this.#pairSums(a, b));
      sum = this.add(this.madd(pairs, this.constant("i16v", 1)), sum);
    }
    return sum;
  }

  /** Sums of neighbouring products: a[2l]·b[2l] + a[2l+1]·b[2l+1] as i32 (wraps only for four times −32768). */
  madd(a: Operand<"i16v">, b: Operand<"i16v">): Value<"i32v"> {
    return this.result("i32v", instruction("madd", "i16v", [this.use(a), this.use(b)]));
  }

  /**
   * acc + a[2l+1]·b[2l+1] + a[2l]·b[2l] of bf16 pairs. Hardware flushes subnormals and defines its own order of
   * rounding: the result equals the expanded form to a few units in the last place of the largest term.
   */
  dotBf16(acc: Operand<"f32v">, a: Operand<"i16v">, b: Operand<"i16v">): Value<"f32v"> {
    if (this.target.native.has("bf16"))
      return this.emit("f32v", "dotBf16", [this.use(acc), this.use(a), this.use(b)]);
    const [a32, b32] = [this.as("i32v", a), this.as("i32v", b)];
    const odd = (v: Operand<"i32v">) => this.as("f32v", this.and(v, 0xffff0000 | 0));
    const even = (v: Operand<"i32v">) => this.as("f32v", this.shl(v, 16));
    return this.fma(even(a32), even(b32), this.fma(odd(a32), odd(b32), acc));
  }

  /**
   * f32 numbers as bf16 elements of one vector: those of `low`, then those of `high`. Rounds to nearest even;
   * subnormals become zeros, as in hardware; NaN stays NaN.
   */
  joinBf16(low: Operand<"f32v">, high: Operand<"f32v">): Value<"i16v"> {
    if (this.target.native.has("bf16")) return this.#toBf16("joinBf16", high, low);
    const every = (from: number) => Array.from({ length: this.lanes }, (_, lane) => 2 * lane + from);
    return this.pairBf16(this.permute2(low, high, every(0)), this.permute2(low, high, every(1)));
  }
  /**
   * As `joinBf16`, but interleaved: element 2l is lane l of `even`, 2l + 1 lane l of `odd`. For operands of
   * `dotBf16`.
   */
  pairBf16(even: Operand<"f32v">, odd: Operand<"f32v">): Value<"i16v"> {
    if (this.target.native.has("bf16")) return this.#toBf16("pairBf16", odd, even);
    const bits = (v: Operand<"f32v">) => this.f32ToBf16Bits(this.#withoutSubnormals(v));
    return this.as("i16v", this.or(bits(even), this.shl(bits(odd), 16)));
  }
  #toBf16(op: "joinBf16" | "pairBf16", upper: Operand<"f32v">, lower: Operand<"f32v">): Value<"i16v"> {
    return this.result("i16v", instruction(op, "f32v", [this.use(upper), this.use(lower)]));
  }
  #withoutSubnormals(v: Operand<"f32v">): Value<"f32v"> {
    const bits = this.as("i32v", v);
    const sign = this.and(bits, 0x80000000 | 0);
    const isSmall = this.compare(this.and(bits, 0x7f800000), "==", 0);
    return this.as("f32v", this.select(isSmall, sign, bits));
  }

  /** Copies a scalar to every lane (of an int its low 32 bits). */
  splat<K extends "f32" | "int">(scalar: Operand<K>): Value<K extends "f32" ? "f32v" : "i32v"> {
    const result = (scalar.kind === "f32" ? "f32v" : "i32v") as K extends "f32" ? "f32v" : "i32v";
    return this.emit(result, "splat", [this.use(scalar)]);
  }
  /** The first lane. */
  lane0<K extends "f32v" | "i32v">(vector: Operand<K>): Value<K extends "f32v" ? "f32" : "int"> {
    return this.#across("lane0", vector);
  }
  /** Sum of all lanes: the upper half is added to the lower half until one lane is left. */
  reduceAdd<K extends "f32v" | "i32v">(vector: Operand<K>): Value<K extends "f32v" ? "f32" : "int"> {
    return this.#across("reduceAdd", vector);
  }
  /** Greatest lane, by halves like `reduceAdd`: max(lower, upper). */
  reduceMax<K extends "f32v" | "i32v">(vector: Operand<K>): Value<K extends "f32v" ? "f32" : "int"> {
    return this.#across("reduceMax", vector);
  }
  reduceMin<K extends "f32v" | "i32v">(vector: Operand<K>): Value<K extends "f32v" ? "f32" : "int"> {
    return this.#across("reduceMin", vector);
  }
  #across<K extends "f32v" | "i32v">(
    op: "lane0" | "reduceAdd" | "reduceMax" | "reduceMin",
    vector: Operand<K>,
  ) {
    const result = (vector.kind === "f32v" ? "f32" : "int") as K extends "f32v" ? "f32" : "int";
    return this.result(result, instruction(op, vector.kind, [this.use(vector)]));
  }

  /** Lane l of the result is lane `indices[l]`. */
  permute<K extends "f32v" | "i32v">(vector: Operand<K>, indices: readonly number[]): Value<K> {
    this.#checkIndices(indices, this.lanes);
    return this.#permuted(vector.kind, "permute", [this.use(vector)], indices);
  }
  /** Lane l of the result is lane `indices[l]` of a followed by b. */
  permute2<K extends "f32v" | "i32v">(a: Operand<K>, b: Operand<K>, indices: readonly number[]): Value<K> {
    this.#checkIndices(indices, 2 * this.lanes);
    return this.#permuted(a.kind, "permute2", [this.use(a), this.use(b)], indices);
  }
  /**
   * Within each 128 bits: elements of the lower (or upper) half of a's and of b's, by turns, first a's.
   * @param bytes size of an element.
   */
  zip<K extends "i16v" | "i32v">(
    a: Operand<K>,
    b: Operand<K>,
    bytes: 2 | 4,
    half: "lower" | "upper",
  ): Value<K> {
    return this.#permuted(a.kind, "zip", [this.use(a), this.use(b)], [bytes, half === "lower" ? 0 : 1]);
  }
  #permuted<K extends Kind>(kind: K, op: Op, args: number[], indices: readonly number[]): Value<K> {
    const instr = instruction(op, kind, args);
    instr.words = indices;
    return this.result(kind, instr);
  }
  #checkIndices(indices: readonly number[], bound: number): void {
    const valid =
      indices.length === this.lanes && indices.every((i) => Number.isInteger(i) && i >= 0 && i < bound);
    if (!valid) this.fail(`permutation [${indices.join(", ")}] needs ${this.lanes} indices below ${bound}`);
  }
  /**
   * The 16-bit elements of a followed by b that `indices` number. Of an index only the bits that number an element count.
   * For targets with AVX-512.
   */
  pickHalves(a: Operand<"i16v">, b: Operand<"i16v">, indices: Operand<"i16v">): Value<"i16v"> {
    if (this.lanes < 16) this.fail("only AVX-512 picks 16-bit elements of two vectors");
    return this.emit("i16v", "pickHalves", [this.use(a), this.use(indices), this.use(b)]);
  }
  /** table[index] for each byte; the table is the 16 bytes of the same 128 bits. Indices must be below 16. */
  lookup16(table: Operand<"i8v">, index: Operand<"u8v">): Value<"i8v"> {
    return this.emit("i8v", "lookup16", [this.use(table), this.use(index)]);
  }

  /** True in the first `count` lanes, or in all if `count` exceeds `lanes`; 0 ≤ count < 2^31. */
  firstLanes(count: Operand<"int">): Value<"mask"> {
    return this.emit("mask", "firstLanes", [this.use(count)]);
  }

  /** 1 / √x by division: correctly rounded root and quotient. */
  rsqrt<K extends "f32" | "f32v">(x: Operand<K>): Value<K> {
    return this.div(this.constant(x.kind as "f32", 1) as unknown as Value<K>, this.sqrt(x));
  }

  /**
   * e^x to 1.2 ulp (measured: docs/kernels.md): x = n·ln 2 + r, a polynomial of degree 6 in r, times 2^n in two
   * steps, so that results pass gradually through the subnormals to 0, and up to infinity. NaN stays NaN.
   */
  exp(x: Operand<"f32v">): Value<"f32v"> {
    // The literal is the first operand, because max and min return the second one if either is NaN.
    const floor = this.max(this.constant("f32v", -105), x);
    const clamped = this.min(this.constant("f32v", 90), floor);
    const n = this.toI32(this.mul(clamped, Math.LOG2E));
    const whole = this.toF32(n);
    // ln 2 in two parts. The first has 9 bits, so that whole × part is exact even without a fused fma.
    const r = this.fnma(whole, -2.1219444e-4, this.fnma(whole, 0.693359375, clamped));
    let p: Value<"f32v"> = this.fma(r, EXP_COEFFICIENTS[0], EXP_COEFFICIENTS[1]);
    for (const c of EXP_COEFFICIENTS.slice(2)) p = this.fma(p, r, c);
    const half = this.sar(n, 1);
    const power = (e: Operand<"i32v">) => this.as("f32v", this.shl(this.add(e, 127), 23));
    return this.mul(this.mul(p, power(half)), power(this.sub(n, half)));
  }

  /**
   * ln x of a normal number above 0, infinity or NaN; see docs/kernels.md for the error. x = 2^n·(1 + f) with 1 + f
   * between √½ and √2: ln x = n·ln 2 + f − f²/2 + f³·P(f).
   */
  log(x: Operand<"f32v">): Value<"f32v"> {
    const bits = this.sub(this.as("i32v", x), HALF_ROOT_BITS);
    const n = this.toF32(this.sar(bits, 23));
    const f = this.sub(this.as("f32v", this.add(this.and(bits, 0x7fffff), HALF_ROOT_BITS)), 1);
    const [highest, ...lower] = LOG_COEFFICIENTS;
    let p: Value<"f32v"> = this.constant("f32v", highest);
    for (const coefficient of lower) p = this.fma(p, f, coefficient);
    const square = this.mul(f, f);
    const small = this.fma(n, LN2_LOW, this.fma(this.mul(square, f), p, this.mul(square, -0.5)));
    const sum = this.fma(n, LN2_HIGH, this.add(small, f));
    return this.select(this.compare(x, "<", Number.POSITIVE_INFINITY), sum, x);
  }

  /** x / (1 + e^−x), the activation of SwiGLU. */
  silu(x: Operand<"f32v">): Value<"f32v"> {
    return this.div(x, this.add(this.exp(this.neg(x)), 1));
  }

  /** f16 bits (in the low half of each lane) to f32, exactly. Use `loadFloats` for values in memory. */
  f16BitsToF32(bits: Operand<"i32v">): Value<"f32v"> {
    const magnitude = this.shl(this.and(bits, 0x7fff), 13);
    const sign = this.shl(this.and(bits, 0x8000), 16);
    // Read as an f32, the shifted bits are the value × 2^-112, subnormals included. Infinities need the f32 exponent.
    const scaled = this.mul(this.as("f32v", magnitude), 2 ** 112);
    const special = this.as("f32v", this.or(magnitude, 0x7f800000));
    const value = this.select(this.compare(magnitude, ">=", 0x0f800000), special, scaled);
    return this.as("f32v", this.or(this.as("i32v", value), sign));
  }

  /** f32 to f16 bits in the low half of each lane, rounding to nearest even. */
  protected f32ToF16Bits(value: Operand<"f32v">): Value<"i32v"> {
    const bits = this.as("i32v", value);
    const sign = this.and(this.shr(bits, 16), 0x8000);
    const magnitude = this.and(bits, 0x7fffffff);
    // Below 2^-14: adding 0.5 aligns the mantissa at 2^-24 and rounds in hardware.
    const subnormal = this.sub(this.as("i32v", this.add(this.as("f32v", magnitude), 0.5)), 0x3f000000);
    const odd = this.and(this.shr(magnitude, 13), 1);
    const normal = this.shr(this.add(this.add(magnitude, odd), (0xfff - 0x38000000) | 0), 13);
    const nan = this.or(this.and(this.shr(magnitude, 13), 0x3ff), 0x7e00);
    const finite = this.select(this.compare(magnitude, "<", 0x38800000), subnormal, normal);
    const capped = this.select(
      this.compare(magnitude, ">=", 0x477ff000),
      this.constant("i32v", 0x7c00),
      finite,
    );
    return this.or(this.select(this.compare(magnitude, ">", 0x7f800000), nan, capped), sign);
  }

  /** f32 to bf16 bits in the low half of each lane, rounding to nearest even; NaN stays NaN. */
  protected f32ToBf16Bits(value: Operand<"f32v">): Value<"i32v"> {
    const bits = this.as("i32v", value);
    const odd = this.and(this.shr(bits, 16), 1);
    const rounded = this.shr(this.add(this.add(bits, odd), 0x7fff), 16);
    const nan = this.or(this.shr(bits, 16), 0x40);
    return this.select(this.compare(this.and(bits, 0x7fffffff), ">", 0x7f800000), nan, rounded);
  }
}

export type { VectorKind };
