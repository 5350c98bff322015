/**
 * A task of a dense product: some rows times some packed panels, one chunk of terms after another, tile by tile. Tiles
 * are separate kernels, so that they can use all registers. Matrix tiles process whole tiles, vectors the rest.
 */
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { callWith, int, type KernelArgument, kernelAt } from "../../launch.ts";
import { COPY_ARGUMENTS } from "./copy-arguments.ts";
import { type FirstOperand, firstOperand } from "./first.ts";
import { type DenseLayout, wordsOf } from "./operands.ts";
import { chunkTerms, MATRIX_ROWS, tileColumns, tileRows, usesMatrixTiles } from "./sizes.ts";
import { TILE_BLOCK, type TileKernel, tileKernel } from "./tile.ts";
import { MATRIX_TILE, matrixShapes } from "./tile-matrix.ts";

/** Addresses of the tiles, largest first. */
export const TILE_PARAMETERS = { largeTile: "ptr", middleTile: "ptr", smallTile: "ptr" } as const;
const TILE_NAMES = Object.keys(TILE_PARAMETERS) as (keyof typeof TILE_PARAMETERS)[];

/** Addresses of all kernels that a task calls: also the one that copies a chunk, and the matrix tile. */
export const CALLED_PARAMETERS = { copy: "ptr", matrixTile: "ptr", ...TILE_PARAMETERS } as const;
type Called = keyof typeof CALLED_PARAMETERS;

/** The address in place of a kernel that is never called. */
const NOTHING = int(0);

/** The tiles, largest first; `vectors` of a panel's, see `tileKernel`. */
export function tileArguments(
  layout: DenseLayout,
  target: Target,
  vectors?: number,
): Readonly<Record<keyof typeof TILE_PARAMETERS, KernelArgument>> {
  const sizes = tileRows(target);
  const [largeTile, middleTile, smallTile] = TILE_NAMES.map((_, i) =>
    kernelAt(tileKernel(layout, sizes[Math.min(i, sizes.length - 1)], vectors)),
  );
  return { largeTile, middleTile, smallTile };
}

export function calledArguments(
  layout: DenseLayout,
  target: Target,
): Readonly<Record<Called, KernelArgument>> {
  const { copy } = firstOperand(layout);
  return {
    copy: copy === undefined ? NOTHING : kernelAt(copy),
    matrixTile: usesMatrixTiles(layout.precision, target) ? kernelAt(MATRIX_TILE) : NOTHING,
    ...tileArguments(layout, target),
  };
}

interface Tile {
  readonly address: Called;
  readonly kernel: TileKernel;
  readonly rows: number;
  /** Columns that the tile needs. */
  readonly columns: number;
}

/** The tiles of a task, in the order in which they take rows. */
function tilesOf(layout: DenseLayout, target: Target): readonly Tile[] {
  const vectors = tileRows(target).map((rows, i) => {
    return { address: TILE_NAMES[i], kernel: tileKernel(layout, rows), rows, columns: 1 };
  });
  if (!usesMatrixTiles(layout.precision, target)) return vectors;
  const columns = tileColumns(target);
  return [{ address: "matrixTile", kernel: MATRIX_TILE, rows: MATRIX_ROWS, columns }, ...vectors];
}

const PARAMETERS = {
  first: "ptr",
  packed: "ptr",
  out: "ptr",
  /** Working memory of the thread. It starts with this block of arguments. */
  own: "ptr",
  rows: "int",
  columns: "int",
  depth: "int",
  row: "int",
  rowEnd: "int",
  panel: "int",
  panelEnd: "int",
  /** First column, first term and number of terms of the packed block. */
  start: "int",
  term: "int",
  terms: "int",
  adds: "int",
  ...CALLED_PARAMETERS,
} as const;

const alignUp = (bytes: number): number => 64 * Math.ceil(bytes / 64);

const OWN_BYTES = alignUp(8 * Object.keys(PARAMETERS).length);
const CALLED_BYTES = Math.max(TILE_BLOCK, 8 * Object.keys(COPY_ARGUMENTS).length);
const SHAPES_OFFSET = OWN_BYTES + alignUp(CALLED_BYTES);
/** Offset of the copied chunk of the first operand. */
const COPY_OFFSET = SHAPES_OFFSET + 64;

/**
 * Working memory of a thread, in bytes: arguments of this kernel and of those it calls, shapes of tiles, a copied
 * chunk.
 */
export function blockScratchBytes(layout: DenseLayout, target: Target): number {
  return COPY_OFFSET + firstOperand(layout).copyBytes(target);
}

const kernels = new Map<DenseLayout, Kernel<typeof PARAMETERS>>();

export function blockKernel(layout: DenseLayout): Kernel<typeof PARAMETERS> {
  const known = kernels.get(layout) ?? makeBlockKernel(layout);
  kernels.set(layout, known);
  return known;
}

type P = Arguments<typeof PARAMETERS>;

/** Address of the first operand at a row and the chunk's first term, and the stride for tiles. */
function firstPlace(k: KernelBuilder, first: FirstOperand, p: P) {
  if (first.copy === undefined) {
    return {
      at: (row: Operand<"int">, term: Operand<"int">) =>
        k.offset(p.first, k.shl(k.add(k.mul(row, p.depth), term), 2)),
      stride: () => k.shl(p.depth, 2),
    };
  }
  const stride = first.copyStride(k.target);
  return {
    at: (row: Operand<"int">) => k.offset(p.own, k.add(first.rowOffset(k, k.sub(row, p.row)), COPY_OFFSET)),
    stride: () => k.constant("int", stride),
  };
}

function makeBlockKernel(layout: DenseLayout): Kernel<typeof PARAMETERS> {
  const { precision } = layout;
  const chunk = chunkTerms(precision);
  const first = firstOperand(layout);
  return kernel(`dense_block_${layout.first}_${precision}`, PARAMETERS, (k, p) => {
    const width = tileColumns(k);
    const hasShapes = usesMatrixTiles(precision, k.target);
    if (hasShapes) setShapes(k, p.own);
    const args = k.variable(k.offset(p.own, OWN_BYTES));
    // Runs once if there are no terms, to write zeros.
    const end = k.variable(k.add(p.term, k.max(p.terms, 1)));
    k.loop(p.term, end, chunk, (term) => {
      const terms = k.variable(k.max(k.min(k.sub(k.add(p.term, p.terms), term), chunk), 0));
      const adds = k.variable(k.max(p.adds, k.min(term, 1)));
      if (first.copy !== undefined) {
        callWith(k, first.copy, p.copy, args, {
          source: () => p.first,
          rows: () => p.rows,
          depth: () => p.depth,
          row: () => p.row,
          rowEnd: () => p.rowEnd,
          term: () => term,
          terms: () => terms,
          to: () => k.offset(p.own, COPY_OFFSET),
        });
      }
      k.loop(p.panel, p.panelEnd, 1, (panel) => {
        const row = k.variable(p.row);
        const column = k.variable(k.add(p.start, k.mul(panel, width)));
        const before = wordsOf(k, layout, k.sub(term, p.term));
        const word = k.add(k.mul(panel, wordsOf(k, layout, p.terms)), before);
        const packed = k.variable(k.offset(p.packed, k.mul(word, 4 * width)));
        const multiply = ({ address, kernel: tile, rows }: Tile): void =>
          k.while(
            () => k.is(k.add(row, rows), "<=", p.rowEnd),
            () => {
              const place = firstPlace(k, first, p);
              callWith(k, tile, p[address], args, {
                first: () => place.at(row, term),
                stride: place.stride,
                panel: () => packed,
                out: () => k.offset(p.out, k.shl(k.add(k.mul(row, p.columns), column), 2)),
                outStride: () => k.shl(p.columns, 2),
                terms: () => wordsOf(k, layout, terms),
                left: () => k.sub(p.columns, column),
                adds: () => adds,
              });
              row.set(k.add(row, rows));
            },
          );
        for (const tile of tilesOf(layout, k.target)) {
          if (tile.columns === 1) multiply(tile);
          else k.if(k.is(k.sub(p.columns, column), ">=", tile.columns), () => multiply(tile));
        }
      });
    });
    if (hasShapes) k.tileRelease();
  });
}

function setShapes(k: KernelBuilder, own: Operand<"ptr">): void {
  const at = { base: own, disp: SHAPES_OFFSET };
  k.store(at, k.table(matrixShapes()));
  k.tileConfig(at);
}
