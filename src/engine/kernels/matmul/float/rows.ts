/**
 * Products with float weights as they are in the file, on native targets: rows of columns, which are never packed.
 *
 *     partial[j] = Σ_{c ≡ j mod 16} x[t][c] · W[r][c]     16 sums of a row and a token, fused, in the order of columns
 *     out[t][r]  = the partial sums, added in pairs: j and j + 8, j and j + 4, …
 *
 * One token reads row after row from memory. For more tokens a task copies a block of columns of its rows
 * to working memory, and multiplies it with tiles of tokens; partial sums are kept in working memory from one block to the
 * next. The order of each sum is always the same, so are the bits, whatever the target's vectors, tokens or threads.
 */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
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
export function tokensPerRange(columns: number): number {
  return Math.max(1, Math.floor(RANGE_BYTES / (4 * columns * TILES[0]))) * TILES[0];
}

/** Columns of a block. */
const blockColumns = (type: FloatType, target: Target): number =>
  BLOCK_BYTES / (type.bytes * groupRows(target));

/** Bytes of working memory: a block of a group's rows, then the partial sums of a range: [token][vector][row]. */
export function rowsScratchBytes(columns: number, target: Target): number {
  return BLOCK_BYTES + 4 * groupRows(target) * tokensPerRange(columns) * PARTIALS;
}

/** A group's rows, and what is done with their sums. */
export interface GroupOfRows {
  readonly type: FloatType;
  readonly columns: number;
  /** Address of the first row. */
  readonly weights: () => Value<"ptr">;
  /** Address of a token's activations. */
  readonly x: (token: Operand<"int">) => Value<"ptr">;
  /** Stores the sums of the rows, which are in the first lanes. */
  readonly store: (token: Operand<"int">, sums: Value<"f32v">) => void;
}

/**
 * The sums of the partial sums of some rows, in the first lanes. Each round halves the partial sums of a row, and puts the
 * rows of two vectors into one.
 */
function sumsOf(k: KernelBuilder, ofRows: readonly (readonly Operand<"f32v">[])[]): Value<"f32v"> {
  let vectors = ofRows.map(([first, second]) => (second === undefined ? first : k.add(first, second)));
  for (let left = k.lanes / 2; left >= 1; left /= 2) {
    const half = (upper: 0 | 1) =>
      Array.from(
        { length: k.lanes },
        (_, lane) => 2 * left * Math.floor(lane / left) + (lane % left) + upper * left,
      );
    const pairs = Array.from({ length: Math.ceil(vectors.length / 2) }, (_, i) => [
      vectors[2 * i],
      vectors[2 * i + 1] ?? vectors[2 * i],
    ]);
    vectors = pairs.map(([a, b]) => k.add(k.permute2(a, b, half(0)), k.permute2(a, b, half(1))));
  }
  return vectors[0] as Value<"f32v">;
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
  const from = k.variable(group.weights());
  const to = k.variable(partials());
  const vectors = vectorsOf(k.target);
  const stripBytes = STRIP * type.bytes;
  k.loop(0, groupRows(k.target), 1, () => {
    const x = k.variable(group.x(token));
    const sums = Array.from({ length: vectors }, () => k.variable(k.constant("f32v", 0)));
    k.loop(0, columns, STRIP, () => {
      k.prefetchLines({ base: from, disp: PREFETCH_BYTES }, stripBytes, "stream");
      for (let column = 0; column < STRIP; column += k.lanes) {
        const sum = sums[(column / k.lanes) % vectors];
        const weight = type.load(k, { base: from, disp: type.bytes * column });
        sum.set(k.fma(weight, k.load("f32v", { base: x, disp: 4 * column }), sum));
      }
      k.advance(from, stripBytes);
      k.advance(x, 4 * STRIP);
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
  group.store(token, sumsOf(k, vectors));
}

/** Bytes of a group's partial sums. */
const partialBytes = (k: KernelBuilder): number => 4 * PARTIALS * groupRows(k.target);

/** Copies columns of a group's rows: [column / 32][row][column % 32]. Rows in the file may compete for places of a cache. */
function copyBlock(
  k: KernelBuilder,
  { type, columns, weights }: GroupOfRows,
  first: Value<"int">,
  count: Value<"int">,
  block: Operand<"ptr">,
): void {
  const rowBytes = columns * type.bytes;
  const stripBytes = STRIP * type.bytes;
  for (let row = 0; row < groupRows(k.target); row++) {
    const columnsAt = k.offset(weights(), k.mul(first, type.bytes));
    const from = k.variable(k.offset(columnsAt, k.constant("int", row * rowBytes)));
    const to = k.variable(k.offset(block, k.constant("int", row * stripBytes)));
    k.loop(0, count, STRIP, () => {
      k.prefetchLines({ base: from, disp: ROWS_AHEAD * rowBytes }, stripBytes);
      for (let byte = 0; byte < stripBytes; byte += 4 * k.lanes)
        k.store({ base: to, disp: byte }, k.load("i32v", { base: from, disp: byte }));
      k.advance(from, stripBytes);
      k.advance(to, stripBytes * groupRows(k.target));
    });
  }
}

/** Adds the products of a block with a tile of tokens to one vector of their partial sums. */
function addTile(
  k: KernelBuilder,
  tokens: number,
  of: {
    readonly type: FloatType;
    readonly columns: number;
    readonly count: Value<"int">;
    readonly block: Operand<"ptr">;
    readonly x: Operand<"ptr">;
    readonly partials: Operand<"ptr">;
    readonly vector: number;
  },
): void {
  const rows = groupRows(k.target);
  const vectorBytes = 4 * k.lanes;
  const partials = k.variable(of.partials);
  const place = (token: number, row: number) => ({
    base: partials,
    disp: token * partialBytes(k) + (of.vector * rows + row) * vectorBytes,
  });
  const sums = Array.from({ length: tokens }, (_, token) =>
    Array.from({ length: rows }, (_, row) => k.variable(k.load("f32v", place(token, row)))),
  );
  const block = k.variable(of.block);
  const x = k.variable(of.x);
  k.loop(0, of.count, STRIP, () => {
    for (let column = k.lanes * of.vector; column < STRIP; column += PARTIALS) {
      const values = sums.map((_, token) =>
        k.load("f32v", { base: x, disp: 4 * (of.columns * token + column) }),
      );
      for (let row = 0; row < rows; row++) {
        const weight = of.type.load(k, { base: block, disp: of.type.bytes * (STRIP * row + column) });
        sums.forEach((ofToken, token) => {
          ofToken[row].set(k.fma(weight, values[token], ofToken[row]));
        });
      }
    }
    k.advance(block, of.type.bytes * STRIP * rows);
    k.advance(x, 4 * STRIP);
  });
  sums.forEach((ofToken, token) => {
    ofToken.forEach((sum, row) => {
      k.store(place(token, row), sum);
    });
  });
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
  const { columns } = group;
  const partialsOf = (token: Operand<"int">) =>
    k.offset(memory.partials(), k.mul(k.sub(token, first), partialBytes(k)));
  const zeros = k.variable(memory.partials());
  k.loop(first, end, 1, () => {
    for (let disp = 0; disp < partialBytes(k); disp += 4 * k.lanes)
      k.store({ base: zeros, disp }, k.constant("f32v", 0));
    k.advance(zeros, partialBytes(k));
  });
  const together = blockColumns(group.type, k.target);
  k.loop(0, columns, together, (column) => {
    const count = () => k.min(k.sub(k.constant("int", columns), column), together);
    copyBlock(k, group, column, count(), memory.block);
    eachTile(k, first, end, (tokens, token) => {
      for (let vector = 0; vector < vectorsOf(k.target); vector++)
        addTile(k, tokens, {
          type: group.type,
          columns,
          count: count(),
          block: memory.block,
          x: k.offset(group.x(token), k.shl(column, 2)),
          partials: partialsOf(token),
          vector,
        });
    });
  });
  k.loop(first, end, 1, (token) => storeSums(k, group, token, partialsOf(token)));
}
