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
import type { AddressOperand, Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { constantRows, MovingRows, QUAD_BYTES, wordsOf } from "../layout/transpose.ts";
import { BLOCKS } from "./activations.ts";
import { runsOf } from "./code-sources.ts";
import type { Factors } from "./dot-sum.ts";
import { FileFields } from "./file-fields.ts";
import { once, type RowByRow } from "./from-file-blocks.ts";
import { addedPairs, addedQuarters } from "./quarter-sums.ts";
import { SteadyPrefetch, sharesOf } from "./steady-prefetch.ts";
import { Tile } from "./tile-straight.ts";
import {
  greatestCode,
  liftOf,
  PackedBlock,
  type QuantisedType,
  RUN,
  runOfBlock,
  takesWholeBytes,
} from "./types/block-type.ts";
import type { Literals } from "./types/literals.ts";
import { fieldMasks, PIECE, ROW_CODES, RowBytes, type RowCodes, takesRows } from "./types/row-codes.ts";

/** Share of the kernel's time that the products of codes take; scales take the rest. */
const TIME_OF_CODES = 0.65;

/** 32-bit lanes of a vector of 64 codes. */
const CODE_LANES = 16;

/** Halves of vectors of 64 codes that the target's vectors hold one by one; `undefined` for both together. */
const halvesOf = ({ lanes }: Target): readonly (number | undefined)[] =>
  lanes === CODE_LANES ? [undefined] : [0, 1];

const rowCodesOf = ({ dtype }: QuantisedType): RowCodes => ROW_CODES[dtype] as RowCodes;

/** Whether the two halves of each run, which have one scale, are neighbouring quarters: their sums are then added at once. */
const addsQuarters = (type: QuantisedType): boolean =>
  type.parts === 1 && rowCodesOf(type).pieces.every(([a, b, c, d]) => b === a + 1 && d === c + 1);

/** Lanes of the sums of a block's runs. */
const RUN_LANES = 8;

/** Blocks of a row whose sums are stored at once: as many as fill a vector with the sums of their runs, else one. */
const blocksTogether = (type: QuantisedType, { lanes }: Target): number =>
  addsQuarters(type) ? lanes / RUN_LANES : 1;

/** Bytes that are stored at once: a sum for each run of these blocks, or for each quarter of a block's vectors of codes. */
const sumBytes = (type: QuantisedType, { lanes }: Target): number =>
  4 * (addsQuarters(type) ? lanes : CODE_LANES);

/** The greatest code if upper nibbles are multiplied as they are. */
const UPPER_NIBBLE = 0xf0;

const multipliesUpper = (type: QuantisedType, target: Target): boolean =>
  rowCodesOf(type).upper !== undefined && takesWholeBytes(target);

/** Bytes of the values of a block. */
const blockValues = ({ dtype }: QuantisedType): number => dtypeInfo(dtype).blockLength;

/** Bytes of working memory: the token's values in the order of codes, then the sums of all blocks of all rows. */
export function rowsBytes(type: QuantisedType, blocks: number, target: Target): number {
  if (!takesRows(type, target)) return 0;
  const sums = Math.ceil(blocks / blocksTogether(type, target)) * sumBytes(type, target) * target.lanes;
  return blocks * blockValues(type) + sums;
}

/** Writes the token's values in the order of the codes. */
function orderValues(k: KernelBuilder, type: QuantisedType, p: RowByRow): void {
  const { pieces } = rowCodesOf(type);
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
    return addedQuarters(
      k,
      factors.map(({ codes, values }) => k.dot4(zero, codes, values, { max })),
    );
  }
  const [a, b, c, d] = factors.map(({ codes, values }) => k.pairSums(codes, values, { max }));
  const [ac, bd] = [addedPairs(k, a, c), addedPairs(k, b, d)];
  return fit < 4 ? addedPairs(k, widened(k, ac), widened(k, bd)) : widened(k, addedPairs(k, ac, bd));
}

/** Adds neighbouring quarters of two vectors. The sums of the first vector come first. */
function neighbourSums(k: KernelBuilder, [a, b]: readonly Value<"i32v">[]): Value<"i32v"> {
  const everySecond = (first: number) =>
    Array.from({ length: k.lanes }, (_, lane) => 8 * (lane >> 2) + 4 * first + (lane & 3));
  return k.add(k.permute2(a, b, everySecond(0)), k.permute2(a, b, everySecond(1)));
}

/** Where a block and the values that it is multiplied with begin. */
interface BlockPlace {
  readonly codes: Operand<"ptr">;
  readonly values: Operand<"ptr">;
}

/** A block and its successor, if their sums are stored together. The last block of an odd number takes its own place. */
function placesTogether(
  k: KernelBuilder,
  type: QuantisedType,
  first: BlockPlace,
  left: Value<"int">,
): readonly BlockPlace[] {
  if (blocksTogether(type, k.target) === 1) return [first];
  const step = k.min(k.sub(left, 1), 1);
  const codes = k.variable(k.offset(first.codes, k.mul(step, dtypeInfo(type.dtype).blockBytes)));
  const values = k.variable(k.offset(first.values, k.mul(step, blockValues(type))));
  return [first, { codes, values }];
}

/** The sums of the products of a block, or of one half of its vectors. */
function sumsOfBlock(
  k: KernelBuilder,
  type: QuantisedType,
  masks: Literals,
  { codes, values }: BlockPlace,
  half: number | undefined,
): Value<"i32v"> {
  const max = multipliesUpper(type, k.target)
    ? UPPER_NIBBLE
    : greatestCode(type, k.target) >> liftOf(type, k.target);
  const vectors = rowCodesOf(type).codes(new RowBytes(k, codes, half, masks), type);
  const factors = vectors.map((vector, i) => ({
    codes: vector,
    values: k.load("i8v", { base: values, disp: 4 * k.lanes * (4 * (half ?? 0) + i) }),
  }));
  return quarterSums(k, factors, max);
}

/** Stores the sums of all blocks: block after block, and in each row after row. */
function sumRows(
  k: KernelBuilder,
  type: QuantisedType,
  p: RowByRow,
  sums: Variable<"ptr">,
  prefetch: SteadyPrefetch,
): void {
  const { blockBytes } = dtypeInfo(type.dtype);
  const [bytes, together] = [sumBytes(type, k.target), blocksTogether(type, k.target)];
  const source = k.variable(p.source);
  const row = k.variable(sums);
  const masks = fieldMasks(k);
  k.loop(0, k.lanes, 1, () => {
    const codes = k.variable(source);
    const values = k.variable(p.buffer);
    const to = k.variable(row);
    k.loop(0, p.length, together, (block) => {
      prefetch.step("first");
      const places = placesTogether(k, type, { codes, values }, k.sub(p.length, block));
      const ofQuarters = places.flatMap((place) =>
        halvesOf(k.target).map((half) => sumsOfBlock(k, type, masks, place, half)),
      );
      const stored = addsQuarters(type) ? [neighbourSums(k, ofQuarters)] : ofQuarters;
      stored.forEach((vector, i) => {
        k.store({ base: to, disp: 4 * k.lanes * i }, vector);
      });
      k.advance(codes, together * blockBytes);
      k.advance(values, together * blockValues(type));
      k.advance(to, bytes * k.lanes);
    });
    k.advance(source, k.mul(p.length, blockBytes));
    k.advance(row, bytes);
  });
}

/** The sums of the parts of all runs of a block, a lane for each row. */
function partSums(
  k: KernelBuilder,
  type: QuantisedType,
  sums: Variable<"ptr">,
): (run: number, part: number) => Value<"i32v"> {
  const { pieces, upper } = rowCodesOf(type);
  const rows = constantRows(sums, sumBytes(type, k.target));
  const perSum = addsQuarters(type) ? 2 : 1;
  const known = new Map<number, readonly Value<"i32v">[]>();
  const ofPiece = (piece: number): Value<"i32v"> => {
    const vector = pieces.findIndex((quarters) => quarters.includes(piece));
    const quarter = Math.floor(pieces[vector].indexOf(piece) / perSum);
    const words = known.get(quarter) ?? wordsOf(k, rows, QUAD_BYTES * quarter);
    known.set(quarter, words);
    const isUpper = multipliesUpper(type, k.target) && upper?.includes(vector);
    return isUpper ? k.sar(words[vector], 4) : words[vector];
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
  const { blockBytes } = dtypeInfo(type.dtype);
  once(k, ready, () => orderValues(k, type, p));
  const sums = k.variable(k.offset(p.buffer, k.mul(p.length, blockValues(type))));
  const [bytes, together] = [sumBytes(type, k.target), blocksTogether(type, k.target)];
  const shares = sharesOf(k.lanes * blockBytes, k.lanes / together, TIME_OF_CODES);
  const prefetch = new SteadyPrefetch(k, shares, p.source, p.length);
  sumRows(k, type, p, sums, prefetch);
  const rowBytes = k.mul(p.length, blockBytes);
  const rows = new MovingRows(k, p.source, rowBytes, k.lanes);
  const tile = new Tile(k, type, { tokens: 1, together: 1 }, p.x, 0);
  k.loop(0, p.length, 1, (index) => {
    prefetch.step("second");
    const block = new PackedBlock(k, type, new FileFields(k, type, rows), p.grid, { keeps: true });
    const sumOf = partSums(k, type, sums);
    for (let run = 0; run < runsOf(type); run++) {
      const parts = Array.from({ length: type.parts }, (_, part) => sumOf(run, part));
      tile.addProducts(run, runOfBlock(block, run), parts);
    }
    tile.advance(runsOf(type));
    rows.advance(blockBytes);
    if (together === 1) k.advance(sums, bytes * k.lanes);
    else {
      // From the first half of a vector to the second, and from there to the next vector.
      k.advance(sums, bytes / 2);
      k.if(k.is(k.rem(index, 2), "==", 1), () => k.advance(sums, bytes * (k.lanes - 1)));
    }
  });
  return tile.sums[0];
}
