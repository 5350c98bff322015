/** The ternary types: −1, 0, 1 times one float per block of 256. Bit diagrams: src/quant/tq.ts. */
import type { Value } from "../../../../jit/language/core.ts";
import { IRREGULAR, type PackedBlock, type QuantisedType, UNIFORM, wordsFrom } from "./block-type.ts";

/**
 * Packing inverts every bit. A field is then 3 − q, and 2 − field is q − 1, so centred codes need no addition. This
 * also holds for q = 3, which no encoder writes.
 */
const TQ2_0: QuantisedType = {
  dtype: "TQ2_0",
  halves: [64],
  words: wordsFrom(0, 16),
  repack: (k, value) => k.xor(value, -1),
  parts: 1,
  bits: 2,
  centred: true,
  steps: 8,
  unpacking: UNIFORM,
  codes: (block, run, step) => [
    [step, block.field(block.word(8 * (run >> 2) + step), 2 * (run & 3), 2, block.lift)],
  ],
  scales: (block) => ({ scales: [block.k.mul(block.float(0), -(2 ** -block.lift))] }),
};

/** The place of four trits of TQ1_0: the word, and the index of the trit in its bytes. */
function placeOfTrits(run: number, step: number): { word: number; trit: number } {
  const value = 32 * run + 4 * step;
  if (value < 160) return { word: step, trit: run };
  if (value < 240) return { word: 8 + (step & 3), trit: (value - 160) >> 4 };
  return { word: 12, trit: step & 3 };
}

/**
 * Trit number `trit` of every byte, as code trit + 1. Even and odd bytes are multiplied separately, as 16-bit
 * numbers.
 */
function trits(block: PackedBlock, word: number, trit: number): Value<"u8v"> {
  const { k, lift } = block;
  const pairs = k.as("i16v", block.word(word));
  /** The trit in bits 8 and 9, lifted; the rest of the fraction is below. */
  const product = (byte: Value<"i16v">): Value<"i16v"> => {
    const moved = trit === 0 ? byte : k.mul(byte, 3 ** trit);
    return k.mul(k.and(moved, 0xff), 3 << lift);
  };
  const even = k.shr(product(pairs), 8);
  const odd = k.and(product(k.shr(pairs, 8)), 0xff00);
  const both = k.and(k.as("u8v", k.or(even, odd)), 3 << lift);
  return k.add(both, 1 << lift);
}

const TQ1_0: QuantisedType = {
  dtype: "TQ1_0",
  halves: [52],
  words: wordsFrom(0, 13),
  parts: 1,
  bits: 2,
  centred: true,
  unpacking: IRREGULAR,
  steps: 8,
  codes(block, run, step) {
    const { word, trit } = placeOfTrits(run, step);
    return [[step, trits(block, word, trit)]];
  },
  scales: (block) => ({ scales: [block.unit] }),
};

export const TERNARY_TYPES: readonly QuantisedType[] = [TQ1_0, TQ2_0];
