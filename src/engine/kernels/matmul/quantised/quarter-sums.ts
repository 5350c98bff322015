/** Sums of the words of each quarter (128 bits) of vectors. */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";

/** Adds the 32 bits of each quarter of two vectors in pairs; the sums of the vectors come by turns. */
export const addedPairs = <K extends "i16v" | "i32v">(k: KernelBuilder, a: Value<K>, b: Value<K>): Value<K> =>
  k.add(k.zip(a, b, 4, "lower"), k.zip(a, b, 4, "upper"));

/** Adds the 32-bit words of each quarter of four vectors: the sums of a quarter come next to one another, in the order of the vectors. */
export const addedQuarters = <K extends "i16v" | "i32v">(
  k: KernelBuilder,
  [a, b, c, d]: readonly Value<K>[],
): Value<K> => addedPairs(k, addedPairs(k, a, c), addedPairs(k, b, d));
