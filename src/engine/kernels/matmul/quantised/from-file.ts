/**
 * one_token_<type>: the products of one token with a group of rows in the file's layout, in strips of a few blocks: a strip
 * is packed into a buffer, which stays in the first-level cache, and multiplied from there. So memory is read all the time,
 * not only while a whole group is packed.
 *
 * The buffer has the bytes that packing would write, and sums continue from strip to strip, so results are those of packed
 * weights, bit for bit.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import { type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";
import { callWith, oneForEach } from "../../launch.ts";
import { GROUP, type GroupInWeight, type OwnMemory, placeIn, SUMS } from "../layout/file-layout.ts";
import { firstRow, groupBlockBytes, packBlocks } from "../layout/interleave.ts";
import { addBlocks, runsOf } from "./code-sources.ts";
import { Tile } from "./tile-straight.ts";
import type { QuantisedType } from "./types/block-type.ts";

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

function oneTokenKernel(type: QuantisedType): Kernel<typeof PARAMETERS> {
  return kernel(`one_token_${type.dtype.toLowerCase()}`, PARAMETERS, (k, p) => {
    const strip = stripBlocks(type, k.lanes);
    const from = k.variable(p.source);
    const x = k.variable(p.x);
    k.store(p.sums, k.constant("f32v", 0));
    const ahead = k.variable(k.offset(p.source, k.mul(p.length, groupBlockBytes(type.dtype, k.lanes))));
    k.loop(0, p.length, strip, (block) => {
      const blocks = k.min(k.sub(p.length, block), strip);
      packBlocks(
        k,
        type,
        { from, length: p.length, blocks, ahead: undefined },
        firstRow(k.variable(p.buffer)),
      );
      const tile = new Tile(k, type, { tokens: 1, together: 1 }, x, 0);
      tile.sums[0].set(k.load("f32v", p.sums));
      addBlocks(tile, { at: p.buffer, grid: p.grid, ahead }, blocks);
      k.store(p.sums, tile.sums[0]);
      k.advance(from, strip * dtypeInfo(type.dtype).blockBytes);
      k.advance(x, strip * runsOf(type) * tile.runBytes);
    });
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
