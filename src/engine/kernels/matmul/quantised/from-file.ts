/**
 * one_token_<type>: the products of one token with a group of rows in the file's layout, in strips of a few blocks: a strip
 * is packed into a buffer, which stays in the first-level cache, and multiplied from there. So memory is read all the time,
 * not only while a whole group is packed.
 *
 * The buffer has the bytes that packing would write, and sums continue from strip to strip, so results are those of packed
 * weights, bit for bit.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Value, Variable } from "../../../jit/language/core.ts";
import { callWith, oneForEach } from "../../launch.ts";
import { GROUP, type GroupInWeight, type OwnMemory, placeIn, SUMS } from "../layout/file-layout.ts";
import { type Chunk, chunksOf, firstRow, groupBlockBytes, HALVES, packBlocks } from "../layout/interleave.ts";
import { MovingRows, wordsOf } from "../layout/transpose.ts";
import { addBlocks, type BlockSource, linesOfRun, packedBlocks, runsOf } from "./code-sources.ts";
import { Tile } from "./tile-straight.ts";
import { type BlockFields, hasFewRegisters, type QuantisedType } from "./types/block-type.ts";

/** Bytes of a strip, at least one block. */
const STRIP_BYTES = 1 << 10;

/**
 * `source`: the group in the file; `length`: blocks of a row; `x`: the token's activations; `buffer`: room for a strip;
 * `sums`: one f32 for each row.
 */
const PARAMETERS = {
  source: "ptr",
  length: "int",
  x: "ptr",
  grid: "ptr",
  buffer: "ptr",
  sums: "ptr",
} as const;

function stripBlocks(type: QuantisedType, lanes: number): number {
  return Math.max(1, Math.floor(STRIP_BYTES / groupBlockBytes(type.dtype, lanes)));
}

/** Bytes before the 2-byte fields, so that the first word is aligned to vectors. */
function halvesPadding({ halves }: QuantisedType, lanes: number): number {
  const vector = 4 * lanes;
  return (vector - ((2 * lanes * halves.length) % vector)) % vector;
}

/** Fields of a block of neighbouring rows in the file, transposed in registers. */
class FileFields implements BlockFields {
  readonly #k: KernelBuilder;
  readonly #type: QuantisedType;
  readonly #rows: MovingRows;
  readonly #words = new Map<number, Value<"i32v">>();

  constructor(k: KernelBuilder, type: QuantisedType, rows: MovingRows) {
    this.#k = k;
    this.#type = type;
    this.#rows = rows;
  }

  /** A 2-byte field, in the first elements of a vector. */
  #half(index: number): Value<"i16v"> {
    const k = this.#k;
    const offset = this.#type.halves[index];
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
    const chunk = chunksOf(this.#type).find(({ words }) => words.includes(index)) as Chunk;
    const vectors = wordsOf(this.#k, this.#rows, chunk.start);
    chunk.words.forEach((word, i) => {
      if (word !== undefined)
        this.#words.set(word, this.#type.repack?.(this.#k, vectors[i], word) ?? vectors[i]);
    });
    return this.#words.get(index) as Value<"i32v">;
  }
}

type P = Arguments<typeof PARAMETERS>;

/** What is prefetched: the next group. */
const nextGroup = (k: KernelBuilder, type: QuantisedType, p: P): Variable<"ptr"> =>
  k.variable(k.offset(p.source, k.mul(p.length, groupBlockBytes(type.dtype, k.lanes))));

/** Transposes in registers and multiplies from there. */
function multiplyRows(k: KernelBuilder, type: QuantisedType, p: P): void {
  const { blockBytes } = dtypeInfo(type.dtype);
  const ahead = nextGroup(k, type, p);
  const rows = new MovingRows(k, p.source, k.mul(p.length, blockBytes), k.lanes);
  const tile = new Tile(k, type, { tokens: 1, together: 1 }, p.x, 0);
  const source: BlockSource = {
    grid: p.grid,
    mostRuns: 4,
    fields: () => new FileFields(k, type, rows),
    prefetch(run) {
      for (const line of linesOfRun(type, k.lanes, run)) k.prefetch({ base: ahead, disp: line }, "second");
    },
    advance() {
      rows.advance(blockBytes);
      k.advance(ahead, groupBlockBytes(type.dtype, k.lanes));
    },
  };
  addBlocks(tile, source, p.length);
  k.store(p.sums, tile.sums[0]);
}

/** Packs strips into the buffer and multiplies from there. */
function multiplyStrips(k: KernelBuilder, type: QuantisedType, p: P): void {
  const strip = stripBlocks(type, k.lanes);
  const from = k.variable(p.source);
  const x = k.variable(p.x);
  k.store(p.sums, k.constant("f32v", 0));
  const ahead = nextGroup(k, type, p);
  k.loop(0, p.length, strip, (block) => {
    const blocks = k.min(k.sub(p.length, block), strip);
    const inFile = { from, length: p.length, blocks, ahead: undefined };
    packBlocks(k, type, inFile, firstRow(k.variable(p.buffer)));
    const tile = new Tile(k, type, { tokens: 1, together: 1 }, x, 0);
    tile.sums[0].set(k.load("f32v", p.sums));
    addBlocks(tile, packedBlocks(k, type, { at: p.buffer, grid: p.grid, ahead }), blocks);
    k.store(p.sums, tile.sums[0]);
    k.advance(from, strip * dtypeInfo(type.dtype).blockBytes);
    k.advance(x, strip * runsOf(type) * tile.runBytes);
  });
}

function oneTokenKernel(type: QuantisedType): Kernel<typeof PARAMETERS> {
  return kernel(`one_token_${type.dtype.toLowerCase()}`, PARAMETERS, (k, p) => {
    if (hasFewRegisters(k.target)) multiplyStrips(k, type, p);
    else multiplyRows(k, type, p);
  });
}

export const oneTokenOf = oneForEach(oneTokenKernel);

/**
 * Multiplies a complete group in the file's layout with one token.
 * @param address of the kernel. @param own working memory of this thread.
 * @returns the sums, a lane for each row.
 */
export function multiplyOneToken(
  k: KernelBuilder,
  type: QuantisedType,
  address: Value<"ptr">,
  own: OwnMemory,
  of: { readonly group: GroupInWeight; readonly x: () => Value<"ptr">; readonly grid: Value<"ptr"> },
): Value<"f32v"> {
  const place = (byte: number) => placeIn(k, own, byte);
  callWith(k, oneTokenOf(type), address, place(0), {
    source: of.group.at,
    length: () => k.constant("int", of.group.length),
    x: of.x,
    grid: () => of.grid,
    buffer: () => place(GROUP + halvesPadding(type, k.lanes)),
    sums: () => place(SUMS),
  });
  return k.load("f32v", { base: own.base, disp: own.disp + SUMS });
}
