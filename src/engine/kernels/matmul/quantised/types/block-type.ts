/**
 * What a quantised type tells the kernel generator, and how unpacking code reads a block. A group is as many rows of
 * the weight as a vector has lanes; its blocks are interleaved: first each 2-byte field, then each 4-byte word,
 * of all rows side by side. So one load gives the same field of every row, lane = row.
 */
import { type DType, dtypeInfo } from "../../../../../base/dtypes.ts";
import { assert } from "../../../../../base/errors.ts";
import type { KernelBuilder } from "../../../../jit/builder.ts";
import type { VectorKind } from "../../../../jit/ir.ts";
import type { Operand, Value, Variable } from "../../../../jit/language/core.ts";
import type { Target } from "../../../../jit/target.ts";
import type { WordKind } from "../../layout/bit-moves.ts";
import type { GridTable } from "./grid-tables.ts";

/** Activations come in runs of 32: this many values of a weight meet one activation scale. */
export const RUN = 32;
/** Words of codes of one run: word k holds values 4k … 4k + 3. */
export const RUN_WORDS = 8;

/** Scales of one run for each row: one, or one for each half of 16. */
export interface RunScales {
  readonly scales: readonly Value<"f32v">[];
  /** As many as scales, for types that have `offset`. */
  readonly offsets?: readonly Value<"f32v">[];
}

/** Four codes of each row: as bytes, or as the even and the odd ones of them in 16 bits. */
export type Codes = Value<"u8v"> | readonly [Value<"i16v">, Value<"i16v">];

/** The even and the odd ones of four codes, widened unless they are. */
export function pairOf(k: KernelBuilder, codes: Codes): readonly [Value<"i16v">, Value<"i16v">] {
  if (!("kind" in codes)) return codes;
  const bytes = k.as("i16v", codes);
  return [k.and(bytes, 0xff), k.shr(bytes, 8)];
}

/** One run as a tile takes it, wherever it comes from. */
export interface RunCodes {
  /** Steps of unpacking; each gives one word of codes or two. */
  readonly steps: number;
  /** Pairs of word number and bytes. */
  step(step: number): readonly (readonly [number, Codes])[];
  scale(part: number): Value<"f32v">;
  /** Absent for types without. */
  offset?(part: number): Value<"f32v">;
}

/** What the steps of a run have in common. */
export type Unpacking =
  /** Each step has code of its own. */
  | { readonly kind: "irregular" }
  /** Step i does what step 0 does, on words i places further: a loop can go through the steps. */
  | { readonly kind: "uniform" }
  /**
   * Uniform, and codes are the nibbles of the block's last words. The high nibbles of word i are the word of codes
   * four further than the low ones, or word i of the next run.
   */
  | { readonly kind: "nibbles"; readonly high: NibblePlace }
  /** Uniform, but for the bits of one word, which shift by one with each step. */
  | { readonly kind: "sliding"; readonly word: number };
export type NibblePlace = "fourWordsOn" | "aRunOn";

export const IRREGULAR: Unpacking = { kind: "irregular" };
export const UNIFORM: Unpacking = { kind: "uniform" };

/** True if a loop can go through the steps of a run. */
export const isUniform = ({ unpacking }: QuantisedType): boolean => unpacking.kind !== "irregular";

export interface QuantisedType {
  readonly dtype: DType;
  /** Places of the 2-byte fields in the file's block, in the order they are packed. */
  readonly halves: readonly number[];
  /** Places of the 4-byte words in the file's block, in the order they are packed. */
  readonly words: readonly number[];
  /** Changes a word while it is packed; `word` counts in packed order. */
  repack?<K extends WordKind>(k: KernelBuilder, value: Value<K>, word: number): Value<K>;
  /** What codes are points of, for types that have a grid. */
  readonly grid?: GridTable;
  /** Scales per run: 1, or 2 if weights have scales of 16. */
  readonly parts: 1 | 2;
  /** Bits of a code. */
  readonly bits: number;
  /** True if codes stand for code − half their range, so that they are stored lifted to the top bits: ±128. */
  readonly centred: boolean;
  /**
   * Types with minima: each value is scale × code ± offset. With scales of halves the offset is what the start of
   * a centred sum (−128 · Σ q) of that half is multiplied with, so a minimum divided by −128 or 128.
   */
  readonly offset?: "added" | "subtracted";
  /** Unpacking steps of one run: step i of `codes` gives one word or two. */
  readonly steps: number;
  readonly unpacking: Unpacking;
  /** Codes of a run: pairs of word number and bytes. */
  codes(block: PackedBlock, run: number, step: number): readonly (readonly [number, Value<"u8v">])[];
  /** Scales of a run. Codes of centred types are lifted; `block.unlift` undoes it. */
  scales(block: PackedBlock, run: number): RunScales;
}

/**
 * Groups whose blocks are interleaved field by field, and which kernels take at once: as WebAssembly's vectors are
 * short, the activations of a loop's round then serve two of them.
 */
export function groupsTogether(target: Target): number {
  return target.isa === "wasm" ? 2 : 1;
}

/** Place of a 2-byte field of a group, one of those that lie together, in their interleaved block. */
export function halfPlace(target: Target, index: number, member: number): number {
  return 2 * target.lanes * (groupsTogether(target) * index + member);
}
/** Place of a 4-byte word. */
export function wordPlace(type: QuantisedType, target: Target, index: number, member: number): number {
  const together = groupsTogether(target);
  return 2 * target.lanes * together * type.halves.length + 4 * target.lanes * (together * index + member);
}

/** True if the target multiplies unsigned bytes of all 8 bits in one instruction. */
export function takesWholeBytes(target: Target): boolean {
  return target.native.has("dot4");
}

/**
 * How far the codes of a type are shifted up: centred codes fill 8 bits, or 7 where only those are fast. Not in
 * WebAssembly, which adds products of small codes in 16 bits.
 */
export function liftOf(type: QuantisedType, target: Target): number {
  if (!type.centred || target.isa === "wasm") return 0;
  return (takesWholeBytes(target) || type.bits === 8 ? 8 : 7) - type.bits;
}

/**
 * True if nibbles that are multiplied in 16 bits stay where they are in their word, but for the top ones: so they
 * come out 1, 16 or 256 times too great, and the activations are spread out by what is missing to 256. All sums are
 * 256 times too great then, exactly, and scales smaller.
 */
export function staysInPlace(type: QuantisedType, target: Target): boolean {
  return nibblesInPlace(type, target) !== undefined;
}
const IN_PLACE_BITS = 8;

/** Where the high nibbles of a type belong whose nibbles stay in place; undefined for other types. */
export function nibblesInPlace(type: QuantisedType, target: Target): NibblePlace | undefined {
  const { unpacking } = type;
  return unpacking.kind === "nibbles" && !multipliesBytes(type, target) ? unpacking.high : undefined;
}

/** How far products of codes are shifted up in all. */
function productLift(type: QuantisedType, target: Target): number {
  return liftOf(type, target) + (staysInPlace(type, target) ? IN_PLACE_BITS : 0);
}

/** What the sum of a centred type's products starts from, of −128 · Σ q. */
export function startOf(k: KernelBuilder, type: QuantisedType, start: Value<"i32v">): Value<"i32v"> {
  const down = 8 - type.bits - productLift(type, k.target);
  return down === 0 ? start : down > 0 ? k.sar(start, down) : k.shl(start, -down);
}

/** Greatest byte that unpacking makes. */
export function greatestCode(type: QuantisedType, target: Target): number {
  return ((1 << type.bits) - 1) << liftOf(type, target);
}

/** True if the target has fast products of such codes as bytes; else they are widened to 16 bits. */
export function multipliesBytes(type: QuantisedType, target: Target): boolean {
  if (takesWholeBytes(target)) return true;
  return greatestCode(type, target) <= 127 && (target.native.has("dot7") || target.isa !== "wasm");
}

/** A group in memory, and the table of its type's grid, which other types never read. */
export interface PackedGroup {
  readonly at: Operand<"ptr">;
  readonly grid: Operand<"ptr">;
}

const readNow = (operand: Operand<"i32v">): Value<"i32v"> => ("set" in operand ? operand.value : operand);

/** Code that reads one interleaved block. */
export class PackedBlock {
  readonly k: KernelBuilder;
  readonly type: QuantisedType;
  readonly #base: Variable<"ptr">;
  readonly #grid: Operand<"ptr">;
  readonly #made = new Map<string, Value<VectorKind>>();
  /** Which of the groups that lie together. */
  readonly #member: number;
  /** The sliding word as a loop's round has it. */
  readonly #slid: Operand<"i32v"> | undefined;
  /** Bits by which `codes` must shift a code up. */
  readonly lift: number;

  /** @param member which of the groups that lie together; @param slid in a loop over steps, where a word slides. */
  constructor(
    k: KernelBuilder,
    type: QuantisedType,
    base: Variable<"ptr">,
    grid: Operand<"ptr">,
    member = 0,
    slid?: Operand<"i32v">,
  ) {
    this.k = k;
    this.type = type;
    this.#base = base;
    this.#grid = grid;
    this.lift = liftOf(type, k.target);
    this.#member = member;
    this.#slid = slid;
  }

  #half(index: number) {
    return { base: this.#base, disp: halfPlace(this.k.target, index, this.#member) };
  }
  #word(index: number) {
    return { base: this.#base, disp: wordPlace(this.type, this.k.target, index, this.#member) };
  }
  /**
   * A 2-byte field as a float. Finite: where that takes no instruction of its own, infinities become 65536, and the
   * field is converted once for all runs.
   */
  float(half: number): Value<"f32v"> {
    const { k } = this;
    if (k.target.native.has("f16")) return k.loadFloats("f16", this.#half(half));
    return this.once(`float ${half}`, () => {
      const bits = k.loadIntegers("i16", this.#half(half));
      // Sign, exponent and mantissa in their places of an f32, whose exponent then counts from −127 and not from −15.
      return k.mul(k.as("f32v", k.and(k.shl(bits, 13), 0x8fffe000 | 0)), 2 ** 112);
    });
  }
  /** A 2-byte field as a number from 0. */
  integer(half: number): Value<"i32v"> {
    return this.k.loadIntegers("u16", this.#half(half));
  }
  word(index: number): Value<"i32v"> {
    return this.k.load("i32v", this.#word(index));
  }
  bytes(index: number): Value<"u8v"> {
    return this.k.load("u8v", this.#word(index));
  }

  /** Points of the type's grid, packed as grid-tables.ts says, by two numbers in each lane. */
  points(numbers: Value<"i32v">): Value<"i32v"> {
    const { k, type } = this;
    return k.as("i32v", k.lookup(this.#grid, k.as("i16v", numbers), type.grid?.entries ?? 0));
  }
  /** What several steps of a run need, or several runs, computed by the first that asks. */
  once<K extends VectorKind>(name: string, make: () => Value<K>): Value<K> {
    const made = (this.#made.get(name) as Value<K> | undefined) ?? make();
    this.#made.set(name, made);
    return made;
  }

  /** Bits `from + step …` of every byte of the word that slides, moved to bit `to`. */
  sliding(step: number, from: number, bits: number, to: number): Value<"u8v"> {
    const { unpacking } = this.type;
    if (this.#slid !== undefined) return this.field(readNow(this.#slid), from, bits, to);
    assert(unpacking.kind === "sliding", `no word of ${this.type.dtype} slides`);
    return this.field(this.word(unpacking.word), from + step, bits, to);
  }
  /** Bits `from … from + bits` of every byte, moved to bit `to`. */
  field(source: Value<"i32v">, from: number, bits: number, to: number): Value<"u8v"> {
    const { k } = this;
    const shifted = from === to ? source : from > to ? k.shr(source, from - to) : k.shl(source, to - from);
    const mask = ((1 << bits) - 1) << to;
    return bits === 8 ? k.as("u8v", shifted) : k.and(k.as("u8v", shifted), mask);
  }
  /** Bits of every lane as a small number. */
  bits(word: Value<"i32v">, from: number, bits: number): Value<"i32v"> {
    const { k } = this;
    return k.and(from === 0 ? word : k.shr(word, from), (1 << bits) - 1);
  }
  /** A scale as it is for codes that are as they are, for what the target makes of them. */
  unlift(scale: Value<"f32v">): Value<"f32v"> {
    const lift = productLift(this.type, this.k.target);
    return lift === 0 ? scale : this.k.mul(scale, 2 ** -lift);
  }

  /** Codes of a step: as bytes, or in 16 bits where they stay in place. */
  codes(run: number, step: number): readonly (readonly [number, Codes])[] {
    const { k, type } = this;
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

/** A run of a block. Its scales are computed here, its codes when they are asked for. */
export function runOfBlock(block: PackedBlock, run: number): RunCodes {
  const { type } = block;
  const { scales, offsets } = type.scales(block, run);
  return {
    steps: type.steps,
    step: (step) => block.codes(run, step),
    scale: (part) => scales[part],
    ...(offsets === undefined ? {} : { offset: (part: number) => offsets[part] }),
  };
}

/** Words at these offsets: `count` of them from `first`. */
export function wordsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + 4 * i);
}
