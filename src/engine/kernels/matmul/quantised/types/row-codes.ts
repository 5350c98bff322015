/**
 * Codes of blocks of 256 values as they lie along a row: four vectors of 64 codes, each quarter of which holds 16
 * neighbouring values. The block's layout decides which, so that unpacking needs no exchange of lanes, or few. Shorter vectors
 * hold the lower and then the upper halves of these.
 */
import type { DType } from "../../../../../base/dtypes.ts";
import type { KernelBuilder } from "../../../../jit/builder.ts";
import type { Operand, Value } from "../../../../jit/language/core.ts";
import type { Target } from "../../../../jit/target.ts";
import { BLOCKS, layoutOf } from "../activations.ts";
import {
  type CodeBook,
  hasFewRegisters,
  movedBits,
  type QuantisedType,
  takesWholeBytes,
} from "./block-type.ts";
import { Literals } from "./literals.ts";

/** Values of a quarter. */
export const PIECE = 16;
/** Bytes of half a vector of 64. */
const HALF_BYTES = 32;
/** Vectors of a block, and quarters of a vector. */
const FOUR = [0, 1, 2, 3] as const;

/** Masks of the fields of all types, in registers. To be created before the loop over blocks. */
export const fieldMasks = (k: KernelBuilder): Literals =>
  new Literals(k, [0x03, 0x04, 0x0f, 0x10, 0x30, 0xf0]);

export interface RowCodes {
  /** By vector and quarter: which piece of the block's values the quarter holds. */
  readonly pieces: readonly (readonly number[])[];
  /** Vectors whose codes are upper nibbles: 16 times as great if the target multiplies them as they are. */
  readonly upper?: readonly number[];
  /** Four vectors, or one half of each; codes that are not lifted. */
  codes(block: RowBytes, type: QuantisedType): readonly Value<"u8v">[];
}

/** Reads the bytes of a block: whole vectors of 64, or only one half of each. */
export class RowBytes {
  readonly k: KernelBuilder;
  readonly #at: Operand<"ptr">;
  readonly #half: number | undefined;
  readonly #masks: Literals;

  /** @param half of vectors; undefined for both together. @param masks from `fieldMasks`. */
  constructor(k: KernelBuilder, at: Operand<"ptr">, half: number | undefined, masks: Literals) {
    this.k = k;
    this.#at = at;
    this.#half = half;
    this.#masks = masks;
  }

  #load(disp: number): Value<"i32v"> {
    return this.k.load("i32v", { base: this.#at, disp });
  }

  /** 64 bytes. */
  one(disp: number): Value<"i32v"> {
    return this.#load(disp + HALF_BYTES * (this.#half ?? 0));
  }

  /** 64 bytes at two places: the first halves of both, and the second ones. */
  two(first: number, second: number): readonly Value<"i32v">[] {
    if (this.#half === undefined) {
      const [a, b] = [this.#load(first), this.#load(second)];
      return [0, 1].map((half) => this.#halves(a, b, half));
    }
    const at = this.#half === 0 ? first : second;
    return [this.#load(at), this.#load(at + HALF_BYTES)];
  }

  /** 32 bytes with a bit for each of eight runs: those of runs 0 to 3 in one half, in the other those of runs 4 to 7. */
  bitsOfRuns(disp: number): Value<"i32v"> {
    const bits = this.#load(disp);
    if (this.#half === 0) return bits;
    const later = this.k.shr(bits, 4);
    return this.#half === 1 ? later : this.#halves(bits, later, 0);
  }

  /** The lower (or upper) half of two vectors. */
  #halves(a: Value<"i32v">, b: Value<"i32v">, half: number): Value<"i32v"> {
    const { lanes } = this.k;
    const from = (lane: number): number => (half * lanes) / 2 + lane + (lane < lanes / 2 ? 0 : lanes / 2);
    return this.k.permute2(
      a,
      b,
      Array.from({ length: lanes }, (_, lane) => from(lane)),
    );
  }

  /** Some bits of every byte, moved to bit `to`. */
  field(source: Value<"i32v">, from: number, bits: number, to = 0): Value<"u8v"> {
    return this.k.and(movedBits(this.k, source, from, to), this.#masks.byte(((1 << bits) - 1) << to));
  }

  /** The upper nibble of every byte, moved down unless the target multiplies it as it is. */
  upperNibbles(source: Value<"i32v">): Value<"u8v"> {
    return takesWholeBytes(this.k.target) ? this.field(source, 4, 4, 4) : this.field(source, 4, 4);
  }

  /** Two bits of a code, in 64 bytes that serve four runs each. */
  pairs(disp: number): readonly Value<"u8v">[] {
    const bytes = this.one(disp);
    return FOUR.map((run) => this.field(bytes, 2 * run, 2));
  }
}

/** Vector i holds run i and run i + 4. */
const RUNS_APART = FOUR.map((run) => [2 * run, 2 * run + 1, 2 * run + 8, 2 * run + 9]);

export const ROW_CODES: Partial<Readonly<Record<DType, RowCodes>>> = {
  Q2_K: { pieces: RUNS_APART, codes: (block) => block.pairs(16) },
  Q3_K: {
    pieces: RUNS_APART,
    codes(block) {
      const high = block.bitsOfRuns(0);
      return block.pairs(32).map((low, run) => block.k.or(low, block.field(high, run, 1, 2)));
    },
  },
  Q4_K: {
    // Of each 32 bytes the low nibbles are a run, and the high ones the next run.
    pieces: [0, 2, 8, 10].map((first) => [first, first + 1, first + 4, first + 5]),
    upper: [1, 3],
    codes: (block) =>
      [16, 80].flatMap((disp) => {
        const bytes = block.one(disp);
        return [block.field(bytes, 0, 4), block.upperNibbles(bytes)];
      }),
  },
  Q5_K: {
    pieces: RUNS_APART,
    codes(block) {
      const high = block.bitsOfRuns(16);
      const low = block.two(48, 112);
      return FOUR.map((run) =>
        block.k.or(block.field(low[run >> 1], 4 * (run & 1), 4), block.field(high, run, 1, 4)),
      );
    },
  },
  Q6_K: {
    pieces: RUNS_APART,
    codes(block) {
      const [low, high] = [block.two(0, 64), block.one(128)];
      return FOUR.map((run) =>
        block.k.or(block.field(low[run & 1], 4 * (run >> 1), 4), block.field(high, 2 * run, 2, 4)),
      );
    },
  },
  IQ4_XS: {
    pieces: [0, 1, 8, 9].map((first) => FOUR.map((quarter) => first + 2 * quarter)),
    codes(block, type) {
      const { k } = block;
      const book = k.bytes16((type.book as CodeBook).values);
      return [8, 72].flatMap((disp) => {
        const bytes = block.one(disp);
        return [0, 4].map((bit) => k.as("u8v", k.lookup16(book, block.field(bytes, bit, 4))));
      });
    },
  },
};

/**
 * Whether one token is multiplied along rows of the file (from-file-rows.ts). With few registers not types with a code book,
 * whose strips unpack with fewer instructions.
 */
export function takesRows(type: QuantisedType, target: Target): boolean {
  if (target.isa === "wasm" || ROW_CODES[type.dtype] === undefined) return false;
  return layoutOf(type, target) === BLOCKS && (type.book === undefined || !hasFewRegisters(target));
}
