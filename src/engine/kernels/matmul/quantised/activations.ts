/**
 * How a tile reads activations. If the target multiplies bytes, tiles read the blocks unchanged
 * (ops/activation-blocks.ts). If it multiplies only 16-bit numbers, a task first widens the blocks of its tokens
 * into working memory, once for all rows. A widened ("spread") run:
 *
 *     byte  0 … 63   8 times four i16: q of the values 4k, 4k + 2, 4k + 1, 4k + 3
 *          64 … 83   the fields that follow q, unchanged
 */

import { ACTIVATION_BLOCK, ACTIVATION_BLOCK_BYTES } from "../../../graph/ops/activation-blocks.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { multipliesBytes, type NibblePlace, type QuantisedType, RUN_WORDS } from "./types/block-type.ts";

/** Offsets within the activations of a run. */
export interface ActivationLayout {
  readonly runBytes: number;
  /** Offset of the four values of word k; for spread words, the offsets of its even and of its odd values. */
  readonly words: (word: number) => readonly number[];
  /** Bytes by which the fields after the values have moved. */
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

/** How tiles of a type read activations. */
export const layoutOf = (type: QuantisedType, target: Target): ActivationLayout =>
  multipliesBytes(type, target) ? BLOCKS : SPREAD;

function sarOrNot(k: KernelBuilder, value: Value<"i16v">, count: number): Value<"i16v"> {
  return count === 0 ? value : k.sar(value, count);
}

/** Interleaves two vectors from lane `at` on. */
function alternating(lanes: number, at: number): number[] {
  return Array.from({ length: lanes }, (_, i) => at + (i >> 1) + (i & 1) * lanes);
}

/**
 * Widens `runs` runs of activations to 16 bits. For types whose nibbles are multiplied in place (see
 * `staysInPlace`), it also pre-scales each value, so that every product is exactly 256 × code · q.
 */
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
      // Low nibbles are at bits 0 and 8 of 16: they need q × 256 and q × 1. High nibbles are at bit 4 and, after a
      // shift by 12, at bit 0: they need q × 16 and q × 256.
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
