/**
 * The types whose codes are points of a grid: IQ1, IQ2 and IQ3. Bit diagrams: src/quant/iq1.ts, iq2.ts, iq3.ts.
 *
 * A point is a word of 16 bits in a table (grid-tables.ts); a 32-bit lane looks two points up at once, by two numbers
 * of 16 bits. So packing puts what belongs to two neighbouring points into the same places of the two halves of a
 * word; the file's order of bytes 0, 1, 2, 3 becomes 0, 2, 1, 3. Signs are spread like the fifth bits of Q5_0.
 */
import type { Value } from "../../kernel/build/core.ts";
import type { KernelBuilder } from "../../kernel/builder.ts";
import { type Move, moveBits, spreadBits, swapNumbers, type WordKind } from "./bit-moves.ts";
import { type Grid, IQ1, IQ2_S, IQ2_XS, IQ2_XXS, IQ3_S, IQ3_XXS } from "./grid-tables.ts";
import { type PackedBlock, type PackedType, type RunScales, wordsFrom } from "./packed-block.ts";

/** Literals with the top bit set, as the i32 that they are. */
const i32 = (bits: number): number => bits | 0;
/** The low bytes of both halves of a word. */
const BYTE_PAIR = 0x00ff00ff;

/** A point in each half of a word, for the two points of a pair. */
function lookPairUp(
  block: PackedBlock,
  run: number,
  pair: number,
  numbers: () => Value<"i32v">,
): Value<"i32v"> {
  return block.once(`points ${run} ${pair}`, () => block.points(numbers()));
}

/** The point in one half of a word, its coordinates side by side: those of the first four values from bit 0 of each byte on. */
function spreadPoint(block: PackedBlock, grid: Grid, pair: Value<"i32v">, half: number): Value<"i32v"> {
  const { k } = block;
  const point = half === 0 ? k.and(pair, 0xffff) : k.shr(pair, 16);
  return k.or(point, k.shl(point, 16 - grid.bits));
}

/** Bytes pair and pair + 2 of a word: low bits of a pair of numbers. */
function bytePair(block: PackedBlock, word: Value<"i32v">, pair: number): Value<"i32v"> {
  const { k } = block;
  return k.and(pair === 0 ? word : k.shr(word, 8), BYTE_PAIR);
}

/** Bits `from …` of both halves of a word, moved to bit 8: high bits of a pair of numbers. */
function highPair(block: PackedBlock, word: Value<"i32v">, from: number, bits: number): Value<"i32v"> {
  const { k } = block;
  const moved = from < 8 ? k.shl(word, 8 - from) : from > 8 ? k.shr(word, from - 8) : word;
  return k.and(moved, ((1 << bits) - 1) * 0x01000100);
}

/** The code of each magnitude, then of each negated one. */
function codeBook({ lift, type }: PackedBlock, grid: Grid): number[] {
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
  grid: Grid,
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
 * All 32 signs from 28, spread: bits 1, 3, 5 and 7 of the last byte are something else in the file's place, namely
 * of the last value of every eight. The number of minus signs among eight is even.
 */
function completeSigns(k: KernelBuilder, stored: Value<"i32v">): Value<"i32v"> {
  const known = k.and(stored, 0x55ffffff);
  const halves = k.xor(known, k.shl(known, 16));
  const bytes = k.xor(halves, k.shl(halves, 8));
  const parity = k.xor(bytes, k.shl(bytes, 1));
  return k.or(known, k.and(parity, i32(0xaa000000)));
}

/** ssss 3333333 2222222 1111111 0000000 with the signs spread; bit i of s lies where the last sign of eight number i would. */
function spreadSevens<K extends WordKind>(k: KernelBuilder, word: Value<K>): Value<K> {
  const moves = [0, 1, 2, 3].flatMap((i): Move[] => [
    [7 * i, 7, 8 * i],
    [28 + i, 1, 8 * i + 7],
  ]);
  return spreadBits(k, moveBits(k, word, moves));
}

/** The scale among spread sevens. */
function scaleOfSevens({ k }: PackedBlock, word: Value<"i32v">): Value<"i32v"> {
  const apart = k.and(k.shr(word, 25), 0x55);
  const pairs = k.and(k.or(apart, k.shr(apart, 1)), 0x33);
  return k.and(k.or(pairs, k.shr(pairs, 2)), 0x0f);
}

/** (s + ½) · factor · d for each scale of a run. */
function halfStepScales(
  block: PackedBlock,
  d: Value<"f32v">,
  factor: number,
  scales: readonly Value<"i32v">[],
): RunScales {
  const { k } = block;
  const unit = k.mul(d, factor * 2 ** -block.lift);
  return { scales: scales.map((scale) => k.mul(k.add(k.toF32(scale), 0.5), unit)) };
}

/** Bytes 0, 1, 2, 3 to 0, 2, 1, 3. */
const swapMiddleBytes = <K extends WordKind>(k: KernelBuilder, word: Value<K>): Value<K> =>
  swapNumbers(k, word, [[4, 3]]);

/** How a type with signs finds what belongs to a run. */
interface Signed {
  readonly grid: Grid;
  /** Numbers of points `2 · pair` and `2 · pair + 1` of a run, in the halves of a word. */
  numbers(block: PackedBlock, run: number, pair: number): Value<"i32v">;
  /** The signs of a run, spread. */
  signs(block: PackedBlock, run: number): Value<"i32v">;
}

/** Codes of a point at a time: the two words of an IQ2 point, the one of an IQ3 point. */
function signedPoints({
  grid,
  numbers,
  signs,
}: Signed): Pick<PackedType, "grid" | "laborious" | "centred" | "steps" | "codes"> {
  const wordsOfPoint = grid.width / 4;
  return {
    grid,
    laborious: true,
    centred: true,
    steps: 8 / wordsOfPoint,
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

const IQ2_XXS_TYPE: PackedType = {
  dtype: "IQ2_XXS",
  halves: [0],
  words: wordsFrom(2, 16),
  repack: (k, value, word) => (word % 2 === 0 ? swapMiddleBytes(k, value) : spreadSevens(k, value)),
  ...{ parts: 1, bits: 7 },
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
 * Two of sssssssp pppppppp: the low nibbles of bytes 0 and 1 become the low eight bits of the first p, those of 2 and 3
 * of the second; the high nibbles the signs of the four words of codes, spread, with the ninth bits of p in the
 * places of the last signs of eight.
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

const IQ2_XS_TYPE: PackedType = {
  dtype: "IQ2_XS",
  halves: [0],
  words: [...wordsFrom(66, 2), ...wordsFrom(2, 16)],
  repack: (k, value, word) => (word < 2 ? value : repackXs(k, value)),
  ...{ parts: 2, bits: 7 },
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

const IQ2_S_TYPE: PackedType = {
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
  ...{ parts: 2, bits: 7 },
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

const IQ3_XXS_TYPE: PackedType = {
  dtype: "IQ3_XXS",
  halves: [0],
  words: wordsFrom(2, 24),
  repack: (k, value, word) => (word < 16 ? swapMiddleBytes(k, value) : spreadSevens(k, value)),
  ...{ parts: 1, bits: 7 },
  ...signedPoints({
    grid: IQ3_XXS,
    numbers: (block, run, pair) => bytePair(block, block.word(2 * run + (pair >> 1)), pair & 1),
    signs: (block, run) => completeSigns(block.k, block.word(16 + run)),
  }),
  scales: (block, run) =>
    halfStepScales(block, block.float(0), 1 / 2, [scaleOfSevens(block, block.word(16 + run))]),
};

const IQ3_S_TYPE: PackedType = {
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
  ...{ parts: 1, bits: 5 },
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

/** How an IQ1 type finds what belongs to a run. */
interface Shifted {
  numbers(block: PackedBlock, run: number, pair: number): Value<"i32v">;
  /** A word whose top bit says that the point is shifted down, for one of the four points of a run. */
  shift(block: PackedBlock, run: number, point: number): Value<"i32v">;
  /** True if one shift is for all points of a run. */
  readonly shared: boolean;
}

/** Eighths of a step, so that the shift of ±⅛ is a whole number: 16 + 8 · (c − 1) ± 1 for c = 0, 1, 2. */
function shiftedPoints({
  numbers,
  shift,
  shared,
}: Shifted): Pick<PackedType, "grid" | "laborious" | "bits" | "centred" | "steps" | "codes"> {
  return {
    ...{ grid: IQ1, laborious: true, bits: 5, centred: true, steps: 4 },
    codes(block, run, step) {
      const { k, lift } = block;
      const added = block.once(`shift ${run} ${shared ? 0 : step}`, () => {
        const down = k.as("u8v", k.sar(shift(block, run, step), 31));
        return k.xor(k.and(down, (9 ^ 7) << lift), 9 << lift);
      });
      const pair = lookPairUp(block, run, step >> 1, () => numbers(block, run, step >> 1));
      const point = spreadPoint(block, IQ1, pair, step & 1);
      return [0, 1].map((i) => [2 * step + i, k.add(block.field(point, 4 * i, 2, 3 + lift), added)] as const);
    },
  };
}

const IQ1_S_TYPE: PackedType = {
  dtype: "IQ1_S",
  halves: [0, ...Array.from({ length: 8 }, (_, run) => 34 + 2 * run)],
  words: wordsFrom(2, 8),
  repack: swapMiddleBytes,
  parts: 1,
  ...shiftedPoints({
    shared: true,
    numbers(block, run, pair) {
      const { k } = block;
      const high = block.integer(1 + run);
      // … 222 111 000: points 0 and 2 stay in the low half, 1 and 3 come to the same places of the high half.
      const halves = k.or(high, k.shl(high, 13));
      return k.or(bytePair(block, block.word(run), pair), highPair(block, halves, 6 * pair, 3));
    },
    shift: (block, run) => block.k.shl(block.integer(1 + run), 16),
  }),
  scales: (block, run) =>
    halfStepScales(block, block.float(0), 1 / 4, [block.bits(block.integer(1 + run), 12, 3)]),
};

const IQ1_M_TYPE: PackedType = {
  dtype: "IQ1_M",
  halves: [],
  words: [...wordsFrom(48, 2), ...wordsFrom(32, 4), ...wordsFrom(0, 8)],
  repack(k, value, word) {
    // Two of dddd 333 222 111 000: eight scales, then eight bits of d.
    if (word < 2)
      return moveBits(k, value, [
        [0, 12, 0],
        [16, 12, 12],
        [12, 4, 24],
        [28, 4, 28],
      ]);
    // 3333 2222 1111 0000 of two runs: bit 8 · run + 4 · pair of each half, point number 2 · pair + half.
    if (word < 6)
      return swapNumbers(k, value, [
        [4, 2],
        [3, 2],
      ]);
    return swapMiddleBytes(k, value);
  },
  parts: 2,
  ...shiftedPoints({
    shared: false,
    numbers(block, run, pair) {
      const high = highPair(block, block.word(2 + (run >> 1)), 8 * (run & 1) + 4 * pair, 3);
      return block.k.or(bytePair(block, block.word(6 + run), pair), high);
    },
    shift(block, run, point) {
      const bit = 16 * (point & 1) + 8 * (run & 1) + 4 * (point >> 1) + 3;
      const word = block.word(2 + (run >> 1));
      return bit === 31 ? word : block.k.shl(word, 31 - bit);
    },
  }),
  scales(block, run) {
    const { k } = block;
    const d = block.once("d", () => {
      const bits = k.or(k.shr(block.word(0), 24), k.and(k.shr(block.word(1), 16), 0xff00));
      return k.f16BitsToF32(bits);
    });
    const scales = [0, 1].map((part) => block.bits(block.word(run >> 2), 3 * ((2 * run + part) & 7), 3));
    return halfStepScales(block, d, 1 / 4, scales);
  },
};

export const GRID_TYPES: readonly PackedType[] = [
  IQ1_S_TYPE,
  IQ1_M_TYPE,
  IQ2_XXS_TYPE,
  IQ2_XS_TYPE,
  IQ2_S_TYPE,
  IQ3_XXS_TYPE,
  IQ3_S_TYPE,
];
