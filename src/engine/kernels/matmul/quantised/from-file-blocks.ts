/**
 * The products of one token with a group of rows in the file's layout, row by row: a lane is one of neighbouring blocks of a
 * row. So memory is read from end to end, which the processor's own prefetching follows; side by side, as many rows as
 * lanes are too many streams for it.
 *
 * For each row the scaled sums of its blocks are stored, and at the end added in the order of the product with packed
 * weights, a lane for each row. So results are the same, bit for bit. For types whose blocks are one run.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { AddressOperand, Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { MovingRows, wordsOf } from "../layout/transpose.ts";
import { layoutOf } from "./activations.ts";
import type { ChunkResults, Chunks, ChunkWay } from "./chunk-tile.ts";
import { runsOf } from "./code-sources.ts";
import { PICKED, picksChunks } from "./picked-chunk.ts";
import { addScaled } from "./tile-straight.ts";
import { TRANSPOSED } from "./transposed-chunk.ts";
import type { QuantisedType } from "./types/block-type.ts";

/** Blocks of a row that the end adds together. */
const TOGETHER = 4;
/** Prefetch distance of weights. */
const PREFETCH_BYTES = 8192;

/** Whether rows of this many blocks are multiplied so. */
export function takesRowByRow(type: QuantisedType, blocks: number, target: Target): boolean {
  if (target.isa === "wasm" || runsOf(type) > 1) return false;
  return blocks >= target.lanes && blocks % TOGETHER === 0;
}

export interface RowByRow {
  readonly source: Operand<"ptr">;
  /** Blocks of a row. */
  readonly length: Operand<"int">;
  readonly x: Operand<"ptr">;
  readonly grid: Operand<"ptr">;
  /** Working memory of `rowByRowBytes`. */
  readonly buffer: Operand<"ptr">;
}

/**
 * Brings the token's values into the kernel's order, once for all groups of a task.
 * @param ready an i32, 0 before the first group.
 */
export function once(k: KernelBuilder, ready: AddressOperand, order: () => void): void {
  k.if(k.is(k.loadInt("i32", ready), "==", 0), () => {
    order();
    k.storeInt("i32", ready, k.constant("int", 1));
  });
}

const wayOf = (type: QuantisedType, target: Target): ChunkWay =>
  picksChunks(type, target) ? PICKED : TRANSPOSED;

/** Bytes of the activations of a chunk in the order of its way. */
const chunkBytes = (type: QuantisedType, target: Target): number =>
  target.lanes * wayOf(type, target).activationBytes(type, target);

const sumArrays = (type: QuantisedType): number => (type.offset === undefined ? 1 : 2);

/** Bytes of working memory: the activations of all chunks, then for each block of each row a sum and perhaps an offset. */
export function rowByRowBytes(type: QuantisedType, blocks: number, target: Target): number {
  if (!takesRowByRow(type, blocks, target)) return 0;
  const { lanes } = target;
  const activations = Math.ceil(blocks / lanes) * chunkBytes(type, target);
  return activations + 4 * lanes * blocks * sumArrays(type);
}

/** The first block of each chunk. The last chunk begins early enough to be whole. */
function eachChunk(k: KernelBuilder, blocks: Operand<"int">, body: (first: Value<"int">) => void): void {
  k.loop(0, blocks, k.lanes, (block) => body(k.min(block, k.sub(blocks, k.lanes))));
}

/** Brings the activations of all chunks into the order of the products. */
function orderActivations(k: KernelBuilder, type: QuantisedType, p: RowByRow, chunks: Chunks): void {
  const to = k.variable(p.buffer);
  eachChunk(k, p.length, (first) => {
    chunks.order(k.variable(k.offset(p.x, k.mul(first, layoutOf(type, k.target).runBytes))), to);
    k.advance(to, chunkBytes(type, k.target));
  });
}

/** Multiplies all rows; a row's results follow one another. */
function multiplyRows(
  k: KernelBuilder,
  type: QuantisedType,
  p: RowByRow,
  chunks: Chunks,
  { sums, offsets }: ChunkResults,
): void {
  const { blockBytes } = dtypeInfo(type.dtype);
  const row = k.variable(p.source);
  const outputs = [k.variable(sums), ...(offsets === undefined ? [] : [k.variable(offsets)])];
  k.loop(0, k.lanes, 1, () => {
    const activations = k.variable(p.buffer);
    eachChunk(k, p.length, (first) => {
      const from = k.variable(k.offset(row, k.mul(first, blockBytes)));
      k.prefetchLines({ base: from, disp: PREFETCH_BYTES }, k.lanes * blockBytes, "once");
      const [to, offsetsTo] = outputs.map((output) => k.variable(k.offset(output, k.shl(first, 2))));
      chunks.multiply(from, activations, { sums: to, offsets: offsetsTo });
      k.advance(activations, chunkBytes(type, k.target));
    });
    k.advance(row, k.mul(p.length, blockBytes));
    for (const output of outputs) k.advance(output, k.shl(p.length, 2));
  });
}

/** Adds the sums of all blocks, a lane for each row. */
function total(
  k: KernelBuilder,
  type: QuantisedType,
  p: RowByRow,
  { sums, offsets }: ChunkResults,
): Variable<"f32v"> {
  const { runBytes, shift } = layoutOf(type, k.target);
  const rowsAt = (first: Variable<"ptr">, like?: MovingRows) =>
    new MovingRows(k, first, k.shl(p.length, 2), k.lanes, like);
  const rowsOfSums = rowsAt(sums);
  const arrays = [rowsOfSums, ...(offsets === undefined ? [] : [rowsAt(offsets, rowsOfSums)])];
  const x = k.variable(p.x);
  const result = k.variable(k.constant("f32v", 0));
  k.loop(0, p.length, TOGETHER, () => {
    const [products, added] = arrays.map((rows) => wordsOf(k, rows, 0).map((word) => k.as("f32v", word)));
    products.forEach((product, i) => {
      addScaled(k, type, result, { product, offset: added?.[i] }, (field) =>
        k.broadcastF32({ base: x, disp: runBytes * i + field + shift }),
      );
    });
    for (const rows of arrays) rows.advance(4 * TOGETHER);
    k.advance(x, TOGETHER * runBytes);
  });
  return result;
}

/** The products of a complete group, a lane for each row. */
export function multiplyRowByRow(
  k: KernelBuilder,
  type: QuantisedType,
  p: RowByRow,
  ready: AddressOperand,
): Variable<"f32v"> {
  const chunks = wayOf(type, k.target).begin(k, type, p.grid);
  once(k, ready, () => orderActivations(k, type, p, chunks));
  const count = k.div(k.add(p.length, k.lanes - 1), k.lanes);
  const sums = k.variable(k.offset(p.buffer, k.mul(count, chunkBytes(type, k.target))));
  const offsets =
    sumArrays(type) === 1 ? undefined : k.variable(k.offset(sums, k.mul(p.length, 4 * k.lanes)));
  multiplyRows(k, type, p, chunks, { sums, offsets });
  return total(k, type, p, { sums, offsets });
}
