/**
 * The IQ2 and IQ3 types: grid points of magnitudes, and a sign for each value. Bit diagrams: src/quant/iq2.ts,
 * iq3.ts.
 */

import type { KernelBuilder } from "../../../../jit/builder.ts";
import type { Value } from "../../../../jit/language/core.ts";
import { type Move, moveBits, spreadBits, swapNumbers, type WordKind } from "../../layout/bit-moves.ts";
import { IRREGULAR, type PackedBlock, type QuantisedType, wordsFrom } from "./block-type.ts";
import {
  BYTE_PAIR,
  bytePair,
  halfStepScales,
  highPair,
  lookPairUp,
  spreadPoint,
  swapMiddleBytes,
} from "./grid-points.ts";
import { type GridTable, IQ2_S, IQ2_XS, IQ2_XXS, IQ3_S, IQ3_XXS } from "./grid-tables.ts";

/** Converts a literal with the top bit set to i32. */
const i32 = (bits: number): number => bits | 0;

/** The code of each magnitude, then of each negated one. */
function codeBook({ lift, type }: PackedBlock, grid: GridTable): number[] {
  const middle = 1 << (type.bits - 1);
  const count = 1 << grid.bits;
  return Array.from({ length: 16 }, (_, i) => {
    const magnitude = grid.values[i % count] ?? 0;
    return ((middle + (i < count ? magnitude : -magnitude)) << lift) & 255;
  });
}

/** Magnitudes with signs: bit `word` of every byte of `signs` is the sign of that byte of the word. */
function signedCodes(
  block: PackedBlock,
  grid: GridTable,
  magnitudes: Value<"u8v">,
  signs: Value<"i32v">,
  word: number,
) {
  const { k } = block;
  const book = block.once("book", () => k.bytes16(codeBook(block, grid)));
  const index = k.or(magnitudes, block.field(signs, word, 1, grid.bits));
  return k.as("u8v", k.lookup16(book, index));
}

/**
 * All 32 signs from 28, spread. The sign of the last of every eight values is not stored (bits 1, 3, 5 and 7 of the
 * last byte hold other data): it makes the number of minus signs among the eight even.
 */
function completeSigns(k: KernelBuilder, stored: Value<"i32v">): Value<"i32v"> {
  const known = k.and(stored, 0x55ffffff);
  const halves = k.xor(known, k.shl(known, 16));
  const bytes = k.xor(halves, k.shl(halves, 8));
  const parity = k.xor(bytes, k.shl(bytes, 1));
  return k.or(known, k.and(parity, i32(0xaa000000)));
}

/**
 * ssss 3333333 2222222 1111111 0000000 with the signs spread. Bit i of s takes the place of the last sign of group i
 * of eight.
 */
function spreadSevens<K extends WordKind>(k: KernelBuilder, word: Value<K>): Value<K> {
  const moves = [0, 1, 2, 3].flatMap((i): Move[] => [
    [7 * i, 7, 8 * i],
    [28 + i, 1, 8 * i + 7],
  ]);
  return spreadBits(k, moveBits(k, word, moves));
}

/** The scale (s) in a word that `spreadSevens` made. */
function scaleOfSevens({ k }: PackedBlock, word: Value<"i32v">): Value<"i32v"> {
  const apart = k.and(k.shr(word, 25), 0x55);
  const pairs = k.and(k.or(apart, k.shr(apart, 1)), 0x33);
  return k.and(k.or(pairs, k.shr(pairs, 2)), 0x0f);
}

/** How a type with signs stores the points of a run. */
interface Signed {
  readonly grid: GridTable;
  /** Numbers of points `2 · pair` and `2 · pair + 1` of a run, in the halves of a word. */
  numbers(block: PackedBlock, run: number, pair: number): Value<"i32v">;
  /** The signs of a run, spread. */
  signs(block: PackedBlock, run: number): Value<"i32v">;
}

/** Unpacks one point per step: the two words of an IQ2 point, or the one word of an IQ3 point. */
function signedPoints({
  grid,
  numbers,
  signs,
}: Signed): Pick<QuantisedType, "grid" | "centred" | "steps" | "unpacking" | "codes"> {
  const wordsOfPoint = grid.width / 4;
  return {
    grid,
    centred: true,
    steps: 8 / wordsOfPoint,
    unpacking: IRREGULAR,
    codes(block, run, step) {
      const all = block.once(`signs ${run}`, () => signs(block, run));
      const pair = lookPairUp(block, run, step >> 1, () => numbers(block, run, step >> 1));
      const point = spreadPoint(block, grid, pair, step & 1);
      return Array.from({ length: wordsOfPoint }, (_, i) => {
        const word = wordsOfPoint * step + i;
        return [word, signedCodes(block, grid, block.field(point, 4 * i, grid.bits, 0), all, word)] as const;
      });
    },
  };
}

const IQ2_XXS_TYPE: QuantisedType = {
  dtype: "IQ2_XXS",
  halves: [0],
  words: wordsFrom(2, 16),
  repack: (k, value, word) => (word % 2 === 0 ? swapMiddleBytes(k, value) : spreadSevens(k, value)),
  parts: 1,
  bits: 7,
  ...signedPoints({
    grid: IQ2_XXS,
    numbers: (block, run, pair) => bytePair(block, block.word(2 * run), pair),
    signs: (block, run) => completeSigns(block.k, block.word(2 * run + 1)),
  }),
  scales: (block, run) =>
    halfStepScales(block, block.float(0), 1 / 4, [scaleOfSevens(block, block.word(2 * run + 1))]),
};

/** The 4-bit scales of halves of runs, from word `first` on. */
function nibbleScales(block: PackedBlock, run: number, first: number): Value<"i32v">[] {
  const word = block.word(first + (run >> 2));
  return [0, 4].map((nibble) => block.bits(word, 8 * (run & 3) + nibble, 4));
}

/**
 * Repacks two of sssssssp pppppppp. The low nibbles of bytes 0 and 1 become the low eight bits of the first p, those
 * of bytes 2 and 3 the low eight bits of the second. The high nibbles become the signs of the four words of codes,
 * spread; the ninth bits of p take the places of the last signs of every eight.
 */
function repackXs<K extends WordKind>(k: KernelBuilder, word: Value<K>): Value<K> {
  const signs = moveBits(k, word, [
    [9, 7, 0],
    [8, 1, 7],
    [25, 7, 8],
    [24, 1, 15],
  ]);
  const spread = swapNumbers(k, signs, [
    [3, 1],
    [2, 0],
  ]);
  const numbers = moveBits(k, word, [
    [0, 8, 0],
    [16, 8, 8],
  ]);
  return swapNumbers(k, k.or(numbers, k.shl(spread, 16)), [
    [4, 3],
    [3, 2],
  ]);
}

const IQ2_XS_TYPE: QuantisedType = {
  dtype: "IQ2_XS",
  halves: [0],
  words: [...wordsFrom(66, 2), ...wordsFrom(2, 16)],
  repack: (k, value, word) => (word < 2 ? value : repackXs(k, value)),
  parts: 2,
  bits: 7,
  ...signedPoints({
    grid: IQ2_XS,
    numbers(block, run, pair) {
      const { k } = block;
      const word = block.word(2 + 2 * run + pair);
      const nibbles = k.and(word, 0x0f0f0f0f);
      const low = k.and(k.or(nibbles, k.shr(nibbles, 4)), BYTE_PAIR);
      const ninth = k.or(k.and(k.shr(word, 29 - 8), 1 << 8), k.and(k.shr(word, 31 - 24), 1 << 24));
      return k.or(low, ninth);
    },
    signs(block, run) {
      const { k } = block;
      const first = k.and(k.shr(block.word(2 + 2 * run), 4), 0x0f0f0f0f);
      const last = k.and(block.word(2 + 2 * run + 1), i32(0xf0f0f0f0));
      return completeSigns(k, k.or(first, last));
    },
  }),
  scales: (block, run) => halfStepScales(block, block.float(0), 1 / 4, nibbleScales(block, run, 0)),
};

const IQ2_S_TYPE: QuantisedType = {
  dtype: "IQ2_S",
  halves: [0],
  words: [...wordsFrom(74, 2), ...wordsFrom(66, 2), ...wordsFrom(2, 16)],
  repack(k, value, word) {
    if (word < 2) return value;
    // 33221100 of four runs: bit 4 · run + 2 · pair of each half, point number 2 · pair + half.
    if (word < 4)
      return swapNumbers(k, value, [
        [4, 1],
        [3, 1],
        [2, 1],
      ]);
    return word < 12 ? swapMiddleBytes(k, value) : spreadBits(k, value);
  },
  parts: 2,
  bits: 7,
  ...signedPoints({
    grid: IQ2_S,
    numbers(block, run, pair) {
      const high = highPair(block, block.word(2 + (run >> 2)), 4 * (run & 3) + 2 * pair, 2);
      return block.k.or(bytePair(block, block.word(4 + run), pair), high);
    },
    signs: (block, run) => block.word(12 + run),
  }),
  scales: (block, run) => halfStepScales(block, block.float(0), 1 / 4, nibbleScales(block, run, 0)),
};

const IQ3_XXS_TYPE: QuantisedType = {
  dtype: "IQ3_XXS",
  halves: [0],
  words: wordsFrom(2, 24),
  repack: (k, value, word) => (word < 16 ? swapMiddleBytes(k, value) : spreadSevens(k, value)),
  parts: 1,
  bits: 7,
  ...signedPoints({
    grid: IQ3_XXS,
    numbers: (block, run, pair) => bytePair(block, block.word(2 * run + (pair >> 1)), pair & 1),
    signs: (block, run) => completeSigns(block.k, block.word(16 + run)),
  }),
  scales: (block, run) =>
    halfStepScales(block, block.float(0), 1 / 2, [scaleOfSevens(block, block.word(16 + run))]),
};

const IQ3_S_TYPE: QuantisedType = {
  dtype: "IQ3_S",
  halves: [0],
  words: [106, ...wordsFrom(66, 2), ...wordsFrom(2, 16), ...wordsFrom(74, 8)],
  repack(k, value, word) {
    if (word < 1) return value;
    // Eight ninth bits of four runs: bit 4 · run + pair of each half, point number 2 · pair + half.
    if (word < 3)
      return swapNumbers(k, value, [
        [4, 0],
        [3, 0],
        [2, 0],
        [1, 0],
      ]);
    return word < 19 ? swapMiddleBytes(k, value) : spreadBits(k, value);
  },
  parts: 1,
  bits: 5,
  ...signedPoints({
    grid: IQ3_S,
    numbers(block, run, pair) {
      const high = highPair(block, block.word(1 + (run >> 2)), 4 * (run & 3) + pair, 1);
      return block.k.or(bytePair(block, block.word(3 + 2 * run + (pair >> 1)), pair & 1), high);
    },
    signs: (block, run) => block.word(19 + run),
  }),
  scales: (block, run) => halfStepScales(block, block.float(0), 2, [block.bits(block.word(0), 4 * run, 4)]),
};

export const SIGNED_GRID_TYPES: readonly QuantisedType[] = [
  IQ2_XXS_TYPE,
  IQ2_XS_TYPE,
  IQ2_S_TYPE,
  IQ3_XXS_TYPE,
  IQ3_S_TYPE,
];
