/**
 * The integer sum of the products of codes and activations, word by word. With an instruction for dot products of bytes
 * (VNNI) each word is one. Without it, sums of neighbouring products are widened to 32 bits; those of several words are
 * first added in 16 bits, as long as the greatest code keeps that exact for all activations (−128 … 127).
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";

/** Codes of a word, and the activations with which they are multiplied. */
export interface Factors {
  readonly codes: Value<"u8v">;
  readonly values: Value<"i8v">;
}

export interface DotSumOptions {
  /** The greatest code. */
  readonly max: number;
  /** Words of the sum at most. */
  readonly words: number;
  /**
   * True if there is a register for sums in 16 bits from one call of `add` to the next. Without it, only the words of a
   * call are added in 16 bits.
   */
  readonly holdsPairs: boolean;
  /** By what the products are multiplied, in every 16 bits: a register if there is one for it. */
  readonly factor: Value<"i16v"> | number;
}

/** Words that should be added in one call, so that they are widened together: 1 if nothing is gained. */
export function wordsAtOnce(k: KernelBuilder, max: number, words: number): number {
  const fit = k.pairSumsTogether(max);
  return fit >= words ? 1 : Math.max(1, fit);
}

export class DotSum {
  readonly #k: KernelBuilder;
  readonly #options: DotSumOptions;
  readonly #start: (() => Value<"i32v">) | undefined;
  /** How many words' products fit 16 bits together; 0 if the target need not widen them. */
  readonly #fit: number;
  #total: Value<"i32v"> | undefined;
  /** Sums of pairs of products, and of how many words. */
  #pairs: Value<"i16v"> | undefined;
  #count = 0;

  /** @param start gives what the sum starts at; 0 if absent. */
  constructor(k: KernelBuilder, options: DotSumOptions, start: (() => Value<"i32v">) | undefined) {
    this.#k = k;
    this.#options = options;
    this.#start = start;
    this.#fit = k.pairSumsTogether(options.max);
  }

  /** Adds the products of some words. */
  add(factors: readonly Factors[]): void {
    const k = this.#k;
    const { max, words, holdsPairs } = this.#options;
    for (const { codes, values } of factors) {
      if (this.#fit === 0) {
        this.#total = k.dot4(this.#before ?? k.constant("i32v", 0), codes, values, { max });
        continue;
      }
      if (this.#count === this.#fit) this.#widen();
      const pairs = k.pairSums(codes, values, { max });
      this.#pairs = this.#pairs === undefined ? pairs : k.add(this.#pairs, pairs);
      this.#count++;
    }
    if (!holdsPairs && this.#fit < words) this.#widen();
  }

  /** Adds even and odd products that are 32 bits wide already. */
  addWide(products: readonly Value<"i32v">[]): void {
    for (const product of products) this.#addToTotal(product);
  }

  /** The sum so far; undefined if it is 0. */
  get #before(): Value<"i32v"> | undefined {
    return this.#total ?? this.#start?.();
  }
  #addToTotal(sum: Value<"i32v">): void {
    const before = this.#before;
    this.#total = before === undefined ? sum : this.#k.add(sum, before);
  }

  /** Moves the sums in 16 bits to the total. */
  #widen(): void {
    if (this.#pairs === undefined) return;
    const k = this.#k;
    const { factor } = this.#options;
    this.#addToTotal(k.madd(this.#pairs, typeof factor === "number" ? k.constant("i16v", factor) : factor));
    this.#pairs = undefined;
    this.#count = 0;
  }

  get value(): Value<"i32v"> {
    this.#widen();
    return this.#before ?? this.#k.constant("i32v", 0);
  }
}
