/**
 * Prefetching the weights of a kernel that goes through a group of rows twice: first it multiplies codes, which come from
 * memory, then it multiplies and adds scales, which are in the cache by then. So that memory is read steadily, both loops
 * prefetch, each its share of the bytes, from one pointer.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Variable } from "../../../jit/language/core.ts";

/** How far weights are prefetched ahead at least. */
const LEAD_BYTES = 8192;
/** Shares are multiples of half a cache line. A line of which each half is requested is requested twice, which costs little. */
const GRAIN_BYTES = 32;

export interface Shares {
  /** For one step of the first loop. */
  readonly first: number;
  /** For one step of the second loop. */
  readonly second: number;
}

/**
 * Bytes to prefetch.
 * @param bytes of the weights of one step of the second loop. @param steps of the first loop for each of the second.
 * @param share of the first loop in the time of both.
 */
export function sharesOf(bytes: number, steps: number, share: number): Shares {
  const grains = Math.ceil(bytes / GRAIN_BYTES);
  const first = Math.max(1, Math.round((share * grains) / steps));
  return { first: GRAIN_BYTES * first, second: GRAIN_BYTES * Math.max(0, grains - steps * first) };
}

export class SteadyPrefetch {
  readonly #k: KernelBuilder;
  readonly #shares: Shares;
  readonly #ahead: Variable<"ptr">;

  /** @param source where the group begins. @param steps of the second loop. */
  constructor(k: KernelBuilder, shares: Shares, source: Operand<"ptr">, steps: Operand<"int">) {
    this.#k = k;
    this.#shares = shares;
    // The first loop reads more than it prefetches, and ends with the least lead.
    const lead = k.add(k.mul(steps, shares.second), LEAD_BYTES);
    this.#ahead = k.variable(k.offset(source, lead));
  }

  /** For a step of either loop. */
  step(loop: keyof Shares): void {
    const bytes = this.#shares[loop];
    if (bytes === 0) return;
    this.#k.prefetchLines({ base: this.#ahead, disp: 0 }, bytes, "once");
    this.#k.advance(this.#ahead, bytes);
  }
}
