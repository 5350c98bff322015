/**
 * The products of one token with a group of rows in the file's layout, row by row, for blocks of 256 values. A lane is four
 * neighbouring values of a row, so that memory is read from end to end and no code changes its lane.
 *
 * First the codes of all rows: for each block the exact sums of the products of each 16 values are stored. Then scales
 * and minima, side by side, from the cache: a lane is a row, and runs are added in the order of the product with packed
 * weights. So results are the same, bit for bit.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { AddressOperand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { constantRows, MovingRows, QUAD_BYTES, wordsOf } from "../layout/transpose.ts";
import { BLOCKS } from "./activations.ts";
import { runsOf } from "./code-sources.ts";
import type { Factors } from "./dot-sum.ts";
import { FileFields } from "./file-fields.ts";
import { once, type RowByRow } from "./from-file-blocks.ts";
import { Tile } from "./tile-straight.ts";
import {
  greatestCode,
  liftOf,
  PackedBlock,
  type QuantisedType,
  RUN,
  runOfBlock,
} from "./types/block-type.ts";
import { fieldMasks, PIECE, ROW_CODES, RowBytes, type RowCodes, takesRows } from "./types/row-codes.ts";

/** Prefetch distance of weights. */
const PREFETCH_BYTES = 16384;
/** Bytes that are prefetched for each block while scales are multiplied. */
const BYTES_MEANWHILE = 512;

/** 32-bit lanes of a vector of 64 codes. */
const CODE_LANES = 16;

/** Halves of vectors of 64 codes that the target's vectors hold one by one; `undefined` for both together. */
const halvesOf = ({ lanes }: Target): readonly (number | undefined)[] =>
  lanes === CODE_LANES ? [undefined] : [0, 1];

/** Whether the two halves of each run, which have one scale, are neighbouring quarters: their sums are then added at once. */
const addsQuarters = ({ parts, dtype }: QuantisedType): boolean =>
  parts === 1 && (ROW_CODES[dtype] as RowCodes).pieces.every(([a, b, c, d]) => b === a + 1 && d === c + 1);

/** Whether a vector holds the sums of all runs of a block: those of the halves of both vectors, added. */
const joinsHalves = (type: QuantisedType, target: Target): boolean =>
  addsQuarters(type) && halvesOf(target).length === 2;

/** Bytes of the sums of a block: one for each quarter, or for each half of a vector of 64 codes. */
const sumBytes = (type: QuantisedType, target: Target): number =>
  4 * (joinsHalves(type, target) ? CODE_LANES / 2 : CODE_LANES);

/** Bytes of the values of a block. */
const blockValues = ({ dtype }: QuantisedType): number => dtypeInfo(dtype).blockLength;

/** Bytes of working memory: the token's values in the order of codes, then a vector of sums for each block of each row. */
export function rowsBytes(type: QuantisedType, blocks: number, target: Target): number {
  return takesRows(type, target) ? blocks * (blockValues(type) + sumBytes(type, target) * target.lanes) : 0;
}

/** Writes the token's values in the order of the codes. */
function orderValues(k: KernelBuilder, type: QuantisedType, { pieces }: RowCodes, p: RowByRow): void {
  const x = k.variable(p.x);
  const to = k.variable(p.buffer);
  const placeOf = (piece: number) => {
    const value = PIECE * piece;
    return { base: x, disp: Math.floor(value / RUN) * BLOCKS.runBytes + (value % RUN) };
  };
  k.loop(0, p.length, 1, () => {
    const quarters = k.lanes / 4;
    halvesOf(k.target).forEach((_, half) => {
      pieces.forEach((all, i) => {
        let vector: Value<"i32v"> | undefined;
        all.slice(quarters * half, quarters * (half + 1)).forEach((piece, quarter) => {
          vector = k.loadQuad("i32v", placeOf(piece), quarter, vector);
        });
        k.store({ base: to, disp: 4 * k.lanes * (4 * half + i) }, vector as Value<"i32v">);
      });
    });
    k.advance(x, runsOf(type) * BLOCKS.runBytes);
    k.advance(to, blockValues(type));
  });
}

/** Adds the 32 bits of each quarter of two vectors in pairs; the sums of the vectors come by turns. */
const addedPairs = <K extends "i16v" | "i32v">(k: KernelBuilder, a: Value<K>, b: Value<K>): Value<K> =>
  k.add(k.zip(a, b, 4, "lower"), k.zip(a, b, 4, "upper"));

/** Adds neighbouring numbers of 16 bits. */
const widened = (k: KernelBuilder, pairs: Value<"i16v">): Value<"i32v"> =>
  k.madd(pairs, k.constant("i16v", 1));

/**
 * The sums of the products of each quarter of four vectors: those of a quarter come next to one another, in the order of the
 * vectors. Without an instruction for dot products, sums are added in 16 bits as long as the greatest code keeps that exact.
 */
function quarterSums(k: KernelBuilder, factors: readonly Factors[], max: number): Value<"i32v"> {
  const fit = k.pairSumsTogether(max);
  if (fit < 2) {
    const zero = k.constant("i32v", 0);
    const [a, b, c, d] = factors.map(({ codes, values }) => k.dot4(zero, codes, values, { max }));
    return addedPairs(k, addedPairs(k, a, c), addedPairs(k, b, d));
  }
  const [a, b, c, d] = factors.map(({ codes, values }) => k.pairSums(codes, values, { max }));
  const [ac, bd] = [addedPairs(k, a, c), addedPairs(k, b, d)];
  return fit < 4 ? addedPairs(k, widened(k, ac), widened(k, bd)) : widened(k, addedPairs(k, ac, bd));
}

/** Adds to each quarter its neighbour. */
function neighbourSums(k: KernelBuilder, sums: Value<"i32v">): Value<"i32v"> {
  const neighbours = Array.from({ length: k.lanes }, (_, lane) => lane ^ 4);
  return k.add(sums, k.permute(sums, neighbours));
}

/** Adds the quarters of each of two vectors, which are halves: the sums of the first one, then those of the second. */
function halfSums(k: KernelBuilder, [a, b]: readonly Value<"i32v">[]): Value<"i32v"> {
  const quarters = (of: number) => Array.from({ length: 8 }, (_, lane) => lane + 4 * of + (lane < 4 ? 0 : 4));
  return k.add(k.permute2(a, b, quarters(0)), k.permute2(a, b, quarters(1)));
}

/** Vectors of the sums of a block, from the sums of quarters. */
function storedSums(
  k: KernelBuilder,
  type: QuantisedType,
  ofQuarters: readonly Value<"i32v">[],
): readonly Value<"i32v">[] {
  if (joinsHalves(type, k.target)) return [halfSums(k, ofQuarters)];
  return addsQuarters(type) ? ofQuarters.map((sums) => neighbourSums(k, sums)) : ofQuarters;
}

/** Stores the sums of all blocks: block after block, and in each row after row. */
function sumRows(
  k: KernelBuilder,
  type: QuantisedType,
  rowCodes: RowCodes,
  p: RowByRow,
  sums: Variable<"ptr">,
): void {
  const { blockBytes } = dtypeInfo(type.dtype);
  const vectorBytes = 4 * k.lanes;
  const max = greatestCode(type, k.target) >> liftOf(type, k.target);
  const bytes = sumBytes(type, k.target);
  const from = k.variable(p.source);
  const row = k.variable(sums);
  const masks = fieldMasks(k);
  k.loop(0, k.lanes, 1, () => {
    const values = k.variable(p.buffer);
    const to = k.variable(row);
    k.loop(0, p.length, 1, () => {
      k.prefetchLines({ base: from, disp: PREFETCH_BYTES }, blockBytes, "second");
      const ofQuarters = halvesOf(k.target).map((half, index) => {
        const factors = rowCodes.codes(new RowBytes(k, from, half, masks), type).map((codes, i) => ({
          codes,
          values: k.load("i8v", { base: values, disp: vectorBytes * (4 * index + i) }),
        }));
        return quarterSums(k, factors, max);
      });
      storedSums(k, type, ofQuarters).forEach((stored, i) => {
        k.store({ base: to, disp: vectorBytes * i }, stored);
      });
      k.advance(from, blockBytes);
      k.advance(values, blockValues(type));
      k.advance(to, bytes * k.lanes);
    });
    k.advance(row, bytes);
  });
}

/** The sums of the parts of all runs of a block, a lane for each row. */
function partSums(
  k: KernelBuilder,
  type: QuantisedType,
  rowCodes: RowCodes,
  sums: Variable<"ptr">,
): (run: number, part: number) => Value<"i32v"> {
  const { pieces } = rowCodes;
  const rows = constantRows(sums, sumBytes(type, k.target));
  const perVector = joinsHalves(type, k.target) ? 2 : 1;
  const known = new Map<number, readonly Value<"i32v">[]>();
  const ofPiece = (piece: number): Value<"i32v"> => {
    const vector = pieces.findIndex((quarters) => quarters.includes(piece));
    const quarter = Math.floor(pieces[vector].indexOf(piece) / perVector);
    const words = known.get(quarter) ?? wordsOf(k, rows, QUAD_BYTES * quarter);
    known.set(quarter, words);
    return words[vector];
  };
  const lift = liftOf(type, k.target);
  return (run, part) => {
    const first = 2 * run + part;
    const isWhole = type.parts === 2 || addsQuarters(type);
    const sum = isWhole ? ofPiece(first) : k.add(ofPiece(first), ofPiece(first + 1));
    return lift === 0 ? sum : k.shl(sum, lift);
  };
}

/** The products of a complete group, a lane for each row. */
export function multiplyRowsOfFile(
  k: KernelBuilder,
  type: QuantisedType,
  p: RowByRow,
  ready: AddressOperand,
): Variable<"f32v"> {
  const rowCodes = ROW_CODES[type.dtype] as RowCodes;
  const { blockBytes } = dtypeInfo(type.dtype);
  once(k, ready, () => orderValues(k, type, rowCodes, p));
  const sums = k.variable(k.offset(p.buffer, k.mul(p.length, blockValues(type))));
  sumRows(k, type, rowCodes, p, sums);
  const rowBytes = k.mul(p.length, blockBytes);
  const ahead = k.variable(k.offset(p.source, k.mul(rowBytes, k.lanes)));
  const rows = new MovingRows(k, p.source, rowBytes, k.lanes);
  const tile = new Tile(k, type, { tokens: 1, together: 1 }, p.x, 0);
  k.loop(0, p.length, 1, () => {
    k.prefetchLines({ base: ahead, disp: PREFETCH_BYTES }, BYTES_MEANWHILE, "second");
    const block = new PackedBlock(k, type, new FileFields(k, type, rows), p.grid, { keeps: true });
    const sumOf = partSums(k, type, rowCodes, sums);
    for (let run = 0; run < runsOf(type); run++) {
      const parts = Array.from({ length: type.parts }, (_, part) => sumOf(run, part));
      tile.addProducts(run, runOfBlock(block, run), parts);
    }
    tile.advance(runsOf(type));
    rows.advance(blockBytes);
    k.advance(sums, sumBytes(type, k.target) * k.lanes);
    k.advance(ahead, BYTES_MEANWHILE);
  });
  return tile.sums[0];
}
