/** The IQ1 types: grid points of −1, 0, 1, all shifted by +⅛ or −⅛. Bit diagrams: src/quant/iq1.ts. */
import type { Value } from "../../../../jit/language/core.ts";
import { moveBits, swapNumbers } from "../../layout/bit-moves.ts";
import { IRREGULAR, type PackedBlock, type QuantisedType, wordsFrom } from "./block-type.ts";
import {
  bytePair,
  halfStepScales,
  highPair,
  lookPairUp,
  spreadPoint,
  swapMiddleBytes,
} from "./grid-points.ts";
import { IQ1 } from "./grid-tables.ts";

/** How an IQ1 type stores the points of a run. */
interface Shifted {
  numbers(block: PackedBlock, run: number, pair: number): Value<"i32v">;
  /** A word whose top bit is set if the point is shifted down, for one of the four points of a run. */
  shift(block: PackedBlock, run: number, point: number): Value<"i32v">;
  /** True if all points of a run have the same shift. */
  readonly shared: boolean;
}

/** Codes in eighths of a step, so that the shift of ±⅛ is an integer: 16 + 8 · (c − 1) ± 1 for c = 0, 1, 2. */
function shiftedPoints({
  numbers,
  shift,
  shared,
}: Shifted): Pick<QuantisedType, "grid" | "bits" | "centred" | "steps" | "unpacking" | "codes"> {
  return {
    grid: IQ1,
    bits: 5,
    centred: true,
    steps: 4,
    unpacking: IRREGULAR,
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

const IQ1_S: QuantisedType = {
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
      // … 222 111 000: points 0 and 2 stay in the low half; 1 and 3 move to the same places of the high half.
      const halves = k.or(high, k.shl(high, 13));
      return k.or(bytePair(block, block.word(run), pair), highPair(block, halves, 6 * pair, 3));
    },
    shift: (block, run) => block.k.shl(block.integer(1 + run), 16),
  }),
  scales: (block, run) =>
    halfStepScales(block, block.float(0), 1 / 4, [block.bits(block.integer(1 + run), 12, 3)]),
};

const IQ1_M: QuantisedType = {
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

export const IQ1_TYPES: readonly QuantisedType[] = [IQ1_S, IQ1_M];
