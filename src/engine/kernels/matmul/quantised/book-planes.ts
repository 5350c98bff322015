/**
 * Codes of 8 bits from a book of 16, for processors that multiply only bytes up to 127 (AVX2 without VNNI): a code is
 * factor × high + low with both so small that the products of several words fit 16 bits. This takes fewer instructions
 * than products of 16-bit numbers, and is exact for all activations.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";

/** One part of all codes of a book. */
export interface Plane {
  readonly factor: number;
  /** The part of each code; undefined if it is the code's number. */
  readonly table: readonly number[] | undefined;
  /** Its greatest value. */
  readonly max: number;
}

const NUMBERS = Array.from({ length: 16 }, (_, number) => number);

/** high = the number of the code, which saves a lookup, if the rest is small for some factor. */
function numbersAndRest(values: readonly number[]): Plane[] {
  const choices = NUMBERS.slice(1).map((factor) => {
    const table = values.map((value, number) => value - factor * number);
    return { factor, table, max: table.every((rest) => rest >= 0) ? Math.max(...table) : 255 };
  });
  const best = choices.reduce((least, choice) => (choice.max < least.max ? choice : least));
  return [
    { factor: best.factor, table: undefined, max: 15 },
    { factor: 1, table: best.table, max: best.max },
  ];
}

function nibbles(values: readonly number[]): Plane[] {
  return [
    { factor: 16, table: values.map((value) => value >> 4), max: 15 },
    { factor: 1, table: values.map((value) => value & 15), max: 15 },
  ];
}

/**
 * The planes of a book. The rest of a number takes a register more than a nibble, because its products of a whole run do
 * not fit 16 bits: only one token has it.
 */
export function planesOf(values: readonly number[], tokens: number): readonly Plane[] {
  return tokens === 1 ? numbersAndRest(values) : nibbles(values);
}

/** Looks a vector's numbers up in each plane. */
export class PlaneTables {
  readonly #k: KernelBuilder;
  readonly #tables: readonly (readonly number[] | undefined)[];
  readonly #held: readonly (Value<"i8v"> | undefined)[];

  /** @param holds whether the tables stay in registers. To be created before the loop. */
  constructor(k: KernelBuilder, planes: readonly Plane[], holds: boolean) {
    this.#k = k;
    this.#tables = planes.map(({ table }) => table);
    this.#held = this.#tables.map((table) => (holds && table ? k.bytes16(table) : undefined));
  }

  of(numbers: Value<"u8v">): readonly Value<"u8v">[] {
    const k = this.#k;
    return this.#tables.map((table, i) => {
      if (table === undefined) return numbers;
      return k.as("u8v", k.lookup16(this.#held[i] ?? k.bytes16(table), numbers));
    });
  }
}
