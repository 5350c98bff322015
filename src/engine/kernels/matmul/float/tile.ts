/** Tiles of a product with a float weight: sums of a panel's rows for a few tokens. */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { wholeOrMasked } from "../../lanes.ts";
import { type FloatType, PANEL_VECTORS, panelRows } from "./panels.ts";

/** Columns that are summed from zero before the sum is added to the total. */
export const CHUNK = 256;
/** Prefetch distance of weights, for one token. */
const PREFETCH_BYTES = 2048;

/** Tokens of each tile, largest first: two sums per token, two vectors of weights and one of activations. */
export function tileSizes(target: Target): readonly number[] {
  if (target.isa === "wasm") return [4, 1];
  return target.vectorRegisters >= 32 ? [12, 4, 1] : [5, 1];
}
/**
 * Columns per iteration of the inner loop. One in WebAssembly, whose engines spill sums in longer straight-line code.
 */
function unrollOf(target: Target): number {
  return target.isa === "wasm" ? 1 : 4;
}
/** Tokens of the largest tile. */
export function largestTile(target: Target): number {
  return tileSizes(target)[0];
}

type Sums = readonly Variable<"f32v">[][];

/** Pointers of a tile that move along the columns. */
interface Cursor {
  readonly weights: Variable<"ptr">;
  readonly x: Variable<"ptr">;
}

/** Adds the products of `count` columns of a tile. */
export function columnsOf(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  sums: Sums,
  at: Cursor,
  count: number,
  prefetches = sums.length === 1,
): void {
  const vectorBytes = type.bytes * k.lanes;
  for (let c = 0; c < count; c++) {
    const weights = Array.from({ length: PANEL_VECTORS }, (_, v) =>
      type.load(k, { base: at.weights, disp: (c * PANEL_VECTORS + v) * vectorBytes }),
    );
    sums.forEach((ofToken, t) => {
      const x = k.broadcastF32({ base: at.x, disp: 4 * (t * columns + c) });
      ofToken.forEach((sum, v) => {
        sum.set(k.fma(weights[v], x, sum));
      });
    });
  }
  if (prefetches)
    k.prefetchLines({ base: at.weights, disp: PREFETCH_BYTES }, count * PANEL_VECTORS * vectorBytes);
  k.advance(at.weights, count * PANEL_VECTORS * vectorBytes);
  k.advance(at.x, 4 * count);
}

/** Sums a chunk of a tile from zero, then adds its sums to the totals in memory. */
function chunk(
  k: KernelBuilder,
  type: FloatType,
  shape: { readonly columns: number; readonly tokens: number; readonly length: number },
  at: Cursor,
  totals: Operand<"ptr">,
): void {
  const zeros = () => Array.from({ length: PANEL_VECTORS }, () => k.variable(k.constant("f32v", 0)));
  const sums = Array.from({ length: shape.tokens }, zeros);
  const unroll = unrollOf(k.target);
  const whole = shape.length - (shape.length % unroll);
  k.loop(0, whole, unroll, () => columnsOf(k, type, shape.columns, sums, at, unroll));
  if (whole < shape.length) columnsOf(k, type, shape.columns, sums, at, shape.length - whole);
  sums.flat().forEach((sum, i) => {
    const place = { base: totals, disp: 4 * k.lanes * i };
    k.store(place, k.add(sum, k.load("f32v", place)));
  });
}

/** Computes the sums of a tile into `totals`: [token][vector]. */
export function tile(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  tokens: number,
  at: Cursor,
  totals: Operand<"ptr">,
): void {
  const zero = k.constant("f32v", 0);
  for (let i = 0; i < tokens * PANEL_VECTORS; i++) k.store({ base: totals, disp: 4 * k.lanes * i }, zero);
  const whole = Math.floor(columns / CHUNK);
  k.loop(0, whole, 1, () => chunk(k, type, { columns, tokens, length: CHUNK }, at, totals));
  const rest = columns % CHUNK;
  if (rest > 0) chunk(k, type, { columns, tokens, length: rest }, at, totals);
}

/** Stores totals, or adds them to the output. Rows beyond the last are not written. */
export function storeTile(
  k: KernelBuilder,
  tokens: number,
  totals: Operand<"ptr">,
  to: {
    readonly at: Value<"ptr">;
    readonly rowBytes: Value<"int">;
    readonly left: Value<"int">;
    readonly adds: boolean;
  },
): void {
  wholeOrMasked(k, to.left, PANEL_VECTORS, (masks) => {
    masks.forEach((mask, v) => {
      const out = k.variable(k.offset(to.at, 4 * k.lanes * v));
      for (let t = 0; t < tokens; t++) {
        const sum = k.load("f32v", { base: totals, disp: 4 * k.lanes * (t * PANEL_VECTORS + v) });
        k.store(out, to.adds ? k.add(k.load("f32v", out, { mask }), sum) : sum, { mask });
        k.advance(out, to.rowBytes);
      }
    });
  });
}

/** Bytes of the totals of the largest tile. */
export function totalBytes(target: Target): number {
  return 4 * panelRows(target) * largestTile(target);
}
