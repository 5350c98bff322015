/**
 * Products with float weights as they are in the file, on native targets: rows of columns, which are never packed.
 *
 *     partial[j] = Σ_{c ≡ j mod 16} x[t][c] · W[r][c]     16 sums of a row and a token, fused, in the order of columns
 *     out[t][r]  = the partial sums, added in pairs: j and j + 8, j and j + 4, …
 *
 * One token reads row after row from memory. For more tokens a task copies a block of columns of its rows
 * to working memory, and multiplies it with tiles of tokens; partial sums are kept in working memory from one block to the
 * next. The order of each sum is always the same, so are the bits, whatever the target's vectors, tokens or threads.
 *
 * With operands in bf16, partial sum j is that of the columns 2j and 2j + 1 mod 32.
 */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Condition } from "../../../jit/ir.ts";
import type { AddressOperand, Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import type { FloatType } from "./panels.ts";

/** Partial sums of a row and a token. */
const PARTIALS = 16;
/** Bytes of a block of a group's rows, which stays in the first-level cache. */
export const BLOCK_BYTES = 16 << 10;
/** Prefetch distance of weights, for one token. */
const PREFETCH_BYTES = 4096;
/** Rows from the one that is copied to the one that is prefetched. */
const ROWS_AHEAD = 2;
/** Tokens of each tile, largest first. */
const TILES = [3, 2, 1] as const;
/** Bytes of activations that a task's range of tokens may have: a large part of a second-level cache. */
const RANGE_BYTES = 800 << 10;
/** Columns of an iteration: a cache line of a row of 16-bit numbers. */
const STRIP = 2 * PARTIALS;

/** Rows of a group, which a task copies together: sums of a tile fill half to three quarters of the registers. */
export const groupRows = (target: Target): number => (target.vectorRegisters >= 32 ? 8 : 4);

/** True if the target multiplies a weight of this shape as it is in the file; else it is packed (panels.ts). */
export function readsRows(rows: number, columns: number, target: Target): boolean {
  return target.isa !== "wasm" && rows >= groupRows(target) && columns % STRIP === 0;
}

/** Vectors of the partial sums. */
const vectorsOf = ({ lanes }: Pick<Target, "lanes">): number => PARTIALS / lanes;

/** Tokens of a task. */
export function tokensPerRange(columns: number, precision: MatmulPrecision): number {
  const bytes = ARITHMETIC[precision].xBytes * columns * TILES[0];
  return Math.max(1, Math.floor(RANGE_BYTES / bytes)) * TILES[0];
}

/** Columns of a block. */
const blockColumns = (of: FloatType, target: Target): number => BLOCK_BYTES / (of.bytes * groupRows(target));

/** Bytes of working memory: a block of a group's rows, then the partial sums of a range: [token][vector][row]. */
export function rowsScratchBytes(columns: number, precision: MatmulPrecision, target: Target): number {
  return BLOCK_BYTES + 4 * groupRows(target) * tokensPerRange(columns, precision) * PARTIALS;
}

/** A group's rows, and what is done with their sums. */
export interface GroupOfRows {
  readonly type: FloatType;
  readonly precision: MatmulPrecision;
  readonly columns: number;
  /** Address of the first row. */
  readonly weights: () => Value<"ptr">;
  /** Address of a token's activations, of the precision. */
  readonly x: (token: Operand<"int">) => Value<"ptr">;
  /** Whether all rows are the group's own. */
  readonly isWhole: () => Condition;
  /** Stores the sums of the rows of some tokens, which are in the first lanes, if all rows are the group's own. */
  readonly storeWhole: (token: Operand<"int">, ofTokens: readonly Value<"f32v">[]) => void;
  /** Stores the sums of the group's own rows. */
  readonly storeOwn: (token: Operand<"int">, sums: Value<"f32v">) => void;
}

/**
 * The sums of the partial sums of a group's rows, in the first lanes. Each round puts two vectors into one, in which lanes with
 * and without a bit of their number are of different rows, and adds the other half of both.
 */
function sumsOf(k: KernelBuilder, ofRows: readonly (readonly Operand<"f32v">[])[]): Value<"f32v"> {
  const lanes = Array.from({ length: k.lanes }, (_, lane) => lane);
  let vectors = ofRows.map(([first, second]) => (second === undefined ? first : k.add(first, second)));
  for (let bit = k.lanes / 2; bit > 1; bit /= 2) {
    const isSecond = k.compare(k.table(lanes.map((lane) => lane & bit)), "!=", 0);
    const others = lanes.map((lane) => ((lane & bit) === 0 ? lane + bit : k.lanes + lane - bit));
    const half = vectors.length / 2;
    vectors = vectors.slice(0, half).map((a, i) => {
      const b = vectors[half + i];
      return k.add(k.select(isSecond, b, a), k.permute2(a, b, others));
    });
  }
  // Row r is in the lanes 2r and 2r + 1.
  const [sums] = vectors;
  const every = (from: 0 | 1) => lanes.map((lane) => (2 * lane + from) % k.lanes);
  return k.add(k.permute(sums, every(0)), k.permute(sums, every(1)));
}

/** Working memory of a thread. */
interface Memory {
  readonly block: Value<"ptr">;
  readonly partials: () => Value<"ptr">;
}

/** Multiplies a group's rows with one token, row after row. */
export function multiplyOne(
  k: KernelBuilder,
  group: GroupOfRows,
  token: Operand<"int">,
  { partials }: Memory,
): void {
  const { type, columns } = group;
  const { weight, x: xAt, xBytes, perLane, add } = ARITHMETIC[group.precision];
  const from = k.variable(group.weights());
  const to = k.variable(partials());
  const vectors = vectorsOf(k.target);
  const stripBytes = STRIP * type.bytes;
  k.loop(0, groupRows(k.target), 1, () => {
    const x = k.variable(group.x(token));
    const sums = Array.from({ length: vectors }, () => k.variable(k.constant("f32v", 0)));
    k.loop(0, columns, STRIP, () => {
      k.prefetchLines({ base: from, disp: PREFETCH_BYTES }, stripBytes, "stream");
      for (let column = 0; column < STRIP; column += perLane * k.lanes) {
        const sum = sums[(column / (perLane * k.lanes)) % vectors];
        const loaded = weight(k, type, { base: from, disp: type.bytes * column });
        sum.set(add(k, sum, loaded, xAt(k, { base: x, disp: xBytes * column })));
      }
      k.advance(from, stripBytes);
      k.advance(x, xBytes * STRIP);
    });
    sums.forEach((sum, vector) => {
      k.store({ base: to, disp: 4 * k.lanes * groupRows(k.target) * vector }, sum);
    });
    k.advance(to, 4 * k.lanes);
  });
  storeSums(k, group, token, partials());
}

/** Stores the sums of a token's partial sums. */
function storeSums(
  k: KernelBuilder,
  group: GroupOfRows,
  token: Operand<"int">,
  partials: Operand<"ptr">,
): void {
  const rows = groupRows(k.target);
  const base = k.variable(partials);
  const vectors = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: vectorsOf(k.target) }, (_, vector) =>
      k.load("f32v", { base, disp: 4 * k.lanes * (vector * rows + row) }),
    ),
  );
  const sums = sumsOf(k, vectors);
  k.if(
    group.isWhole(),
    () => group.storeWhole(token, [sums]),
    () => group.storeOwn(token, sums),
  );
}

/** Bytes of a group's partial sums. */
const partialBytes = (k: KernelBuilder): number => 4 * PARTIALS * groupRows(k.target);

/** Copies columns of a group's rows: [column / 32][row][column % 32]. Rows in the file may compete for places of a cache. */
function copyBlock(
  k: KernelBuilder,
  { type, precision, columns, weights }: GroupOfRows,
  first: Value<"int">,
  count: Value<"int">,
  block: Operand<"ptr">,
): void {
  const rowBytes = columns * type.bytes;
  const stripBytes = STRIP * type.bytes;
  const { copy, blockType } = ARITHMETIC[precision];
  const copiedBytes = STRIP * blockType(type).bytes;
  for (let row = 0; row < groupRows(k.target); row++) {
    const columnsAt = k.offset(weights(), k.mul(first, type.bytes));
    const from = k.variable(k.offset(columnsAt, k.constant("int", row * rowBytes)));
    const to = k.variable(k.offset(block, k.constant("int", row * copiedBytes)));
    k.loop(0, count, STRIP, () => {
      k.prefetchLines({ base: from, disp: ROWS_AHEAD * rowBytes }, stripBytes);
      copy(k, type, STRIP, from, to);
      k.advance(from, stripBytes);
      k.advance(to, copiedBytes * groupRows(k.target));
    });
  }
}

/** Adds the products of a block with a tile of tokens to one vector of their partial sums. */
function addTile(
  k: KernelBuilder,
  tokens: number,
  of: {
    readonly group: GroupOfRows;
    readonly token: Operand<"int">;
    readonly count: Value<"int">;
    readonly block: Operand<"ptr">;
    readonly x: Operand<"ptr">;
    readonly partials: Operand<"ptr">;
    readonly vector: number;
    /** Whether the block holds the first columns, and the last. */
    readonly isFirst: () => Condition;
    readonly isLast: () => Condition;
  },
): void {
  const { precision, columns } = of.group;
  const { weight, x: xAt, xBytes, perLane, add, blockType } = ARITHMETIC[precision];
  const type = blockType(of.group.type);
  const rows = groupRows(k.target);
  const vectorBytes = 4 * k.lanes;
  const partials = k.variable(of.partials);
  const place = (token: number, row: number) => ({
    base: partials,
    disp: token * partialBytes(k) + (of.vector * rows + row) * vectorBytes,
  });
  const zero = k.constant("f32v", 0);
  const sums = Array.from({ length: tokens }, () => Array.from({ length: rows }, () => k.variable(zero)));
  const each = (body: (sum: Variable<"f32v">, at: AddressOperand) => void): void => {
    for (const [token, ofToken] of sums.entries())
      for (const [row, sum] of ofToken.entries()) body(sum, place(token, row));
  };
  k.if(
    of.isFirst(),
    () => {},
    () => each((sum, at) => sum.set(k.load("f32v", at))),
  );
  const block = k.variable(of.block);
  const x = k.variable(of.x);
  k.loop(0, of.count, STRIP, () => {
    for (let column = perLane * k.lanes * of.vector; column < STRIP; column += perLane * PARTIALS) {
      const values = sums.map((_, token) => xAt(k, { base: x, disp: xBytes * (columns * token + column) }));
      // The next tile's, from a second-level cache.
      if (tokens === TILES[0])
        sums.forEach((_, token) => {
          k.prefetch({ base: x, disp: xBytes * (columns * (tokens + token) + column) });
        });
      for (let row = 0; row < rows; row++) {
        const loaded = weight(k, type, { base: block, disp: type.bytes * (STRIP * row + column) });
        sums.forEach((ofToken, token) => {
          ofToken[row].set(add(k, ofToken[row], loaded, values[token]));
        });
      }
    }
    k.advance(block, type.bytes * STRIP * rows);
    k.advance(x, xBytes * STRIP);
  });
  const keep = (): void => each((sum, at) => k.store(at, sum));
  if (vectorsOf(k.target) > 1) keep();
  else k.if(of.isLast(), () => finish(k, of, sums, (token) => place(token, 0)), keep);
}

/** Stores the sums of each token's rows; if some are not the group's own, in place of its first partial sums. */
function finish(
  k: KernelBuilder,
  { group, token }: { readonly group: GroupOfRows; readonly token: Operand<"int"> },
  sums: readonly (readonly Operand<"f32v">[])[],
  place: (token: number) => AddressOperand,
): void {
  const ofTokens = sums.map((ofRows) =>
    sumsOf(
      k,
      ofRows.map((sum) => [sum]),
    ),
  );
  k.if(
    group.isWhole(),
    () => group.storeWhole(token, ofTokens),
    () => {
      for (const [i, ofToken] of ofTokens.entries()) k.store(place(i), ofToken);
    },
  );
}

/** Calls `body` for tiles of the tokens from `first` to `end`, largest tiles first. */
function eachTile(
  k: KernelBuilder,
  first: Value<"int">,
  end: Value<"int">,
  body: (tokens: number, token: Variable<"int">) => void,
): void {
  const token = k.variable(first);
  for (const tokens of TILES)
    k.while(
      () => k.is(token, "<=", k.sub(end, tokens)),
      () => {
        body(tokens, token);
        token.set(k.add(token, tokens));
      },
    );
}

/** Multiplies a group's rows with a range of tokens. */
export function multiplyRange(
  k: KernelBuilder,
  group: GroupOfRows,
  first: Value<"int">,
  end: Value<"int">,
  memory: Memory,
): void {
  const { columns, precision } = group;
  const { blockType, xBytes } = ARITHMETIC[precision];
  const partialsOf = (token: Operand<"int">) =>
    k.offset(memory.partials(), k.mul(k.sub(token, first), partialBytes(k)));
  const together = blockColumns(blockType(group.type), k.target);
  k.loop(0, columns, together, (column) => {
    const count = () => k.min(k.sub(k.constant("int", columns), column), together);
    copyBlock(k, group, column, count(), memory.block);
    eachTile(k, first, end, (tokens, token) => {
      for (let vector = 0; vector < vectorsOf(k.target); vector++)
        addTile(k, tokens, {
          group,
          token,
          count: count(),
          block: memory.block,
          x: k.offset(group.x(token), k.mul(column, xBytes)),
          partials: partialsOf(token),
          vector,
          isFirst: () => k.is(column, "==", 0),
          isLast: () => k.is(k.add(column, together), ">=", columns),
        });
    });
  });
  if (vectorsOf(k.target) > 1) {
    k.loop(first, end, 1, (token) => storeSums(k, group, token, partialsOf(token)));
    return;
  }
  k.if(
    group.isWhole(),
    () => {},
    () => k.loop(first, end, 1, (token) => group.storeOwn(token, k.load("f32v", partialsOf(token)))),
  );
}
