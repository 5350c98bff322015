/**
 * A task of a dense product: some rows times some packed panels, chunk by chunk of terms, tile by tile. Tiles are kernels
 * of their own, so that they have all registers.
 */
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { callWith, type KernelArgument } from "../../launch.ts";
import type { FormLayout } from "./operands.ts";
import { CHUNK, taskRows, tileColumns, tileRows } from "./sizes.ts";
import { TILE_BLOCK, tileKernel } from "./tile.ts";

/** Addresses of the tiles, largest first. */
export const TILE_PARAMETERS = { largeTile: "ptr", middleTile: "ptr", smallTile: "ptr" } as const;
const TILE_NAMES = Object.keys(TILE_PARAMETERS) as (keyof typeof TILE_PARAMETERS)[];

export function tileArguments(layout: FormLayout, target: Target): Readonly<Record<string, KernelArgument>> {
  const sizes = tileRows(target);
  return Object.fromEntries(
    TILE_NAMES.map((name, i) => [
      name,
      {
        kind: "kernel",
        kernel: tileKernel(layout, sizes[Math.min(i, sizes.length - 1)]) as unknown as Kernel,
      },
    ]),
  );
}

const PARAMETERS = {
  first: "ptr",
  packed: "ptr",
  out: "ptr",
  /** Working memory of the thread; this block of arguments is its beginning. */
  own: "ptr",
  rows: "int",
  columns: "int",
  depth: "int",
  row: "int",
  rowEnd: "int",
  panel: "int",
  panelEnd: "int",
  /** First column of the block that is packed, its first term, and how many it has. */
  start: "int",
  term: "int",
  terms: "int",
  adds: "int",
  ...TILE_PARAMETERS,
} as const;

const OWN_BYTES = 64 * Math.ceil((8 * Object.keys(PARAMETERS).length) / 64);
/** Where the chunk of the first operand is copied to. */
const COPY_OFFSET = OWN_BYTES + 64 * Math.ceil(TILE_BLOCK / 64);

/**
 * Bytes of working memory of a thread: arguments of this kernel and of its tiles; and a chunk of the first operand where
 * its terms lie far apart: read in place they would be on a page each.
 */
export function blockScratchBytes({ first }: FormLayout, target: Target): number {
  return COPY_OFFSET + (first === "depth" ? 4 * CHUNK * taskRows(target) : 0);
}

const kernels = new Map<FormLayout, Kernel<typeof PARAMETERS>>();

export function blockKernel(layout: FormLayout): Kernel<typeof PARAMETERS> {
  const known = kernels.get(layout) ?? makeBlockKernel(layout);
  kernels.set(layout, known);
  return known;
}

type P = Arguments<typeof PARAMETERS>;

/** Copies the task's rows of [depth][rows], term by term: [term][task row]. */
function copyChunk(k: KernelBuilder, p: P, term: Operand<"int">, terms: Operand<"int">): void {
  const from = k.variable(k.offset(p.first, k.shl(k.add(k.mul(term, p.rows), p.row), 2)));
  const to = k.variable(k.offset(p.own, COPY_OFFSET));
  const rowBytes = k.variable(k.shl(p.rows, 2));
  const count = k.variable(k.sub(p.rowEnd, p.row));
  k.loop(0, terms, 1, () => {
    k.vectorLoop(count, (index, mask) => {
      const values = k.load("f32v", { base: from, index, scale: 4 }, { mask });
      k.store({ base: to, index, scale: 4 }, values, { mask });
    });
    k.advance(from, rowBytes);
    k.advance(to, 4 * taskRows(k.target));
  });
}

/** The first operand at a row and the chunk's first term, and the stride that tiles take. */
function firstPlace(k: KernelBuilder, layout: FormLayout, p: P) {
  if (layout.first === "rows") {
    return {
      at: (row: Operand<"int">, term: Operand<"int">) =>
        k.offset(p.first, k.shl(k.add(k.mul(row, p.depth), term), 2)),
      stride: () => k.shl(p.depth, 2),
    };
  }
  return {
    at: (row: Operand<"int">) => k.offset(p.own, k.add(k.shl(k.sub(row, p.row), 2), COPY_OFFSET)),
    stride: () => k.constant("int", 4 * taskRows(k.target)),
  };
}

function makeBlockKernel(layout: FormLayout): Kernel<typeof PARAMETERS> {
  const name = `dense_block_${layout.first}`;
  return kernel(name, PARAMETERS, (k, p) => {
    const width = tileColumns(k);
    const args = k.variable(k.offset(p.own, OWN_BYTES));
    // Once for no terms at all: then the sums are zeros.
    const end = k.variable(k.add(p.term, k.max(p.terms, 1)));
    k.loop(p.term, end, CHUNK, (term) => {
      const terms = k.variable(k.max(k.min(k.sub(k.add(p.term, p.terms), term), CHUNK), 0));
      const adds = k.variable(k.max(p.adds, k.min(term, 1)));
      if (layout.first === "depth") copyChunk(k, p, term, terms);
      k.loop(p.panel, p.panelEnd, 1, (panel) => {
        const row = k.variable(p.row);
        const column = k.variable(k.add(p.start, k.mul(panel, width)));
        const packed = k.variable(
          k.offset(p.packed, k.shl(k.mul(k.add(k.mul(panel, p.terms), k.sub(term, p.term)), width), 2)),
        );
        const tiles = (rows: number, address: () => Operand<"ptr">): void =>
          k.while(
            () => k.is(k.add(row, rows), "<=", p.rowEnd),
            () => {
              const first = firstPlace(k, layout, p);
              callWith(k, tileKernel(layout, rows), address(), args, {
                first: () => first.at(row, term),
                stride: first.stride,
                panel: () => packed,
                out: () => k.offset(p.out, k.shl(k.add(k.mul(row, p.columns), column), 2)),
                outStride: () => k.shl(p.columns, 2),
                terms: () => terms,
                left: () => k.sub(p.columns, column),
                adds: () => adds,
              });
              row.set(k.add(row, rows));
            },
          );
        tileRows(k.target).forEach((rows, i) => {
          tiles(rows, () => p[TILE_NAMES[i]]);
        });
      });
    });
  });
}
