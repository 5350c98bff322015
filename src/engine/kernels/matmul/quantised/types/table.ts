/**
 * The quantised types that kernels multiply without decoding them first, one row each. Layouts of the blocks:
 * src/quant. Codes of types without a minimum are lifted to the top of their byte. All of them then have the offset 128
 * (64 with 7-bit bytes), and so the same start value of a product.
 */
import { type DType, dtypeInfo } from "../../../../../base/dtypes.ts";
import type { KernelBuilder } from "../../../../jit/builder.ts";
import type { Value } from "../../../../jit/language/core.ts";
import { spreadBits, type WordKind } from "../../layout/bit-moves.ts";
import {
  bookCodes,
  type PackedBlock,
  type QuantisedType,
  RUN_WORDS,
  UNIFORM,
  wordsFrom,
} from "./block-type.ts";
import { IQ1_TYPES } from "./iq1-types.ts";
import { iq4Book, K_TYPES } from "./k-types.ts";
import { SIGNED_GRID_TYPES } from "./signed-grid-types.ts";
import { TERNARY_TYPES } from "./ternary-types.ts";

/** Low and high nibbles of four words: values j and j + 16 share a byte. `at`: number of the first word. */
function nibblePair(block: PackedBlock, at: number, step: number) {
  const word = block.word(at + step);
  const low = block.field(word, 0, 4, block.lift);
  const high = block.field(word, 4, 4, block.lift);
  return { low, high };
}

function nibbles(at: number): QuantisedType["codes"] {
  return (block, _, step) => {
    const { low, high } = nibblePair(block, at, step);
    return [
      [step, low],
      [step + 4, high],
    ];
  };
}

/** Nibbles, and fifth bits in word 0 in the order of `spreadBits`. */
const nibblesAndFifth: QuantisedType["codes"] = (block, _, step) => {
  const { k, lift } = block;
  const { low, high } = nibblePair(block, 1, step);
  return [
    [step, k.or(low, block.sliding(step, 0, 1, 4 + lift))],
    [step + 4, k.or(high, block.sliding(step, 4, 1, 4 + lift))],
  ];
};

function plain(dtype: DType, row: Omit<QuantisedType, "dtype" | "parts"> & { parts?: 1 | 2 }): QuantisedType {
  return { dtype, parts: 1, ...row };
}

const scaled: QuantisedType["scales"] = (block) => ({ scales: [block.unit] });
const affine: QuantisedType["scales"] = (block) => ({
  scales: [block.unit],
  offsets: [block.float(1)],
});
/** Signed bytes are stored as byte + 128, for unsigned × signed products. */
const signedBytes = {
  bits: 8,
  centred: true,
  steps: 8,
  unpacking: UNIFORM,
  repack: <K extends WordKind>(k: KernelBuilder, value: Value<K>) => k.xor(value, 0x80808080 | 0),
  codes: (block: PackedBlock, run: number, step: number) =>
    [[step, block.bytes(RUN_WORDS * run + step)]] as const,
};

const NIBBLES = { kind: "nibbles", high: "fourWordsOn" } as const;
const SLIDING = { kind: "sliding", word: 0 } as const;
const BLOCKS_OF_32: readonly QuantisedType[] = [
  plain("Q4_0", {
    halves: [0],
    words: wordsFrom(2, 4),
    bits: 4,
    centred: true,
    steps: 4,
    unpacking: NIBBLES,
    masks: (lift) => [0x0f << lift],
    codes: nibbles(0),
    scales: scaled,
  }),
  plain("Q4_1", {
    halves: [0, 2],
    words: wordsFrom(4, 4),
    bits: 4,
    centred: false,
    offset: "added",
    steps: 4,
    unpacking: NIBBLES,
    masks: (lift) => [0x0f << lift],
    codes: nibbles(0),
    scales: affine,
  }),
  plain("Q5_0", {
    halves: [0],
    words: wordsFrom(2, 5),
    repack: (k, value, word) => (word === 0 ? spreadBits(k, value) : value),
    bits: 5,
    centred: true,
    steps: 4,
    unpacking: SLIDING,
    masks: (lift) => [0x0f << lift, 0x10 << lift],
    codes: nibblesAndFifth,
    scales: scaled,
  }),
  plain("Q5_1", {
    halves: [0, 2],
    words: wordsFrom(4, 5),
    repack: (k, value, word) => (word === 0 ? spreadBits(k, value) : value),
    bits: 5,
    centred: false,
    offset: "added",
    steps: 4,
    unpacking: SLIDING,
    masks: (lift) => [0x0f << lift, 0x10 << lift],
    codes: nibblesAndFifth,
    scales: affine,
  }),
  plain("Q8_0", { halves: [0], words: wordsFrom(2, RUN_WORDS), ...signedBytes, scales: scaled }),
  plain("Q8_1", { halves: [0, 2], words: wordsFrom(4, RUN_WORDS), ...signedBytes, scales: scaled }),
  plain("IQ4_NL", {
    halves: [0],
    words: wordsFrom(2, 4),
    bits: 8,
    centred: true,
    steps: 4,
    unpacking: UNIFORM,
    scales: scaled,
    masks: () => [0x0f],
    book: iq4Book(() => 0),
    codes: bookCodes,
  }),
];

/** Codes and the scale first, then the sums of codes, which kernels do not read. */
const Q8_K = plain("Q8_K", {
  halves: [],
  words: [...wordsFrom(4, 64), 0, ...wordsFrom(260, 8)],
  ...signedBytes,
  repack: (k, value, word) => (word < 64 ? signedBytes.repack(k, value) : value),
  scales: (block) => ({ scales: [block.k.as("f32v", block.word(64))] }),
});

export const QUANTISED_TYPES: ReadonlyMap<DType, QuantisedType> = new Map(
  [...BLOCKS_OF_32, ...K_TYPES, Q8_K, ...IQ1_TYPES, ...SIGNED_GRID_TYPES, ...TERNARY_TYPES].map((type) => [
    type.dtype,
    type,
  ]),
);

/** The description of a type, if rows of this length are whole blocks of it. */
export function quantisedTypeOf(dtype: DType, columns: number): QuantisedType | undefined {
  const { blockLength, kind } = dtypeInfo(dtype);
  if (kind !== "quantised" || columns % blockLength !== 0) return undefined;
  return QUANTISED_TYPES.get(dtype);
}
