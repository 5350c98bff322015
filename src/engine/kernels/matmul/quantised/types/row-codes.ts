/**
 * Codes of blocks of 256 values as they lie along a row: vectors of 64 codes, each quarter of which holds 16 neighbouring
 * values. The block's layout decides which, so that unpacking needs no exchange of lanes, or few.
 */
import type { DType } from "../../../../../base/dtypes.ts";
import type { KernelBuilder } from "../../../../jit/builder.ts";
import type { Operand, Value } from "../../../../jit/language/core.ts";
import type { CodeBook, QuantisedType } from "./block-type.ts";

/** Values of a quarter of a vector. */
export const PIECE = 16;
/** Vectors of a block, and quarters of a vector. */
const FOUR = [0, 1, 2, 3] as const;

export interface RowCodes {
  /** By vector and quarter: which piece of the block's values the quarter holds. */
  readonly pieces: readonly (readonly number[])[];
  /** The four vectors of the block at an address: codes that are not lifted. */
  codes(k: KernelBuilder, at: Operand<"ptr">, type: QuantisedType): readonly Value<"u8v">[];
}

const bytesAt = (k: KernelBuilder, base: Operand<"ptr">, disp: number): Value<"i32v"> =>
  k.load("i32v", { base, disp });

/** Some bits of every byte, moved to bit `to`. */
function field(k: KernelBuilder, source: Value<"i32v">, from: number, bits: number, to = 0): Value<"u8v"> {
  const moved = from === to ? source : from > to ? k.shr(source, from - to) : k.shl(source, to - from);
  return k.and(k.as("u8v", moved), ((1 << bits) - 1) << to);
}

/** The lower (or upper) half of two vectors. */
function halves(k: KernelBuilder, a: Value<"i32v">, b: Value<"i32v">, half: 0 | 1): Value<"i32v"> {
  const lanes = k.lanes / 2;
  const from = (lane: number): number => half * lanes + (lane % lanes) + (lane < lanes ? 0 : k.lanes);
  return k.permute2(
    a,
    b,
    Array.from({ length: k.lanes }, (_, lane) => from(lane)),
  );
}

/** 32 bytes with a bit for each of eight runs: those of runs 0 to 3 in one half, in the other those of runs 4 to 7. */
function bitsOfRuns(k: KernelBuilder, at: Operand<"ptr">, disp: number): Value<"i32v"> {
  const bits = bytesAt(k, at, disp);
  return halves(k, bits, k.shr(bits, 4), 0);
}

/** Vector i holds run i and run i + 4. */
const RUNS_APART = FOUR.map((run) => [2 * run, 2 * run + 1, 2 * run + 8, 2 * run + 9]);

/** Two bits of a code, in bytes that serve four runs each. */
const pairsOf = (k: KernelBuilder, at: Operand<"ptr">, disp: number): readonly Value<"u8v">[] => {
  const bytes = bytesAt(k, at, disp);
  return FOUR.map((run) => field(k, bytes, 2 * run, 2));
};

/** Bytes of which the low nibbles of each 32 are a run, and the high ones the next run. */
const NIBBLES = [
  [0, 1, 4, 5],
  [2, 3, 6, 7],
  [8, 9, 12, 13],
  [10, 11, 14, 15],
];

export const ROW_CODES: Partial<Readonly<Record<DType, RowCodes>>> = {
  Q2_K: {
    pieces: RUNS_APART,
    codes: (k, at) => pairsOf(k, at, 16),
  },
  Q3_K: {
    pieces: RUNS_APART,
    codes(k, at) {
      const high = bitsOfRuns(k, at, 0);
      return pairsOf(k, at, 32).map((low, run) => k.or(low, field(k, high, run, 1, 2)));
    },
  },
  Q4_K: {
    pieces: NIBBLES,
    codes: (k, at) =>
      [16, 80].flatMap((disp) => {
        const bytes = bytesAt(k, at, disp);
        return [field(k, bytes, 0, 4), field(k, bytes, 4, 4)];
      }),
  },
  Q5_K: {
    pieces: RUNS_APART,
    codes(k, at) {
      const high = bitsOfRuns(k, at, 16);
      const [first, second] = [bytesAt(k, at, 48), bytesAt(k, at, 112)];
      return FOUR.map((run) => {
        const bytes = halves(k, first, second, run < 2 ? 0 : 1);
        return k.or(field(k, bytes, 4 * (run & 1), 4), field(k, high, run, 1, 4));
      });
    },
  },
  Q6_K: {
    pieces: RUNS_APART,
    codes(k, at) {
      const [first, second] = [bytesAt(k, at, 0), bytesAt(k, at, 64)];
      const low = [halves(k, first, second, 0), halves(k, first, second, 1)];
      const high = bytesAt(k, at, 128);
      return FOUR.map((run) =>
        k.or(field(k, low[run & 1], 4 * (run >> 1), 4), field(k, high, 2 * run, 2, 4)),
      );
    },
  },
  IQ4_XS: {
    pieces: [0, 1, 8, 9].map((first) => FOUR.map((quarter) => first + 2 * quarter)),
    codes(k, at, type) {
      const book = k.bytes16((type.book as CodeBook).values);
      return [8, 72].flatMap((disp) => {
        const bytes = bytesAt(k, at, disp);
        return [0, 4].map((bit) => k.as("u8v", k.lookup16(book, field(k, bytes, bit, 4))));
      });
    },
  },
};
