/**
 * pack: converts a weight from the file's blocks to groups of `lanes` rows. The groups that kernels process at once are
 * interleaved field by field (block-type.ts). Bits only change places, so the packed weight has the size of the file's
 * with the rows rounded up to whole groups. Codes and scales of the padding rows are zeros.
 */
import { type DType, dtypeInfo } from "../../../../base/dtypes.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { byThreads, forEachTask, input, int, oneForEach, output, type Packing, tasks } from "../../launch.ts";
import {
  groupsTogether,
  halfPlace,
  hasFewRegisters,
  type QuantisedType,
  wordPlace,
} from "../quantised/types/block-type.ts";
import { takesRows } from "../quantised/types/row-codes.ts";
import { PACK_PARAMETERS, type PackKernel } from "./file-layout.ts";
import { MovingRows, QUAD_BYTES, wordsOf } from "./transpose.ts";

/** Bytes of a group's share of an interleaved block. */
export function groupBlockBytes(dtype: DType, lanes: number): number {
  return dtypeInfo(dtype).blockBytes * lanes;
}

/** Bytes of a group: `lanes` rows of `columns` values. */
export function groupBytes(dtype: DType, lanes: number, columns: number): number {
  return (columns / dtypeInfo(dtype).blockLength) * groupBlockBytes(dtype, lanes);
}

/** Destination of a row's fields in a block: halves are 2 bytes, words 4 bytes after those of the row before. */
interface Destination {
  readonly halves: Operand<"ptr">;
  readonly words: Operand<"ptr">;
}

/** Copies the fields of one block of one row. */
function copyBlock(k: KernelBuilder, type: QuantisedType, from: Operand<"ptr">, to: Destination): void {
  type.halves.forEach((offset, i) => {
    const value = k.loadInt("u16", { base: from, disp: offset });
    k.storeInt("i16", { base: to.halves, disp: halfPlace(k.target, i, 0) }, value);
  });
  type.words.forEach((offset, i) => {
    const value = k.loadInt("u32", { base: from, disp: offset });
    const disp = wordPlace(type, k.target, i, 0);
    k.storeInt("i32", { base: to.words, disp }, type.repack?.(k, value, i) ?? value);
  });
}

/** Writes zeros for one block of one row. */
function clearBlock(k: KernelBuilder, type: QuantisedType, to: Destination): void {
  const zero = k.constant("int", 0);
  type.halves.forEach((_, i) => {
    k.storeInt("i16", { base: to.halves, disp: halfPlace(k.target, i, 0) }, zero);
  });
  type.words.forEach((_, i) => {
    k.storeInt("i32", { base: to.words, disp: wordPlace(type, k.target, i, 0) }, zero);
  });
}

/** Words among 16 bytes of the file's block. */
export interface Chunk {
  /** Byte offset of the 16 bytes. */
  readonly start: number;
  /** For each of the four places, a word's index in packed order; undefined: not a word, or one of another chunk. */
  readonly words: readonly (number | undefined)[];
}

/** Divides the words into chunks that lie within the block. */
export function chunksOf({ dtype, words }: Pick<QuantisedType, "dtype" | "words">): readonly Chunk[] {
  const { blockBytes } = dtypeInfo(dtype);
  const left = new Map(words.map((offset, word) => [offset, word]));
  const chunks: Chunk[] = [];
  for (const offset of [...words].sort((a, b) => a - b)) {
    if (!left.has(offset)) continue;
    const beyond = Math.max(0, offset + QUAD_BYTES - blockBytes);
    const start = offset - 4 * Math.ceil(beyond / 4);
    const places = [0, 4, 8, 12].map((byte) => start + byte);
    chunks.push({ start, words: places.map((place) => left.get(place)) });
    for (const place of places) left.delete(place);
  }
  return chunks;
}

/** 2-byte fields in a quarter of a vector. */
export const HALVES = QUAD_BYTES / 2;

/**
 * Copies a 2-byte field of eight rows, or of all rows if vectors have fewer lanes. One store of 16 bytes: what is read next,
 * which single 2-byte stores would delay.
 */
function copyHalves(
  k: KernelBuilder,
  rows: MovingRows,
  first: number,
  offset: number,
  to: { readonly base: Operand<"ptr">; readonly disp: number },
): void {
  if (k.lanes >= HALVES) {
    const places = Array.from({ length: HALVES }, (_, lane) => rows.at(first + lane, offset));
    k.storeQuad(to, k.loadHalves(places), 0);
    return;
  }
  for (let lane = 0; lane < k.lanes; lane++)
    k.storeInt("i16", { ...to, disp: to.disp + 2 * lane }, k.loadInt("u16", rows.at(lane, offset)));
}

/** Packs one block of a whole group. */
function packBlock(k: KernelBuilder, type: QuantisedType, rows: MovingRows, to: Destination): void {
  type.halves.forEach((offset, i) => {
    for (let lane = 0; lane < k.lanes; lane += HALVES)
      copyHalves(k, rows, lane, offset, { base: to.halves, disp: halfPlace(k.target, i, 0) + 2 * lane });
  });
  for (const { start, words } of chunksOf(type)) {
    const vectors = wordsOf(k, rows, start);
    words.forEach((word, i) => {
      if (word === undefined) return;
      const disp = wordPlace(type, k.target, word, 0);
      k.store({ base: to.words, disp }, type.repack?.(k, vectors[i], word) ?? vectors[i]);
    });
  }
}

type P = Arguments<typeof PACK_PARAMETERS>;

/** Bytes from one row of the file to the next. */
function rowBytes(k: KernelBuilder, type: QuantisedType, p: P): Value<"int"> {
  return k.mul(p.length, dtypeInfo(type.dtype).blockBytes);
}
function sourceOf(k: KernelBuilder, type: QuantisedType, p: P, group: Value<"int">): Value<"ptr"> {
  return k.offset(p.source, k.mul(k.mul(group, k.lanes), rowBytes(k, type, p)));
}
/** Bytes from one packed block to the next. */
function outputStride(k: KernelBuilder, type: QuantisedType): number {
  return groupsTogether(k.target) * groupBlockBytes(type.dtype, k.lanes);
}
/** A destination that moves from block to block. */
export type MovingDestination = { readonly [K in keyof Destination]: Variable<"ptr"> };
/** Both kinds of fields of a group's first row have the same destination, if groups are not interleaved. */
export const firstRow = (block: Variable<"ptr">): MovingDestination => ({ halves: block, words: block });

/** Destination of the fields of a group's row, in its first block. */
function outputOf(
  k: KernelBuilder,
  type: QuantisedType,
  p: P,
  group: Value<"int">,
  lane?: Value<"int">,
): MovingDestination {
  const members = groupsTogether(k.target);
  const bytes = k.mul(p.length, outputStride(k, type));
  const block = k.offset(p.out, k.mul(k.div(group, members), bytes));
  if (members === 1 && lane === undefined) return firstRow(k.variable(block));
  const row = k.add(k.mul(k.rem(group, members), k.lanes), lane ?? 0);
  return {
    halves: k.variable(k.offset(block, k.shl(row, 1))),
    words: k.variable(k.offset(block, k.shl(row, 2))),
  };
}
/** Moves on to the next block. */
function advance(k: KernelBuilder, type: QuantisedType, to: MovingDestination): void {
  for (const pointer of new Set([to.halves, to.words])) k.advance(pointer, outputStride(k, type));
}

/** Blocks of a complete group in the file. */
export interface FileBlocks {
  readonly from: Operand<"ptr">;
  /** Blocks of a row. */
  readonly length: Operand<"int">;
  /** Blocks to pack. */
  readonly blocks: Operand<"int">;
  /** Bytes from what is read to what is prefetched. */
  readonly ahead: Operand<"int"> | undefined;
}

/** Packs blocks one by one, so that they are written sequentially. */
export function packBlocks(
  k: KernelBuilder,
  type: QuantisedType,
  group: FileBlocks,
  to: MovingDestination,
): void {
  const { blockBytes } = dtypeInfo(type.dtype);
  const rows = new MovingRows(k, group.from, k.mul(group.length, blockBytes), k.lanes);
  // Rows are read side by side, in as many places; memory is read ahead from end to end.
  const ahead = group.ahead && k.variable(k.offset(group.from, group.ahead));
  k.loop(0, group.blocks, 1, () => {
    if (ahead !== undefined)
      k.prefetchLines({ base: ahead, disp: 0 }, groupBlockBytes(type.dtype, k.lanes), "once");
    packBlock(k, type, rows, to);
    rows.advance(blockBytes);
    if (ahead !== undefined) k.advance(ahead, groupBlockBytes(type.dtype, k.lanes));
    advance(k, type, to);
  });
}

/** Packs an incomplete or empty group, row by row. */
function packPart(k: KernelBuilder, type: QuantisedType, p: P, group: Value<"int">): void {
  const from = k.variable(sourceOf(k, type, p, group));
  const eachBlock = (lane: Value<"int">, body: (to: Destination) => void): void => {
    const to = outputOf(k, type, p, group, lane);
    k.loop(0, p.length, 1, () => {
      body(to);
      advance(k, type, to);
    });
  };
  const present = k.max(k.sub(p.rows, k.mul(group, k.lanes)), 0);
  k.loop(0, present, 1, (lane) => {
    eachBlock(lane, (to) => {
      copyBlock(k, type, from, to);
      k.advance(from, dtypeInfo(type.dtype).blockBytes);
    });
  });
  k.loop(present, k.lanes, 1, (lane) => eachBlock(lane, (to) => clearBlock(k, type, to)));
}

/** Each task packs the groups that are interleaved with each other. */
function packKernel(type: QuantisedType): PackKernel {
  return kernel(`pack_${type.dtype.toLowerCase()}`, PACK_PARAMETERS, (k, p) => {
    const members = groupsTogether(k.target);
    const rows = members * k.lanes;
    forEachTask(k, p.tasks, k.div(k.add(p.rows, rows - 1), rows), (task) => {
      const first = k.mul(task, members);
      k.loop(first, k.add(first, members), 1, (group) => {
        k.if(
          k.is(k.mul(k.add(group, 1), k.lanes), "<=", p.rows),
          () => {
            const whole = {
              from: sourceOf(k, type, p, group),
              length: p.length,
              blocks: p.length,
              ahead: p.ahead,
            };
            packBlocks(k, type, whole, outputOf(k, type, p, group));
          },
          () => packPart(k, type, p, group),
        );
      });
    });
  });
}

export const packerOf = oneForEach(packKernel);

/** How a target packs the weight of a product (input 1). */
export function packingOf(type: QuantisedType, rows: number, columns: number, target: Target): Packing {
  const { lanes } = target;
  const members = groupsTogether(target);
  const blocks = columns / dtypeInfo(type.dtype).blockLength;
  return {
    input: 1,
    layout: `${type.dtype} in groups of ${lanes}`,
    byteLength: Math.ceil(rows / (members * lanes)) * members * groupBytes(type.dtype, lanes, columns),
    rows,
    groupRows: members * lanes,
    // With few registers, products of strips are bound by arithmetic (../quantised/from-file.ts).
    isSlowInFile: type.parts === 2 && hasFewRegisters(target) && !takesRows(type, target),
    launch: {
      kernel: packerOf(type) as unknown as Kernel,
      arguments: {
        source: input(0),
        out: output,
        tasks,
        rows: int(rows),
        length: int(blocks),
        ahead: byThreads((threads) => threads * members * groupBytes(type.dtype, lanes, columns)),
      },
    },
  };
}
