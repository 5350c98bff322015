/**
 * A chunk: as many neighbouring blocks of a row as lanes, for types whose blocks are one run. A lane is a block. There are two
 * ways to multiply a chunk with one token's activations: transposed-chunk.ts and picked-chunk.ts.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { VectorKind } from "../../../jit/ir.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { Tile } from "./tile-straight.ts";
import type { QuantisedType, RunCodes } from "./types/block-type.ts";

/** A way to multiply chunks. */
export interface ChunkWay {
  /** Bytes of each block's activations in the order that this way reads. */
  activationBytes(type: QuantisedType, target: Target): number;
  /** To be called before the loops over chunks: what all of them need is held in registers. */
  begin(k: KernelBuilder, type: QuantisedType, grid: Operand<"ptr">): Chunks;
}

/** The code for chunks. */
export interface Chunks {
  /** Writes the activations of a chunk in the order of the way. @param from the blocks of ops/activation-blocks.ts. */
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
export class ChunkTile extends Tile {
  readonly #activations: Variable<"ptr">;
  readonly #placeOf: (disp: number) => number;
  readonly #to: ChunkResults;

  /** @param placeOf where `activations` has the vector of byte `disp` of every block. */
  constructor(
    k: KernelBuilder,
    type: QuantisedType,
    activations: Variable<"ptr">,
    placeOf: (disp: number) => number,
    to: ChunkResults,
  ) {
    super(k, type, { tokens: 1, together: 1 }, activations, 0);
    this.#activations = activations;
    this.#placeOf = placeOf;
    this.#to = to;
  }

  override value<K extends VectorKind>(kind: K, _token: number, _run: number, disp: number): Value<K> {
    return this.k.load(kind, { base: this.#activations, disp: this.#placeOf(disp) });
  }

  protected override finish(_token: number, _run: number, codes: RunCodes, scaled: Value<"f32v">): void {
    const { sums, offsets } = this.#to;
    this.k.store(sums, scaled);
    if (offsets !== undefined) this.k.store(offsets, codes.offset?.(0) as Value<"f32v">);
  }
}
