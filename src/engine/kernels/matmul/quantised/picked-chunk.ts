/**
 * Chunks that are read in whole vectors, for types whose blocks are 2-byte fields and then 16 bytes of codes. The codes of four
 * neighbouring blocks fill a vector: it is picked out of two loads, of which one begins with the first of the blocks and
 * one ends with the last. The fields of all blocks are picked out of the first loads. So a chunk takes 8 loads; transposed, it takes a load
 * for the codes and one for each field of each of its 16 blocks.
 *
 * Each quarter of a vector holds the codes of a block, so sums are added across lanes. That is exact.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import { assert } from "../../../../base/errors.ts";
import { ACTIVATION_BLOCK_BYTES, START_OFFSET } from "../../../graph/ops/activation-blocks.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { QUAD_BYTES } from "../layout/transpose.ts";
import { ChunkTile, type ChunkWay } from "./chunk-tile.ts";
import { runsOf } from "./code-sources.ts";
import { addedQuarters } from "./quarter-sums.ts";
import {
  type BlockFields,
  greatestCode,
  liftOf,
  PackedBlock,
  type QuantisedType,
  RUN,
  RUN_WORDS,
  runOfBlock,
  takesWholeBytes,
} from "./types/block-type.ts";
import { Literals } from "./types/literals.ts";

/** Lanes, bytes and 16-bit elements of the vectors of AVX-512. */
const LANES = 16;
const VECTOR_BYTES = 4 * LANES;
const VECTOR_HALVES = 2 * LANES;
/** Blocks of a vector, and vectors of a chunk. */
const QUARTERS = 4;
/** 16-bit elements of a block's codes. */
const CODE_HALVES = QUAD_BYTES / 2;
/** Words of a block's codes: two nibbles for each byte. */
const CODE_WORDS = RUN_WORDS / 2;
/** Bytes of the start value of a block's sum. */
const START_BYTES = 4;

/** Bytes from one vector's blocks to the next one's. */
const spanOf = ({ dtype }: QuantisedType): number => QUARTERS * dtypeInfo(dtype).blockBytes;

/** Whether chunks of the type are read so on this target: its words are codes only, and all fields are in the first load. */
export function picksChunks(type: QuantisedType, target: Target): boolean {
  if (!target.tuning.picksBlocks || target.lanes !== LANES || !takesWholeBytes(target)) return false;
  if (runsOf(type) > 1 || type.grid !== undefined || type.words.length !== CODE_WORDS) return false;
  const lastBlock = spanOf(type) - dtypeInfo(type.dtype).blockBytes;
  return lastBlock + Math.max(...type.halves) + 2 <= VECTOR_BYTES;
}

/** Picks fields and codes out of the vectors of a chunk. */
class Picks {
  readonly #k: KernelBuilder;
  readonly #type: QuantisedType;
  /** Indices of the codes, in registers. */
  readonly #codes: Value<"i16v">;
  /** Indices that add the fields of a vector's blocks to those of the vectors before, by field and vector. */
  readonly #fields: readonly (readonly Value<"i16v">[])[];

  constructor(k: KernelBuilder, type: QuantisedType) {
    this.#k = k;
    this.#type = type;
    const { blockBytes } = dtypeInfo(type.dtype);
    const table = (of: (element: number) => number) =>
      k.halvesTable(Array.from({ length: VECTOR_HALVES }, (_, element) => of(element)));
    this.#codes = table((element) => {
      const block = Math.floor(element / CODE_HALVES);
      const at = (blockBytes * block + type.words[0]) / 2 + (element % CODE_HALVES);
      return at < VECTOR_HALVES ? at : at - (spanOf(type) - VECTOR_BYTES) / 2 + VECTOR_HALVES;
    });
    this.#fields = type.halves.map((offset) =>
      Array.from({ length: QUARTERS }, (_, vector) =>
        table((element) => {
          const block = element - QUARTERS * vector;
          const isPicked = block >= 0 && block < QUARTERS;
          return isPicked ? VECTOR_HALVES + (block * blockBytes + offset) / 2 : element;
        }),
      ),
    );
  }

  /** The loads that begin with the first block of each vector. */
  firstLoads(from: Variable<"ptr">): readonly Value<"i16v">[] {
    return Array.from({ length: QUARTERS }, (_, i) =>
      this.#k.load("i16v", { base: from, disp: spanOf(this.#type) * i }),
    );
  }
  /** A field of all blocks, in order. */
  field(index: number, loads: readonly Value<"i16v">[]): Value<"i16v"> {
    const indices = this.#fields[index];
    return loads.reduce((before, load, i) => this.#k.pickHalves(before, load, indices[i]), loads[0]);
  }
  /** The codes of a vector. */
  codes(from: Variable<"ptr">, loads: readonly Value<"i16v">[], vector: number): Value<"i32v"> {
    const k = this.#k;
    const disp = spanOf(this.#type) * (vector + 1) - VECTOR_BYTES;
    return k.as("i32v", k.pickHalves(loads[vector], k.load("i16v", { base: from, disp }), this.#codes));
  }
}

/** Adds the sums of each quarter: lane b of the result is block b, which is quarter b mod 4 of vector b div 4. */
function sumsOfBlocks(k: KernelBuilder, vectors: readonly Value<"i32v">[]): Value<"i32v"> {
  const lanes = Array.from(
    { length: LANES },
    (_, block) => QUARTERS * (block % QUARTERS) + Math.floor(block / QUARTERS),
  );
  return k.permute(addedQuarters(k, vectors), lanes);
}

/** Start values follow the values of a chunk. */
function placeOf(disp: number): number {
  assert(disp === START_OFFSET, "of the fields of activations only the start values are in this order");
  return RUN * LANES;
}

/** The activations of each vector: those of the lower nibbles of its four blocks, then those of the upper ones. */
function orderValues(k: KernelBuilder, from: Variable<"ptr">, to: Variable<"ptr">): void {
  for (let vector = 0; vector < QUARTERS; vector++)
    for (const half of [0, 1]) {
      let values: Value<"i32v"> | undefined;
      for (let quarter = 0; quarter < QUARTERS; quarter++) {
        const block = QUARTERS * vector + quarter;
        const disp = block * ACTIVATION_BLOCK_BYTES + QUAD_BYTES * half;
        values = k.loadQuad("i32v", { base: from, disp }, quarter, values);
      }
      k.store({ base: to, disp: VECTOR_BYTES * (2 * vector + half) }, values as Value<"i32v">);
    }
}

function orderStarts(k: KernelBuilder, from: Variable<"ptr">, to: Variable<"ptr">): void {
  const [block, start] = [k.variable(from), k.variable(to)];
  k.loop(0, LANES, 1, () => {
    const value = k.loadInt("i32", { base: block, disp: START_OFFSET });
    k.storeInt("i32", { base: start, disp: RUN * LANES }, value);
    k.advance(block, ACTIVATION_BLOCK_BYTES);
    k.advance(start, START_BYTES);
  });
}

/**
 * The sums of the products of each word of a vector's codes.
 * @param block has the codes as its first word. @param activations those of the chunk.
 */
function sumsOfWords(block: PackedBlock, activations: Variable<"ptr">, vector: number): Value<"i32v"> {
  const { k, type } = block;
  const max = greatestCode(type, k.target);
  return type.codes(block, 0, 0).reduce(
    (sum, [, codes], half) => {
      const disp = VECTOR_BYTES * (2 * vector + half);
      return k.dot4(sum, codes, k.load("i8v", { base: activations, disp }), { max });
    },
    k.constant("i32v", 0),
  );
}

export const PICKED: ChunkWay = {
  activationBytes: () => RUN + START_BYTES,
  begin(k, type, grid) {
    const picks = new Picks(k, type);
    const literals = new Literals(k, type.masks?.(liftOf(type, k.target)) ?? []);
    return {
      order(from, to) {
        orderValues(k, from, to);
        orderStarts(k, from, to);
      },
      multiply(from, activations, to) {
        const loads = picks.firstLoads(from);
        const blockOf = (vector: number): PackedBlock => {
          const fields: BlockFields = {
            float: (half) => k.floatsOf(picks.field(half, loads)),
            integer: (half) => k.integersOf(picks.field(half, loads)),
            word: () => picks.codes(from, loads, vector),
          };
          return new PackedBlock(k, type, fields, grid, { literals, keeps: true });
        };
        const scales = runOfBlock(blockOf(0), 0);
        const sums = loads.map((_, vector) => sumsOfWords(blockOf(vector), activations, vector));
        const tile = new ChunkTile(k, type, activations, placeOf, to);
        tile.addProducts(0, scales, [sumsOfBlocks(k, sums)]);
      },
    };
  },
};
