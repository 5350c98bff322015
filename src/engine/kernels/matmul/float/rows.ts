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
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { blockColumns, groupRows, partialBytes, STRIP, TILES, vectorsOf } from "./rows-sizes.ts";
import { addTile, type GroupOfRows, sumsOf } from "./rows-tile.ts";

/** Prefetch distance of weights, for one token. */
const PREFETCH_BYTES = 8192;
/** Rows from the one that is copied to the one that is prefetched. */
const ROWS_AHEAD = 2;

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
      k.prefetchLines({ base: from, disp: PREFETCH_BYTES }, stripBytes, "once");
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
    group.isPartial(),
    () => group.storeOwn(token, sums),
    () => group.storeWhole(token, [sums]),
  );
}

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
  const { xBytes } = ARITHMETIC[precision];
  const partialsOf = (token: Operand<"int">) =>
    k.offset(memory.partials(), k.mul(k.sub(token, first), partialBytes(k.target)));
  const together = blockColumns(k.target);
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
          isLater: () => k.is(column, ">", 0),
          isLast: () => k.is(k.add(column, together), ">=", columns),
        });
    });
  });
  if (vectorsOf(k.target) > 1) {
    k.loop(first, end, 1, (token) => storeSums(k, group, token, partialsOf(token)));
    return;
  }
  k.if(group.isPartial(), () =>
    k.loop(first, end, 1, (token) => group.storeOwn(token, k.load("f32v", partialsOf(token)))),
  );
}
