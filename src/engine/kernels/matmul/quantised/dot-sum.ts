/**
 * The integer sum of the products of codes and activations, word by word. With an instruction for dot products of bytes
 * (VNNI) each word is one. Without it, sums of neighbouring products are widened to 32 bits; if those of all words fit 16
 * bits together (nibbles), only once.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";

export class DotSum {
  readonly #k: KernelBuilder;
  readonly #max: number;
  readonly #start: () => Value<"i32v">;
  readonly #fits: boolean;
  #total: Value<"i32v"> | undefined;
  #pairs: Value<"i16v"> | undefined;

  /** @param max the greatest code. @param words of the sum at most. @param start gives what the sum starts at. */
  constructor(
    k: KernelBuilder,
    { max, words }: { readonly max: number; readonly words: number },
    start: () => Value<"i32v">,
  ) {
    this.#k = k;
    this.#max = max;
    this.#start = start;
    this.#fits = k.pairSumsTogether(max) >= words;
  }

  /** Adds the products of a word. */
  add(codes: Value<"u8v">, values: Value<"i8v">): void {
    const k = this.#k;
    if (!this.#fits) {
      this.#total = k.dot4(this.#total ?? this.#start(), codes, values, { max: this.#max });
      return;
    }
    const pairs = k.pairSums(codes, values, { max: this.#max });
    this.#pairs = this.#pairs === undefined ? pairs : k.add(this.#pairs, pairs);
  }

  /** Adds even and odd products that are 32 bits wide already. */
  addWide(products: readonly Value<"i32v">[]): void {
    for (const product of products) this.#total = this.#k.add(this.#total ?? this.#start(), product);
  }

  get value(): Value<"i32v"> {
    const k = this.#k;
    const total = this.#total ?? this.#start();
    return this.#pairs === undefined ? total : k.add(k.madd(this.#pairs, k.constant("i16v", 1)), total);
  }
}
