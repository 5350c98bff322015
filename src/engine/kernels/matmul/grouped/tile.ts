/** Tiles of a grouped product: sums of a piece of a panel for a few gathered tokens, added to the rows of these tokens. */
import type { Arguments, KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { wholeOrMasked } from "../../lanes.ts";
import { type FloatType, PANEL_VECTORS } from "../float/panels.ts";
import { rowsAt, type Slots, tokensAt, widthOf } from "./gather.ts";

/** The arguments of a kernel that its tiles need. */
export const TILE_PARAMETERS = { table: "ptr", out: "ptr", rows: "int" } as const;

type TileArguments = Arguments<typeof TILE_PARAMETERS>;

/** Columns per iteration of the inner loop; the rest one by one. */
const UNROLL = 4;
/** Tokens of each tile, largest first. */
export function tileSizes(target: Target): readonly number[] {
  if (target.isa === "wasm") return [4, 1];
  return target.vectorRegisters >= 32 ? [12, 4, 2, 1] : [5, 2, 1];
}

/** Some tokens of a piece, and one panel. */
export interface Place {
  /** The piece's part of the panel. */
  readonly weights: Operand<"ptr">;
  readonly piece: Operand<"int">;
  readonly slot: Variable<"int">;
  readonly row: () => Operand<"int">;
}

type Sums = readonly Variable<"f32v">[][];

/** The sums of a piece of a panel for the `tokens` next slots. */
export function sumsOf(
  k: KernelBuilder,
  type: FloatType,
  p: TileArguments,
  slots: Slots,
  { weights, piece, slot }: Place,
  tokens: number,
): Sums {
  const zeros = () => Array.from({ length: PANEL_VECTORS }, () => k.variable(k.constant("f32v", 0)));
  const sums = Array.from({ length: tokens }, zeros);
  const vectorBytes = type.bytes * k.lanes;
  const w = k.variable(weights);
  const x = k.variable(k.offset(slots.base, k.add(k.mul(slot, 4 * slots.width), rowsAt(slots))));
  const columns = (count: number): void => {
    for (let c = 0; c < count; c++) {
      const loaded = Array.from({ length: PANEL_VECTORS }, (_, v) =>
        type.load(k, { base: w, disp: (c * PANEL_VECTORS + v) * vectorBytes }),
      );
      sums.forEach((ofToken, t) => {
        const value = k.broadcastF32({ base: x, disp: 4 * (t * slots.width + c) });
        ofToken.forEach((sum, v) => {
          sum.set(k.fma(loaded[v], value, sum));
        });
      });
    }
    k.advance(w, count * PANEL_VECTORS * vectorBytes);
    k.advance(x, 4 * count);
  };
  const width = () => widthOf(k, p.table, piece);
  const unroll = k.target.isa === "wasm" ? 1 : UNROLL;
  if (unroll > 1) k.loop(0, k.and(width(), -unroll), unroll, () => columns(unroll));
  k.loop(unroll > 1 ? k.and(width(), -unroll) : 0, width(), 1, () => columns(1));
  return sums;
}

/** Adds sums to the rows of their tokens. Rows of W beyond the last are not written. */
export function addSums(
  k: KernelBuilder,
  p: TileArguments,
  slots: Slots,
  sums: Sums,
  { slot, row }: Place,
): void {
  wholeOrMasked(k, k.sub(p.rows, row()), PANEL_VECTORS, (masks) => {
    sums.forEach((ofToken, t) => {
      const token = k.loadInt("i64", {
        base: slots.base,
        index: slot,
        scale: 8,
        disp: tokensAt(slots) + 8 * t,
      });
      const out = k.variable(k.offset(p.out, k.shl(k.add(k.mul(token, p.rows), row()), 2)));
      masks.forEach((mask, v) => {
        const at = { base: out, disp: 4 * k.lanes * v };
        k.store(at, k.add(k.load("f32v", at, { mask }), ofToken[v]), { mask });
      });
    });
  });
}
