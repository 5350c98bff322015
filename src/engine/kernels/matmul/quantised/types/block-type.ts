/**
 * The description of a quantised type for the kernel generator, and the code that reads its blocks. A group has as
 * many rows of the weight as a vector has lanes. Its blocks are interleaved: first each 2-byte field of all rows, then
 * each 4-byte word of all rows. So one load gives the same field of every row, lane = row.
 */
import { type DType, dtypeInfo } from "../../../../../base/dtypes.ts";
import { assert } from "../../../../../base/errors.ts";
import type { KernelBuilder } from "../../../../jit/builder.ts";
import type { VectorKind } from "../../../../jit/ir.ts";
import type { Operand, Value, Variable } from "../../../../jit/language/core.ts";
import type { Target } from "../../../../jit/target.ts";
import type { WordKind } from "../../layout/bit-moves.ts";
import type { GridTable } from "./grid-tables.ts";
import type { Literals } from "./literals.ts";

/** Values of a run. Activations have one scale per run. */
export const RUN = 32;
/** Words of codes of one run: word k holds values 4k … 4k + 3. */
export const RUN_WORDS = 8;

/** Scales of one run for each row: one, or one for each half (16 values). */
export interface RunScales {
  readonly scales: readonly Value<"f32v">[];
  /** As many as scales, for types that have `offset`. */
  readonly offsets?: readonly Value<"f32v">[];
}

/** Four codes of each row: as bytes, or the even and the odd codes as 16-bit numbers. */
export type Codes = Value<"u8v"> | readonly [Value<"i16v">, Value<"i16v">];

/** The even and the odd codes of four, widened to 16 bits if they are bytes. */
export function pairOf(k: KernelBuilder, codes: Codes): readonly [Value<"i16v">, Value<"i16v">] {
  if (!("kind" in codes)) return codes;
  const bytes = k.as("i16v", codes);
  return [k.and(bytes, 0xff), k.shr(bytes, 8)];
}

/** One run in the form that a tile takes, from either source. */
export interface RunCodes {
  /** Unpacking steps. Each gives one or two words of codes. */
  readonly steps: number;
  /** Pairs of word number and bytes. */
  step(step: number): readonly (readonly [number, Codes])[];
  scale(part: number): Value<"f32v">;
  /** Absent for types without offsets. */
  offset?(part: number): Value<"f32v">;
}

/** How the steps of a run resemble each other. */
export type Unpacking =
  /** Each step needs different code. */
  | { readonly kind: "irregular" }
  /** Step i does the same as step 0 on words i places further, so a loop can run the steps. */
  | { readonly kind: "uniform" }
  /**
   * Uniform, and codes are the nibbles of the block's last words. The low nibbles of word i are word i of codes. The
   * high nibbles are word i + 4, or word i of the next run.
   */
  | { readonly kind: "nibbles"; readonly high: NibblePlace }
  /** Uniform, except for the bits of one word, which shift by one with each step. */
  | { readonly kind: "sliding"; readonly word: number };
export type NibblePlace = "fourWordsOn" | "aRunOn";

export const IRREGULAR: Unpacking = { kind: "irregular" };
export const UNIFORM: Unpacking = { kind: "uniform" };

/** True if a loop can run the steps of a run. */
export const isUniform = ({ unpacking }: QuantisedType): boolean => unpacking.kind !== "irregular";

/** Sixteen codes, and the numbers of the codes of a run, in the form of `QuantisedType.codes`. */
export interface CodeBook {
  readonly values: readonly number[];
  numbers: QuantisedType["codes"];
}

export interface QuantisedType {
  readonly dtype: DType;
  /** Byte offsets of the 2-byte fields in the file's block, in packed order. */
  readonly halves: readonly number[];
  /** Byte offsets of the 4-byte words in the file's block, in packed order. */
  readonly words: readonly number[];
  /** Changes a word while it is packed; `word` counts in packed order. */
  repack?<K extends WordKind>(k: KernelBuilder, value: Value<K>, word: number): Value<K>;
  /** The grid whose points the codes are, for types that have one. */
  readonly grid?: GridTable;
  /** Scales per run: 1, or 2 if a scale covers 16 values. */
  readonly parts: 1 | 2;
  /** Bits of a code. */
  readonly bits: number;
  /**
   * True if a code stands for code − half its range. Such codes are lifted to the top bits of their byte (`liftOf`), so
   * that all of them have the same offset: 128 with 8-bit bytes.
   */
  readonly centred: boolean;
  /**
   * For types with minima: a value is scale × code ± offset. With two scales per run the offset is multiplied by
   * −128 · Σ q of its half (the start value of a centred sum), so it is the minimum divided by −128 or 128.
   */
  readonly offset?: "added" | "subtracted";
  /**
   * Runs whose codes come from the same words (default 1), so that one token's products take each word once: see
   * `Tile.addTogether`.
   */
  readonly runsTogether?: number;
  /** Bytes with which most codes are masked, for codes that are lifted by `lift` bits: see `Literals`. */
  masks?(lift: number): readonly number[];
  /** For types whose codes are looked up. */
  readonly book?: CodeBook;
  /** Unpacking steps of one run: step i of `codes` gives one or two words. */
  readonly steps: number;
  readonly unpacking: Unpacking;
  /** Codes of a run: pairs of word number and bytes. */
  codes(block: PackedBlock, run: number, step: number): readonly (readonly [number, Value<"u8v">])[];
  /** Scales of a run. `block.unlift` corrects them for lifted codes. */
  scales(block: PackedBlock, run: number): RunScales;
}

/**
 * Groups whose blocks are interleaved field by field, and which kernels process at once. WebAssembly's vectors are
 * short: with two groups, one load of activations serves two vectors of codes.
 */
export function groupsTogether(target: Target): number {
  return target.isa === "wasm" ? 2 : 1;
}

/** True if sums of a tile leave few of the vector registers (AVX2, 16 of them). */
export const hasFewRegisters = (target: Target): boolean =>
  target.isa !== "wasm" && target.vectorRegisters < 32;

/** Byte offset of a 2-byte field of group `member` in the block of the groups interleaved with it. */
export function halfPlace(target: Target, index: number, member: number): number {
  return 2 * target.lanes * (groupsTogether(target) * index + member);
}
/** Byte offset of a 4-byte word of group `member` in that block. */
export function wordPlace(type: QuantisedType, target: Target, index: number, member: number): number {
  const together = groupsTogether(target);
  return 2 * target.lanes * together * type.halves.length + 4 * target.lanes * (together * index + member);
}

/** True if one instruction of the target multiplies full 8-bit unsigned bytes. */
export function takesWholeBytes(target: Target): boolean {
  return target.native.has("dot4");
}

/**
 * Bits by which the codes of a type are shifted up. Centred codes fill 8 bits on targets that multiply whole bytes.
 * Others do not shift codes: they add products of small codes in 16 bits (dot-sum.ts).
 */
export function liftOf(type: QuantisedType, target: Target): number {
  return type.centred && takesWholeBytes(target) ? 8 - type.bits : 0;
}

/**
 * True if the nibbles of a type are multiplied in 16 bits without shifting them to bit 0. A nibble at bit 0, 4 or 8
 * then counts 1, 16 or 256 times its code. Only the nibble at bit 12 is shifted to bit 0, because its top bit would be
 * the sign. Activations are pre-scaled by 256, 16 or 1 to match (`spreadActivations`), so every sum is exactly 256 ×
 * its value, and scales are divided by 256.
 */
export function staysInPlace(type: QuantisedType, target: Target): boolean {
  return nibblesInPlace(type, target) !== undefined;
}
const IN_PLACE_BITS = 8;

/** Which codes the high nibbles are, if a type's nibbles are multiplied in place; undefined for other types. */
export function nibblesInPlace(type: QuantisedType, target: Target): NibblePlace | undefined {
  const { unpacking } = type;
  return unpacking.kind === "nibbles" && !multipliesBytes(type, target) ? unpacking.high : undefined;
}

/** Bits by which products of codes are shifted up in total. */
function productLift(type: QuantisedType, target: Target): number {
  return liftOf(type, target) + (staysInPlace(type, target) ? IN_PLACE_BITS : 0);
}

/** Start value of the sum of a centred type's products, from `start` = −128 · Σ q. */
export function startOf(k: KernelBuilder, type: QuantisedType, start: Value<"i32v">): Value<"i32v"> {
  const down = 8 - type.bits - productLift(type, k.target);
  return down === 0 ? start : down > 0 ? k.sar(start, down) : k.shl(start, -down);
}

/** Greatest byte that unpacking produces. */
export function greatestCode(type: QuantisedType, target: Target): number {
  return ((1 << type.bits) - 1) << liftOf(type, target);
}

/** True if the target multiplies codes of this type fast as bytes. Otherwise codes are widened to 16 bits. */
export function multipliesBytes(type: QuantisedType, target: Target): boolean {
  if (takesWholeBytes(target) || isSplit(type, target)) return true;
  return greatestCode(type, target) <= 127 && (target.native.has("dot7") || target.isa !== "wasm");
}

/** True if tiles get the numbers of codes in a book, and split the codes: see book-planes.ts. */
export function isSplit(type: QuantisedType, target: Target): boolean {
  return type.book !== undefined && !takesWholeBytes(target) && hasFewRegisters(target);
}

/** The codes of a type with a book. */
export const bookCodes: QuantisedType["codes"] = (block, run, step) => {
  const { values, numbers } = block.type.book as CodeBook;
  const book = block.k.bytes16(values);
  return numbers(block, run, step).map(([word, number]) => [
    word,
    block.k.as("u8v", block.k.lookup16(book, number)),
  ]);
};

/** A group in memory, and the table of its type's grid. Types without a grid never read the table. */
export interface PackedGroup {
  readonly at: Operand<"ptr">;
  readonly grid: Operand<"ptr">;
  /** What to prefetch meanwhile, if not what follows the group. Moves on with each block. */
  readonly ahead?: Variable<"ptr">;
}

const readNow = (operand: Operand<"i32v">): Value<"i32v"> => ("set" in operand ? operand.value : operand);

/** The fields of a group's block, a lane for each row. */
export interface BlockFields {
  /**
   * A 2-byte field as a float. The result is always finite on targets without an f16 instruction: infinities become 65536
   * there.
   */
  float(half: number): Value<"f32v">;
  /** A 2-byte field as an unsigned number. */
  integer(half: number): Value<"i32v">;
  word(index: number): Value<"i32v">;
}

/** Those of an interleaved block in memory. */
export class PackedFields implements BlockFields {
  readonly #k: KernelBuilder;
  readonly #type: QuantisedType;
  readonly #base: Variable<"ptr">;
  /** Index among the interleaved groups. */
  readonly #member: number;

  constructor(k: KernelBuilder, type: QuantisedType, base: Variable<"ptr">, member = 0) {
    this.#k = k;
    this.#type = type;
    this.#base = base;
    this.#member = member;
  }

  #half(index: number) {
    return { base: this.#base, disp: halfPlace(this.#k.target, index, this.#member) };
  }
  float(half: number): Value<"f32v"> {
    const k = this.#k;
    if (k.target.native.has("f16")) return k.loadFloats("f16", this.#half(half));
    const bits = k.loadIntegers("i16", this.#half(half));
    // Sign, exponent and mantissa move to their places in an f32. The exponent bias is then 127 instead of 15, so the
    // value is multiplied by 2^112.
    return k.mul(k.as("f32v", k.and(k.shl(bits, 13), 0x8fffe000 | 0)), 2 ** 112);
  }
  integer(half: number): Value<"i32v"> {
    return this.#k.loadIntegers("u16", this.#half(half));
  }
  word(index: number): Value<"i32v"> {
    const disp = wordPlace(this.#type, this.#k.target, index, this.#member);
    return this.#k.load("i32v", { base: this.#base, disp });
  }
}

export interface BlockOptions {
  /** The sliding word, in a loop over steps. */
  readonly slid?: Operand<"i32v"> | undefined;
  /** Whether there are registers to keep what several runs read. */
  readonly keeps?: boolean;
  /** Literals that the loop over blocks holds in registers. */
  readonly literals?: Literals | undefined;
}

/** Bit `from` of every byte, moved to bit `to`, and its neighbours with it; bits of other bytes may follow them. */
export function movedBits(k: KernelBuilder, source: Value<"i32v">, from: number, to: number): Value<"u8v"> {
  const moved = from === to ? source : from > to ? k.shr(source, from - to) : k.shl(source, to - from);
  return k.as("u8v", moved);
}

/** Code that decodes one block of a group. */
export class PackedBlock {
  readonly k: KernelBuilder;
  readonly type: QuantisedType;
  readonly #fields: BlockFields;
  readonly #grid: Operand<"ptr">;
  readonly #made = new Map<string, Value<VectorKind>>();
  /** The sliding word in the current iteration of a loop over steps. */
  readonly #slid: Operand<"i32v"> | undefined;
  readonly #literals: Literals | undefined;
  /** Words that are kept. */
  #words = new Map<number, Value<"i32v">>();
  /** Bits by which `codes` must shift a code up. */
  readonly lift: number;
  /** True if what several runs read is read once: floats and scales of a block, and its words until `forgetWords`. */
  readonly keeps: boolean;

  constructor(
    k: KernelBuilder,
    type: QuantisedType,
    fields: BlockFields,
    grid: Operand<"ptr">,
    { slid, keeps = false, literals }: BlockOptions = {},
  ) {
    this.#literals = literals;
    this.keeps = keeps;
    this.k = k;
    this.type = type;
    this.#fields = fields;
    this.#grid = grid;
    this.lift = liftOf(type, k.target);
    this.#slid = slid;
  }

  /** A 2-byte field as a float. Targets without an f16 instruction convert it once for all runs. */
  float(half: number): Value<"f32v"> {
    const isOnce = this.keeps || !this.k.target.native.has("f16");
    const make = () => this.#fields.float(half);
    return isOnce ? this.once(`float ${half}`, make) : make();
  }
  /** A 2-byte field as an unsigned number. */
  integer(half: number): Value<"i32v"> {
    return this.#fields.integer(half);
  }
  word(index: number): Value<"i32v"> {
    const word = this.#words.get(index) ?? this.#fields.word(index);
    if (this.keeps) this.#words.set(index, word);
    return word;
  }
  /** Later uses read their words again: for targets whose registers do not hold the words of a whole block. */
  forgetWords(): void {
    this.#words.clear();
  }
  bytes(index: number): Value<"u8v"> {
    return this.k.as("u8v", this.#fields.word(index));
  }

  /** Looks up two points of the type's grid in each lane, by two 16-bit numbers. Layout: grid-tables.ts. */
  points(numbers: Value<"i32v">): Value<"i32v"> {
    const { k, type } = this;
    return k.as("i32v", k.lookup(this.#grid, k.as("i16v", numbers), type.grid?.entries ?? 0));
  }
  /** A value that several steps or runs need, computed at the first use. */
  once<K extends VectorKind>(name: string, make: () => Value<K>): Value<K> {
    const made = (this.#made.get(name) as Value<K> | undefined) ?? make();
    this.#made.set(name, made);
    return made;
  }

  /** Bits `from + step …` of every byte of the sliding word, moved to bit `to`. */
  sliding(step: number, from: number, bits: number, to: number): Value<"u8v"> {
    const { unpacking } = this.type;
    if (this.#slid !== undefined) return this.field(readNow(this.#slid), from, bits, to);
    assert(unpacking.kind === "sliding", `${this.type.dtype} has no sliding word`);
    return this.field(this.word(unpacking.word), from + step, bits, to);
  }
  /** Bits `from … from + bits` of every byte, moved to bit `to`. */
  field(source: Value<"i32v">, from: number, bits: number, to: number): Value<"u8v"> {
    const { k } = this;
    const moved = movedBits(k, source, from, to);
    return bits === 8 ? moved : k.and(moved, this.literal(((1 << bits) - 1) << to));
  }
  /** A byte for all bytes of a vector, from a register if the loop holds it in one. */
  literal(byte: number): Value<"u8v"> | number {
    return this.#literals?.byte(byte) ?? byte;
  }
  /** Bits of every lane as a small number. */
  bits(word: Value<"i32v">, from: number, bits: number): Value<"i32v"> {
    const { k } = this;
    if (from + bits === 32) return k.shr(word, from);
    return k.and(from === 0 ? word : k.shr(word, from), (1 << bits) - 1);
  }
  /** Divides a scale by the factor by which the target's products are shifted up. */
  unlift(scale: Value<"f32v">): Value<"f32v"> {
    const lift = productLift(this.type, this.k.target);
    return lift === 0 ? scale : this.k.mul(scale, 2 ** -lift);
  }
  /** The first 2-byte field as a float, divided by that factor. */
  get unit(): Value<"f32v"> {
    const make = () => this.unlift(this.float(0));
    return this.keeps ? this.once("unit", make) : make();
  }

  /** Codes of a step: as bytes, or as 16-bit numbers if nibbles are multiplied in place. */
  codes(run: number, step: number): readonly (readonly [number, Codes])[] {
    const { k, type } = this;
    if (isSplit(type, k.target)) return (type.book as CodeBook).numbers(this, run, step);
    const high = nibblesInPlace(type, k.target);
    if (high === undefined) return type.codes(this, run, step);
    const first = type.words.length - dtypeInfo(type.dtype).blockLength / 8;
    const inRuns = high === "aRunOn";
    const word = k.as("i16v", this.word(first + step + (inRuns ? RUN_WORDS * (run >> 1) : 0)));
    const low = (): Codes => [k.and(word, 0x000f), k.and(word, 0x0f00)];
    const upper = (): Codes => [k.and(word, 0x00f0), k.shr(word, 12)];
    if (inRuns) return [[step, run % 2 === 0 ? low() : upper()]];
    return [
      [step, low()],
      [step + RUN_WORDS / 2, upper()],
    ];
  }
}

/**
 * A run of a block; its codes are computed on request. If the block keeps values or registers are few, each scale is
 * computed at its first use, so that none waits in a register; otherwise all are computed here.
 */
export function runOfBlock(block: PackedBlock, run: number): RunCodes {
  const { k, type } = block;
  const isLazy = block.keeps || hasFewRegisters(k.target);
  const all = isLazy ? undefined : type.scales(block, run);
  const made = new Map<string, Value<"f32v">>();
  const factor = (kind: "scales" | "offsets", part: number): Value<"f32v"> => {
    const name = `${kind} ${part}`;
    // Those of the others that this computes again are unused, and so removed from the program.
    const value = made.get(name) ?? ((all ?? type.scales(block, run))[kind]?.[part] as Value<"f32v">);
    made.set(name, value);
    return value;
  };
  return {
    steps: type.steps,
    step: (step) => block.codes(run, step),
    scale: (part) => factor("scales", part),
    ...(type.offset === undefined ? {} : { offset: (part: number) => factor("offsets", part) }),
  };
}

/** Byte offsets of `count` consecutive words from `first` on. */
export function wordsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + 4 * i);
}
