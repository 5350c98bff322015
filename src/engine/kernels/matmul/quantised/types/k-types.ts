/** The types with blocks of 256: scales of runs are small integers times one float. Bit diagrams: src/quant. */
import { IQ4_CODE_BOOK } from "../../../../../quant/iq4.ts";
import type { Value } from "../../../../jit/language/core.ts";
import {
  bookCodes,
  type CodeBook,
  type PackedBlock,
  type QuantisedType,
  type RunScales,
  UNIFORM,
  wordsFrom,
} from "./block-type.ts";

/** Values of the IQ4 codebook plus 128. */
const IQ4_FLIPPED: readonly number[] = Array.from(IQ4_CODE_BOOK, (value) => value + 128);

/** The codebook of IQ4, and how its numbers are packed: words `step` and `step + 4` share a word at `at`. */
export function iq4Book(at: (run: number) => number): CodeBook {
  return {
    values: IQ4_FLIPPED,
    numbers(block, run, step) {
      const word = block.word(at(run) + step);
      return [
        [step, block.field(word, 0, 4, 0)],
        [step + 4, block.field(word, 4, 4, 0)],
      ];
    },
  };
}

/**
 * Scale or minimum `index` of Q4_K and Q5_K: 6 bits, in word `own` for the first four, split over two words for the
 * rest.
 */
function sixBits(block: PackedBlock, own: number, index: number, nibble: number): Value<"f32v"> {
  const { k } = block;
  const at = 8 * (index & 3);
  if (block.keeps) return k.toF32(block.bits(fourSixBits(block, own, index >> 2, nibble), at, 8));
  if (index < 4) return k.toF32(block.bits(block.word(own), at, 6));
  const low = block.bits(block.word(2), at + nibble, 4);
  const high = k.shl(block.bits(block.word(own), at + 6, 2), 4);
  return k.toF32(k.or(low, high));
}

/** Four of them at once, as the bytes of a word: the first four, or the rest. */
function fourSixBits(block: PackedBlock, own: number, part: number, nibble: number): Value<"i32v"> {
  const { k } = block;
  return block.once(`six bits ${own} ${part}`, () => {
    if (part === 0) return k.and(block.word(own), 0x3f3f3f3f);
    const low = block.word(2);
    return k.or(
      k.and(nibble === 0 ? low : k.shr(low, nibble), 0x0f0f0f0f),
      k.and(k.shr(block.word(own), 2), 0x30303030),
    );
  });
}

function scalesAndMinima(block: PackedBlock, run: number): RunScales {
  const { k } = block;
  return {
    scales: [k.mul(sixBits(block, 0, run, 0), block.unit)],
    offsets: [k.mul(sixBits(block, 1, run, 4), block.float(1))],
  };
}

const Q4_K: QuantisedType = {
  dtype: "Q4_K",
  halves: [0, 2],
  words: wordsFrom(4, 35),
  parts: 1,
  bits: 4,
  centred: false,
  offset: "subtracted",
  runsTogether: 2,
  steps: 8,
  unpacking: { kind: "nibbles", high: "aRunOn" },
  masks: () => [0x0f],
  scales: scalesAndMinima,
  codes: (block, run, step) => [
    [step, block.field(block.word(3 + 8 * (run >> 1) + step), 4 * (run & 1), 4, 0)],
  ],
};

const Q5_K: QuantisedType = {
  dtype: "Q5_K",
  halves: [0, 2],
  words: wordsFrom(4, 43),
  parts: 1,
  bits: 5,
  centred: false,
  offset: "subtracted",
  runsTogether: 8,
  steps: 8,
  unpacking: UNIFORM,
  masks: () => [0x0f, 0x10],
  scales: scalesAndMinima,
  codes(block, run, step) {
    const low = block.field(block.word(11 + 8 * (run >> 1) + step), 4 * (run & 1), 4, 0);
    return [[step, block.k.or(low, block.field(block.word(3 + step), run, 1, 4))]];
  },
};

/** Both scales of a run, from the integers of its halves. */
function centredScales(block: PackedBlock, run: number, integer: (part: number) => Value<"i32v">): RunScales {
  const d = block.unit;
  return { scales: [0, 1].map((half) => block.k.mul(block.k.toF32(integer(2 * run + half)), d)) };
}

/** Byte `index` of every lane as a signed number. */
function signedByte({ k }: PackedBlock, word: Value<"i32v">, index: number): Value<"i32v"> {
  return k.sar(index === 3 ? word : k.shl(word, 24 - 8 * index), 24);
}

const Q6_K: QuantisedType = {
  dtype: "Q6_K",
  halves: [208],
  // Scales first, then half by half, high bits before low bits: the order of reading.
  words: [192, 128, 0, 160, 64].flatMap((first, i) => wordsFrom(first, [4, 8, 16, 8, 16][i])),
  parts: 2,
  bits: 6,
  centred: true,
  runsTogether: 4,
  steps: 8,
  unpacking: UNIFORM,
  masks: (lift) => [0x0f << lift, 0x30 << lift],
  codes(block, run, step) {
    const [half, quarter] = [run >> 2, run & 3];
    const high = block.word(4 + 24 * half + step);
    const low = block.word(12 + 24 * half + 8 * (quarter & 1) + step);
    const { lift } = block;
    return [
      [
        step,
        block.k.or(
          block.field(low, 4 * (quarter >> 1), 4, lift),
          block.field(high, 2 * quarter, 2, 4 + lift),
        ),
      ],
    ];
  },
  scales(block, run) {
    return centredScales(block, run, (part) => signedByte(block, block.word(part >> 2), part & 3));
  },
};

/** Four scales of Q3_K at once, as signed bytes: low bits in words 0 and 1, high bits in word 2. */
function fourScales(block: PackedBlock, quarter: number): Value<"i32v"> {
  const { k } = block;
  return block.once(`scales ${quarter}`, () => {
    const low = block.word(quarter & 1);
    const high = block.word(2);
    const moved = [k.shl(high, 4), k.shl(high, 2), high, k.shr(high, 2)][quarter];
    const bits = k.or(k.and(quarter < 2 ? low : k.shr(low, 4), 0x0f0f0f0f), k.and(moved, 0x30303030));
    return k.as("i32v", k.sub(k.as("i8v", bits), 32));
  });
}

const Q3_K: QuantisedType = {
  dtype: "Q3_K",
  halves: [108],
  words: [...wordsFrom(96, 3), ...wordsFrom(0, 24)],
  parts: 2,
  bits: 3,
  centred: true,
  runsTogether: 8,
  steps: 8,
  unpacking: UNIFORM,
  masks: (lift) => [0x03 << lift, 0x04 << lift],
  codes(block, run, step) {
    const low = block.field(block.word(11 + 8 * (run >> 2) + step), 2 * (run & 3), 2, block.lift);
    return [[step, block.k.or(low, block.field(block.word(3 + step), run, 1, 2 + block.lift))]];
  },
  scales(block, run) {
    const { k } = block;
    if (block.keeps)
      return centredScales(block, run, (part) => signedByte(block, fourScales(block, part >> 2), part & 3));
    return centredScales(block, run, (part) => {
      const at = 8 * (part & 3);
      const low = block.bits(block.word((part & 7) >> 2), at + (part < 8 ? 0 : 4), 4);
      const high = k.shl(block.bits(block.word(2), at + 2 * (part >> 2), 2), 4);
      return k.sub(k.or(low, high), 32);
    });
  },
};

const Q2_K: QuantisedType = {
  dtype: "Q2_K",
  halves: [80, 82],
  words: wordsFrom(0, 20),
  parts: 2,
  bits: 2,
  centred: false,
  offset: "added",
  runsTogether: 4,
  steps: 8,
  unpacking: UNIFORM,
  masks: () => [0x03],
  codes: (block, run, step) => [
    [step, block.field(block.word(4 + 8 * (run >> 2) + step), 2 * (run & 3), 2, 0)],
  ],
  scales(block, run) {
    const { k } = block;
    const values = (factor: Value<"f32v">, nibble: number) =>
      [2 * run, 2 * run + 1].map((part) =>
        k.mul(k.toF32(block.bits(block.word(part >> 2), 8 * (part & 3) + nibble, 4)), factor),
      );
    // −minimum · Σ q = (minimum / 128) · (−128 · Σ q).
    const minimum = () => k.mul(block.float(1), 1 / 128);
    const offsets = values(block.keeps ? block.once("minimum", minimum) : minimum(), 4);
    return { scales: values(block.float(0), 0), offsets };
  },
};

const IQ4_XS: QuantisedType = {
  dtype: "IQ4_XS",
  halves: [0, 2],
  words: wordsFrom(4, 33),
  parts: 1,
  bits: 8,
  centred: true,
  runsTogether: 2,
  steps: 4,
  unpacking: UNIFORM,
  masks: () => [0x0f],
  book: iq4Book((run) => 1 + 4 * run),
  codes: bookCodes,
  scales(block, run) {
    const { k } = block;
    const low = block.bits(block.word(0), 4 * run, 4);
    const high = k.shl(block.bits(block.integer(1), 2 * run, 2), 4);
    return { scales: [k.mul(k.toF32(k.sub(k.or(low, high), 32)), block.unit)] };
  },
};

export const K_TYPES: readonly QuantisedType[] = [Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_XS];
