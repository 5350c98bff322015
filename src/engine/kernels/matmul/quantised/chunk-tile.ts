/**
 * A chunk: as many neighbouring blocks of a row as lanes, for types whose blocks are one run. A lane is a block. There are two
 * ways to multiply a chunk with one token's activations: transposed-chunk.ts and picked-chunk.ts.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import { Tile } from "./tile-straight.ts";
import type { QuantisedType, RunCodes } from "./types/block-type.ts";

/** A way to multiply chunks. */
export interface ChunkWay {
  /** Bytes of each block's activations in the order that this way reads. */
  readonly activationBytes: number;
  /** Writes the activations of a chunk in that order. @param from the blocks of ops/activation-blocks.ts. */
  order(from: Variable<"ptr">, to: Variable<"ptr">): void;
  /** The products of a chunk in the file with activations in that order, to the places of the results. */
  multiply(from: Variable<"ptr">, activations: Variable<"ptr">, to: ChunkResults): void;
}

/** Where the scaled sums of a chunk go, and for types with minima the offsets. */
export interface ChunkResults {
  readonly sums: Variable<"ptr">;
  readonly offsets: Variable<"ptr"> | undefined;
}

/** Stores the scaled sums of a chunk, and the offsets. */
export abstract class ChunkTile extends Tile {
  readonly #to: ChunkResults;

  constructor(k: KernelBuilder, type: QuantisedType, activations: Operand<"ptr">, to: ChunkResults) {
    super(k, type, { tokens: 1, together: 1 }, activations, 0);
    this.#to = to;
  }

  protected override finish(_token: number, _run: number, codes: RunCodes, scaled: Value<"f32v">): void {
    const { sums, offsets } = this.#to;
    this.k.store(sums, scaled);
    if (offsets !== undefined) this.k.store(offsets, codes.offset?.(0) as Value<"f32v">);
  }
}
