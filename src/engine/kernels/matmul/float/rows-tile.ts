/** Tiles of products with rows of float weights (rows.ts): a block of a group's rows times a few tokens. */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Condition } from "../../../jit/ir.ts";
import type { AddressOperand, Operand, Value, Variable } from "../../../jit/language/core.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import type { FloatType } from "./panels.ts";
import { groupRows, PARTIALS, partialBytes, STRIP, TILES, vectorsOf } from "./rows-sizes.ts";

/** A group's rows, and what is done with their sums. */
export interface GroupOfRows {
  readonly type: FloatType;
  readonly precision: MatmulPrecision;
  readonly columns: number;
  /** Address of the first row. */
  readonly weights: () => Value<"ptr">;
  /** Address of a token's activations, of the precision. */
  readonly x: (token: Operand<"int">) => Value<"ptr">;
  /** Whether some rows are not the group's own. */
  readonly isPartial: () => Condition;
  /** Stores the sums of the rows of some tokens, which are in the first lanes, if the group is not partial. */
  readonly storeWhole: (token: Operand<"int">, ofTokens: readonly Value<"f32v">[]) => void;
  /** Stores the sums of the group's own rows. */
  readonly storeOwn: (token: Operand<"int">, sums: Value<"f32v">) => void;
}

/**
 * The sums of the partial sums of a group's rows, in the first lanes. Each round puts two vectors into one, in which lanes with
 * and without a bit of their number are of different rows, and adds the other half of both.
 */
export function sumsOf(k: KernelBuilder, ofRows: readonly (readonly Operand<"f32v">[])[]): Value<"f32v"> {
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

/** A block of a group's rows, with `count` columns, and a tile of tokens; one vector of their partial sums. */
interface TileOfRows {
  readonly group: GroupOfRows;
  readonly token: Operand<"int">;
  readonly count: Value<"int">;
  readonly block: Operand<"ptr">;
  readonly x: Operand<"ptr">;
  readonly partials: Operand<"ptr">;
  readonly vector: number;
  /** Whether other columns came before the block's, and whether it holds the last. */
  readonly isLater: () => Condition;
  readonly isLast: () => Condition;
}

/** Partial sums of each token's rows. */
type Sums = readonly (readonly Variable<"f32v">[])[];

/** Adds the products of a block with a tile of tokens to one vector of their partial sums. */
export function addTile(k: KernelBuilder, tokens: number, of: TileOfRows): void {
  const rows = groupRows(k.target);
  const vectorBytes = 4 * k.lanes;
  const partials = k.variable(of.partials);
  const place = (token: number, row: number) => ({
    base: partials,
    disp: token * partialBytes(k.target) + (of.vector * rows + row) * vectorBytes,
  });
  const zero = k.constant("f32v", 0);
  const sums = Array.from({ length: tokens }, () => Array.from({ length: rows }, () => k.variable(zero)));
  const each = (body: (sum: Variable<"f32v">, at: AddressOperand) => void): void => {
    for (const [token, ofToken] of sums.entries())
      for (const [row, sum] of ofToken.entries()) body(sum, place(token, row));
  };
  k.if(of.isLater(), () => each((sum, at) => sum.set(k.load("f32v", at))));
  addProducts(k, of, sums);
  const keep = (): void => each((sum, at) => k.store(at, sum));
  if (vectorsOf(k.target) > 1) keep();
  else k.if(of.isLast(), () => finish(k, of, sums, (token) => place(token, 0)), keep);
}

/** Adds the products of the block's columns. */
function addProducts(k: KernelBuilder, of: TileOfRows, sums: Sums): void {
  const { precision, columns } = of.group;
  const { weight, x: xAt, xBytes, perLane, add, blockType } = ARITHMETIC[precision];
  const type = blockType(of.group.type);
  const [rows, tokens] = [groupRows(k.target), sums.length];
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
}

/** Stores the sums of each token's rows; if some are not the group's own, in place of its first partial sums. */
function finish(
  k: KernelBuilder,
  { group, token }: TileOfRows,
  sums: Sums,
  place: (token: number) => AddressOperand,
): void {
  const ofTokens = sums.map((ofRows) =>
    sumsOf(
      k,
      ofRows.map((sum) => [sum]),
    ),
  );
  k.if(
    group.isPartial(),
    () => {
      for (const [i, ofToken] of ofTokens.entries()) k.store(place(i), ofToken);
    },
    () => group.storeWhole(token, ofTokens),
  );
}
