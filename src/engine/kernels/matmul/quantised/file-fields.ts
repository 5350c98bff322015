/**
 * The fields of blocks in the file's layout, transposed in registers: a lane is one of several rows with a block each, or one
 * of neighbouring blocks.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { type Chunk, chunksOf, HALVES } from "../layout/interleave.ts";
import { type RowPlaces, wordsOf } from "../layout/transpose.ts";
import { type BlockFields, hasFewRegisters, type QuantisedType } from "./types/block-type.ts";

/**
 * Offsets of the 2-byte fields that are read as the lower half of a word, because the next field is the upper half. Inserting
 * 16 single halves into a vector takes as long as a third of a block of Q4_0. Only for targets that narrow lanes in a register.
 */
function pairsOf({ halves }: QuantisedType, target: Target): readonly number[] {
  if (hasFewRegisters(target)) return [];
  const pairs: number[] = [];
  for (const offset of [...halves].sort((a, b) => a - b))
    if (halves.includes(offset + 2) && !pairs.includes(offset - 2)) pairs.push(offset);
  return pairs;
}

/** Fields of a block of each row. */
export class FileFields implements BlockFields {
  readonly #k: KernelBuilder;
  readonly #type: QuantisedType;
  readonly #rows: RowPlaces;
  /** Offsets of words: those of the type, then pairs of halves. */
  readonly #offsets: readonly number[];
  readonly #chunks: readonly Chunk[];
  readonly #words = new Map<number, Value<"i32v">>();

  constructor(k: KernelBuilder, type: QuantisedType, rows: RowPlaces) {
    this.#k = k;
    this.#type = type;
    this.#rows = rows;
    this.#offsets = [...type.words, ...pairsOf(type, k.target)];
    this.#chunks = chunksOf({ dtype: type.dtype, words: this.#offsets });
  }

  /** A 2-byte field, in the first elements of a vector. */
  #half(index: number): Value<"i16v"> {
    const k = this.#k;
    const offset = this.#type.halves[index];
    const place = this.#offsets.findIndex(
      (at, i) => i >= this.#type.words.length && (at === offset || at + 2 === offset),
    );
    if (place >= 0) {
      const pair = this.word(place);
      return k.lowHalves(this.#offsets[place] === offset ? pair : k.shr(pair, 16));
    }
    const eight = (first: number) => k.loadHalves(this.#rows.some(first, HALVES, offset));
    let halves = eight(0);
    for (let first = HALVES; first < k.lanes; first += HALVES)
      halves = k.joinQuad(halves, eight(first), first / HALVES);
    return halves;
  }
  float(half: number): Value<"f32v"> {
    return this.#k.floatsOf(this.#half(half));
  }
  integer(half: number): Value<"i32v"> {
    return this.#k.integersOf(this.#half(half));
  }
  /** Transposes 16 bytes of each row at the first use of one of their words. */
  word(index: number): Value<"i32v"> {
    const known = this.#words.get(index);
    if (known !== undefined) return known;
    const { words, repack } = this.#type;
    const chunk = this.#chunks.find((one) => one.words.includes(index)) as Chunk;
    const vectors = wordsOf(this.#k, this.#rows, chunk.start);
    chunk.words.forEach((word, i) => {
      if (word === undefined) return;
      const changed = word < words.length ? repack?.(this.#k, vectors[i], word) : undefined;
      this.#words.set(word, changed ?? vectors[i]);
    });
    return this.#words.get(index) as Value<"i32v">;
  }
}
