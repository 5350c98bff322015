/** A product of a few rows with packed panels, computed by the tiles of dense products. */
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import { callWith } from "../../launch.ts";
import { TILE_PARAMETERS } from "../../matmul/dense/block.ts";
import { DENSE_LAYOUTS } from "../../matmul/dense/operands.ts";
import { tileColumns, tileRows } from "../../matmul/dense/sizes.ts";
import { tileKernel } from "../../matmul/dense/tile.ts";

/** The first operand is read in rows. */
export const TILE_LAYOUT = DENSE_LAYOUTS.f32.NN;
const TILE_NAMES = Object.keys(TILE_PARAMETERS) as (keyof typeof TILE_PARAMETERS)[];

const PARAMETERS = {
  first: "ptr",
  /** Bytes from one row of the first operand to the next. */
  stride: "int",
  panels: "ptr",
  panelBytes: "int",
  out: "ptr",
  outStride: "int",
  rows: "int",
  columns: "int",
  terms: "int",
  /** 1 if the product is added to the output. */
  adds: "int",
  /** Memory for the tiles' arguments. */
  arguments: "ptr",
  ...TILE_PARAMETERS,
} as const;
type P = Arguments<typeof PARAMETERS>;

/** out[rows][columns] (+)= first[rows][terms] · panels[column / width][terms][width] */
export const PRODUCT: Kernel<typeof PARAMETERS> = kernel("attention_product", PARAMETERS, multiply);

function multiply(k: KernelBuilder, p: P): void {
  const width = tileColumns(k);
  const panel = k.variable(p.panels);
  k.loop(0, p.columns, width, (column) => {
    const row = k.variable(k.constant("int", 0));
    tileRows(k.target).forEach((rows, i) => {
      k.while(
        () => k.is(k.add(row, rows), "<=", p.rows),
        () => {
          callWith(k, tileKernel(TILE_LAYOUT, rows), p[TILE_NAMES[i]], p.arguments, {
            first: () => k.offset(p.first, k.mul(row, p.stride)),
            stride: () => p.stride,
            panel: () => panel,
            out: () => k.offset(p.out, k.add(k.mul(row, p.outStride), k.shl(column, 2))),
            outStride: () => p.outStride,
            terms: () => p.terms,
            left: () => k.sub(p.columns, column),
            adds: () => p.adds,
          });
          row.set(k.add(row, rows));
        },
      );
    });
    k.advance(panel, p.panelBytes);
  });
}

/** The arguments that a caller gives; the others come from the launch. */
export type ProductArguments = {
  readonly [Name in Exclude<
    keyof typeof PARAMETERS,
    keyof typeof TILE_PARAMETERS | "arguments"
  >]: () => Operand<(typeof PARAMETERS)[Name]>;
};
