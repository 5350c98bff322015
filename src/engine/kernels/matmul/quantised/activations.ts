/**
 * How a tile reads activations. Where the target multiplies bytes, the blocks are read as they are
 * (ops/activation-blocks.ts). Where it only multiplies 16-bit numbers, a task first spreads the blocks of its
 * tokens out in working memory, so that widening is done once for all rows:
 *
 *     byte  0 … 63   8 times four i16: q of the values 4k, 4k + 2, 4k + 1, 4k + 3
 *          64 … 83   the fields behind q, as they were
 */

import { ACTIVATION_BLOCK, ACTIVATION_BLOCK_BYTES } from "../../../graph/ops/activation-blocks.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import { type NibblePlace, RUN_WORDS } from "./types/block-type.ts";

/** Places within the activations of a run. */
export interface ActivationLayout {
  readonly runBytes: number;
  /** Place of the four values of word k; where words are spread, of its even and its odd ones. */
  readonly words: (word: number) => readonly number[];
  /** How far the fields behind the values have moved. */
  readonly shift: number;
}

export const BLOCKS: ActivationLayout = {
  runBytes: ACTIVATION_BLOCK_BYTES,
  words: (word) => [4 * word],
  shift: 0,
};

const SPREAD_BYTES = 2 * ACTIVATION_BLOCK;
export const SPREAD: ActivationLayout = {
  runBytes: ACTIVATION_BLOCK_BYTES - ACTIVATION_BLOCK + SPREAD_BYTES,
  words: (word) => [8 * word, 8 * word + 4],
  shift: SPREAD_BYTES - ACTIVATION_BLOCK,
};

function sarOrNot(k: KernelBuilder, value: Value<"i16v">, count: number): Value<"i16v"> {
  return count === 0 ? value : k.sar(value, count);
}

/** Lanes `at`, `at + 1`, … of two vectors in turns. */
function alternating(lanes: number, at: number): number[] {
  return Array.from({ length: lanes }, (_, i) => at + (i >> 1) + (i & 1) * lanes);
}

/** Spreads so many runs out; if nibbles stay in place: by what they lack to 256 times themselves where they lie. */
export function spreadActivations(
  k: KernelBuilder,
  blocks: Operand<"ptr">,
  out: Operand<"ptr">,
  runs: Value<"int">,
  nibbles: NibblePlace | undefined,
): void {
  const from = k.variable(blocks);
  const to = k.variable(out);
  const options = k.lanes > RUN_WORDS ? { mask: k.firstLanes(k.constant("int", RUN_WORDS)) } : {};
  const together = nibbles === "aRunOn" ? 2 : 1;
  const spread = (inRun: number): void => {
    for (let word = 0; word < RUN_WORDS; word += k.lanes) {
      const bytes = k.as("i16v", k.load("i32v", { base: from, disp: 4 * word }, options));
      const high = nibbles === "aRunOn" ? inRun === 1 : word >= RUN_WORDS / 2;
      // Low nibbles lie at bits 0 and 8 of 16, high ones at bit 4 and, shifted down, at bit 0.
      const even = k.as("i32v", sarOrNot(k, k.shl(bytes, 8), nibbles !== undefined ? (high ? 4 : 0) : 8));
      const odd = k.as("i32v", nibbles !== undefined && high ? k.and(bytes, 0xff00) : k.sar(bytes, 8));
      for (let at = 0; at < Math.min(k.lanes, RUN_WORDS); at += k.lanes / 2)
        k.store({ base: to, disp: 8 * (word + at) }, k.permute2(even, odd, alternating(k.lanes, at)));
    }
    for (let field = ACTIVATION_BLOCK; field < ACTIVATION_BLOCK_BYTES; field += 4)
      k.storeInt(
        "i32",
        { base: to, disp: field + SPREAD.shift },
        k.loadInt("u32", { base: from, disp: field }),
      );
    k.advance(from, BLOCKS.runBytes);
    k.advance(to, SPREAD.runBytes);
  };
  k.loop(0, runs, together, () => {
    for (let run = 0; run < together; run++) spread(run);
  });
}
