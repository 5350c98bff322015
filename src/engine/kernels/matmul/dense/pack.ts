/**
 * Packs the second operand of a dense product for the tiles: panels of two vectors of columns,
 * [panel][depth][column]. Columns beyond the last are zeros.
 */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import { type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import { Rows, transpose } from "../layout/transpose.ts";
import { copyTerms } from "./copy-terms.ts";
import { type DenseLayout, GROUP_TERMS } from "./operands.ts";
import { type BlockSource, PACK_ARGUMENTS, type PackKernel } from "./pack-arguments.ts";
import { ROUND_DEPTH, ROUND_PANEL } from "./pack-bf16.ts";
import { TILE_VECTORS, tileColumns } from "./sizes.ts";

/** Terms of a part. A part reads whole rows of memory. */
const PART_TERMS = 32;

interface Packer {
  readonly kernel: PackKernel;
  /** Number of parts of a block of `terms` × `columns`. */
  parts(k: KernelBuilder, terms: Operand<"int">, columns: Operand<"int">): Value<"int">;
}

const byTerms =
  (count: number): Packer["parts"] =>
  (k, terms) =>
    k.div(k.add(terms, count - 1), count);
const byPanels: Packer["parts"] = (k, _, columns) => k.div(columns, tileColumns(k));

const PACKERS: Readonly<Record<MatmulPrecision, Readonly<Record<DenseLayout["second"], Packer>>>> = {
  f32: {
    depth: { kernel: kernel("dense_pack_depth", PACK_ARGUMENTS, copyRows), parts: byTerms(PART_TERMS) },
    columns: { kernel: kernel("dense_pack_columns", PACK_ARGUMENTS, transposeColumns), parts: byPanels },
  },
  bf16: {
    depth: { kernel: ROUND_DEPTH, parts: byTerms(GROUP_TERMS) },
    columns: { kernel: ROUND_PANEL, parts: byPanels },
  },
};

/** The kernel that packs a part of a block; other kernels call it. */
export function packerOf({ precision, second }: DenseLayout): Packer {
  return PACKERS[precision][second];
}

/** From [depth][columns]: copies two vectors of each row to each panel. */
function copyRows(k: KernelBuilder, p: BlockSource): void {
  const width = tileColumns(k);
  const first = k.mul(p.part, PART_TERMS);
  const count = k.variable(k.min(k.sub(p.terms, first), PART_TERMS));
  const rowBytes = k.variable(k.shl(p.columns, 2));
  const panelBytes = k.variable(k.mul(p.terms, 4 * width));
  const row = k.mul(k.add(p.term, first), p.columns);
  const from = k.variable(k.offset(p.source, k.shl(k.add(row, p.start), 2)));
  const to = k.variable(k.offset(p.to, k.mul(first, 4 * width)));
  k.loop(p.start, p.end, width, (column) => {
    const left = k.variable(k.sub(p.columns, column));
    copyTerms(k, { from, to, left, count, rowBytes, bytes: 4 * width });
    k.advance(from, 4 * width);
    k.advance(to, panelBytes);
  });
}

/** From [columns][depth]: transposes squares of lanes × lanes, and copies the rest value by value. */
function transposeColumns(k: KernelBuilder, p: BlockSource): void {
  const width = tileColumns(k);
  const column = k.variable(k.add(p.start, k.mul(p.part, width)));
  const to = k.variable(k.offset(p.to, k.mul(k.mul(p.part, p.terms), 4 * width)));
  const stride = k.variable(k.shl(p.depth, 2));
  const done = k.variable(k.constant("int", 0));
  k.if(k.is(k.add(column, width), "<=", p.columns), () => {
    const rows = new Rows(k, stride);
    const from = k.variable(k.offset(p.source, k.add(k.mul(column, stride), k.shl(p.term, 2))));
    const out = k.variable(to);
    done.set(k.and(p.terms, -k.lanes));
    k.loop(0, done, k.lanes, () => {
      for (let part = 0; part < TILE_VECTORS; part++) {
        const loaded = rows.each(from, part * k.lanes, k.lanes, 0, (at) => k.load("i32v", at));
        transpose(k, loaded, k.lanes).forEach((vector, i) => {
          k.store({ base: out, disp: 4 * k.lanes * (i * TILE_VECTORS + part) }, vector);
        });
      }
      k.advance(from, 4 * k.lanes);
      k.advance(out, 4 * k.lanes * width);
    });
  });
  k.if(k.is(done, "<", p.terms), () => copyColumns(k, p, { column, to, first: done }));
}

/** Copies the terms of a panel from `first` on, column by column. */
function copyColumns(
  k: KernelBuilder,
  p: BlockSource,
  of: { readonly column: Operand<"int">; readonly to: Operand<"ptr">; readonly first: Operand<"int"> },
): void {
  const width = tileColumns(k);
  const zero = k.constant("int", 0);
  k.loop(0, width, 1, (lane) => {
    const out = k.variable(k.offset(of.to, k.shl(k.add(k.mul(of.first, width), lane), 2)));
    const index = k.add(of.column, lane);
    const copy = (value: (at: Value<"int">) => Value<"int">): void =>
      k.loop(of.first, p.terms, 1, (term) => {
        k.storeInt("i32", out, value(term));
        k.advance(out, 4 * width);
      });
    k.if(
      k.is(index, "<", p.columns),
      () => {
        const from = k.variable(k.offset(p.source, k.shl(k.add(k.mul(index, p.depth), p.term), 2)));
        copy((term) => k.loadInt("u32", { base: from, index: term, scale: 4 }));
      },
      () => copy(() => zero),
    );
  });
}
