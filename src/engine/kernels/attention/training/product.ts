/** A product of a few rows with packed panels, computed by the tiles of dense products. */
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { callWith, type KernelArgument } from "../../launch.ts";
import { TILE_PARAMETERS, tileArguments } from "../../matmul/dense/block.ts";
import { DENSE_LAYOUTS } from "../../matmul/dense/operands.ts";
import { TILE_VECTORS, tileColumns, tileRows } from "../../matmul/dense/sizes.ts";
import { tileKernel } from "../../matmul/dense/tile.ts";

/** The first operand is read in rows. */
const TILE_LAYOUT = DENSE_LAYOUTS.f32.NN;

/** Tiles of a whole panel, and of its first vector: heads of 48 elements are a panel and a half. */
const WIDE = ["largeTile", "middleTile", "smallTile"] as const;
const NARROW = ["largeNarrowTile", "middleNarrowTile", "smallNarrowTile"] as const;
export const PRODUCT_TILES = {
  ...TILE_PARAMETERS,
  largeNarrowTile: "ptr",
  middleNarrowTile: "ptr",
  smallNarrowTile: "ptr",
} as const;

/** Addresses of the tiles, as arguments of a launch. */
export function productTiles(target: Target): Readonly<Record<keyof typeof PRODUCT_TILES, KernelArgument>> {
  const { largeTile, middleTile, smallTile } = tileArguments(TILE_LAYOUT, target, 1);
  return {
    ...tileArguments(TILE_LAYOUT, target),
    largeNarrowTile: largeTile,
    middleNarrowTile: middleTile,
    smallNarrowTile: smallTile,
  };
}

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
  ...PRODUCT_TILES,
} as const;
type P = Arguments<typeof PARAMETERS>;

/** out[rows][columns] (+)= first[rows][terms] · panels[column / width][terms][width] */
export const PRODUCT: Kernel<typeof PARAMETERS> = kernel("attention_product", PARAMETERS, multiply);

function multiply(k: KernelBuilder, p: P): void {
  const width = tileColumns(k);
  const panel = k.variable(p.panels);
  k.loop(0, p.columns, width, (column) => {
    k.if(
      k.is(k.sub(p.columns, column), "<=", k.lanes),
      () => multiplyPanel(k, p, { panel, column, names: NARROW, vectors: 1 }),
      () => multiplyPanel(k, p, { panel, column, names: WIDE, vectors: TILE_VECTORS }),
    );
    k.advance(panel, p.panelBytes);
  });
}

interface PanelTiles {
  readonly panel: Operand<"ptr">;
  /** The panel's first column. */
  readonly column: Operand<"int">;
  readonly names: typeof WIDE | typeof NARROW;
  readonly vectors: number;
}

/** All rows × one panel. */
function multiplyPanel(k: KernelBuilder, p: P, { panel, column, names, vectors }: PanelTiles): void {
  const row = k.variable(k.constant("int", 0));
  tileRows(k.target).forEach((rows, i) => {
    k.while(
      () => k.is(k.add(row, rows), "<=", p.rows),
      () => {
        callWith(k, tileKernel(TILE_LAYOUT, rows, vectors), p[names[i]], p.arguments, {
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
}

/** The arguments that a caller gives; the others come from the launch. */
export type ProductArguments = {
  readonly [Name in Exclude<
    keyof typeof PARAMETERS,
    keyof typeof PRODUCT_TILES | "arguments"
  >]: () => Operand<(typeof PARAMETERS)[Name]>;
};
