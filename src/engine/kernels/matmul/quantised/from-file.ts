/**
 * one_token_<type>: the products of one token with a group of rows in the file's layout. Packing a whole group first would
 * leave memory idle meanwhile, so there are four ways:
 *
 * - row by row (from-file-blocks.ts), for types whose blocks are one run;
 * - row by row (from-file-rows.ts), for most types with blocks of 256 values;
 * - other types block by block of all rows, transposed in registers;
 * - these with few registers in strips of a few blocks: a strip is packed into a buffer, which stays in the first-level cache.
 *
 * Sums are added in the order of the product with packed weights, so results are the same, bit for bit.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { AddressOperand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { callWith, oneForEach } from "../../launch.ts";
import { GROUP, type GroupInWeight, type OwnMemory, placeIn, READY, SUMS } from "../layout/file-layout.ts";
import { firstRow, groupBlockBytes, packBlocks } from "../layout/interleave.ts";
import { MovingRows } from "../layout/transpose.ts";
import { addBlocks, type BlockSource, packedBlocks, runsOf } from "./code-sources.ts";
import { FileFields } from "./file-fields.ts";
import { multiplyRowByRow, takesRowByRow } from "./from-file-blocks.ts";
import { multiplyRowsOfFile } from "./from-file-rows.ts";
import { Tile } from "./tile-straight.ts";
import { hasFewRegisters, type QuantisedType } from "./types/block-type.ts";
import { takesRows } from "./types/row-codes.ts";

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
    prefetch: (line) => k.prefetch({ base: ahead, disp: line }, "stream"),
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

/** Where the kernel notes that the token's values are in its order. */
const readyOf = (p: P): AddressOperand => ({ base: p.sums, disp: READY - SUMS });

const nameOf = ({ dtype }: QuantisedType): string => `one_token_${dtype.toLowerCase()}`;

const sideBySideOf = oneForEach((type: QuantisedType) =>
  kernel(nameOf(type), PARAMETERS, (k, p) => {
    if (hasFewRegisters(k.target)) multiplyStrips(k, type, p);
    else multiplyRows(k, type, p);
  }),
);

const rowByRowOf = oneForEach((type: QuantisedType) =>
  kernel(`${nameOf(type)}_by_rows`, PARAMETERS, (k, p) => {
    k.store(p.sums, multiplyRowByRow(k, type, p, readyOf(p)));
  }),
);

const rowsOf = oneForEach((type: QuantisedType) =>
  kernel(`${nameOf(type)}_of_rows`, PARAMETERS, (k, p) => {
    k.store(p.sums, multiplyRowsOfFile(k, type, p, readyOf(p)));
  }),
);

/** The kernel that reads row after row, if there is one. It needs the token's values in its own order. */
function ofRows(type: QuantisedType, blocks: number, target: Target): Kernel<typeof PARAMETERS> | undefined {
  if (takesRows(type, target)) return rowsOf(type);
  return takesRowByRow(type, blocks, target) ? rowByRowOf(type) : undefined;
}

/** @param blocks of a row. */
export function oneTokenOf(type: QuantisedType, blocks: number, target: Target): Kernel<typeof PARAMETERS> {
  return ofRows(type, blocks, target) ?? sideBySideOf(type);
}

/** Call this before the first group of a task. */
export function beginOneToken(k: KernelBuilder, type: QuantisedType, blocks: number, own: OwnMemory): void {
  if (ofRows(type, blocks, k.target) !== undefined)
    k.storeInt("i32", { base: own.base, disp: own.disp + READY }, k.constant("int", 0));
}

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
  const isByRows = ofRows(type, of.group.length, k.target) !== undefined;
  callWith(k, oneTokenOf(type, of.group.length, k.target), address, place(0), {
    source: of.group.at,
    length: () => k.constant("int", of.group.length),
    x: of.x,
    grid: () => of.grid,
    buffer: () => place(GROUP + (isByRows ? 0 : halvesPadding(type, k.lanes))),
    sums: () => place(SUMS),
  });
  return k.load("f32v", { base: own.base, disp: own.disp + SUMS });
}
