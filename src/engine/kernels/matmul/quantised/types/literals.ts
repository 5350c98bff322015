/**
 * Literals in registers for the length of a loop. A literal that is created in the loop is a memory operand (AVX2), so
 * it costs one of the two loads that a processor can do per cycle; products of one token are bound by their loads.
 */
import type { KernelBuilder } from "../../../../jit/builder.ts";
import type { Value } from "../../../../jit/language/core.ts";

export class Literals {
  readonly #bytes = new Map<number, Value<"u8v">>();

  /** To be created before the loop. Literals that the loop does not use take no register. */
  constructor(k: KernelBuilder, bytes: readonly number[]) {
    for (const byte of bytes) this.#bytes.set(byte, k.constant("u8v", byte));
  }

  /** The byte in all bytes of a vector, from a register if it is held in one. */
  byte(value: number): Value<"u8v"> | number {
    return this.#bytes.get(value) ?? value;
  }
}
