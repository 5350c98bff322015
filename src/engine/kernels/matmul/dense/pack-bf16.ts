/** Rounds the second operand to bf16: panels of words, [panel][word][column], padded with zeros to whole groups. */
import { type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import { Rows } from "../layout/transpose.ts";
import { DENSE_LAYOUTS, GROUP_TERMS, wordsOf } from "./operands.ts";
import { type BlockSource, PACK_ARGUMENTS, type PackKernel } from "./pack-arguments.ts";
import { tileColumns } from "./sizes.ts";
import { ACROSS_ROWS, ALONG_ROWS, type Present, readSquare, type Square } from "./squares-bf16.ts";

/** Packs a group of terms of all panels, from [depth][columns]. */
export const ROUND_DEPTH: PackKernel = kernel("dense_pack_depth_bf16", PACK_ARGUMENTS, packDepth);
/** Packs a panel, from [columns][depth]. */
export const ROUND_PANEL: PackKernel = kernel("dense_pack_columns_bf16", PACK_ARGUMENTS, packPanel);

const panelBytes = (k: KernelBuilder, p: BlockSource) =>
  k.mul(wordsOf(k, DENSE_LAYOUTS.bf16.NN, p.terms), 4 * tileColumns(k));

/** Packs a square of a panel; `to` is the address of its first word in its first column. */
function packSquare(
  k: KernelBuilder,
  square: Square,
  from: { readonly rows: Rows; readonly first: Operand<"ptr">; readonly present: Present },
  to: { readonly base: Operand<"ptr">; readonly disp: number },
): void {
  readSquare(k, square, from, (words) => {
    words.forEach((vector, i) => {
      k.store({ base: to.base, disp: to.disp + 4 * tileColumns(k) * i }, vector);
    });
  });
}

function packDepth(k: KernelBuilder, p: BlockSource): void {
  const width = tileColumns(k);
  const rows = new Rows(k, k.shl(p.columns, 2));
  const first = k.mul(p.part, GROUP_TERMS);
  const row = k.mul(k.add(p.term, first), p.columns);
  const from = k.variable(k.offset(p.source, k.shl(k.add(row, p.start), 2)));
  const to = k.variable(k.offset(p.to, k.mul(first, 2 * width)));
  const terms = k.variable(k.sub(p.terms, first));
  const bytes = k.variable(panelBytes(k, p));
  k.loop(p.start, p.end, width, (column) => {
    for (let lane = 0; lane < width; lane += k.lanes) {
      const present = { rows: terms, elements: k.sub(p.columns, k.add(column, lane)) };
      const at = { rows, first: k.offset(from, 4 * lane), present };
      packSquare(k, ACROSS_ROWS, at, { base: to, disp: 4 * lane });
    }
    k.advance(from, 4 * width);
    k.advance(to, bytes);
  });
}

function packPanel(k: KernelBuilder, p: BlockSource): void {
  const width = tileColumns(k);
  const stride = k.variable(k.shl(p.depth, 2));
  const rows = new Rows(k, stride);
  const column = k.variable(k.add(p.start, k.mul(p.part, width)));
  const from = k.variable(k.offset(p.source, k.add(k.mul(column, stride), k.shl(p.term, 2))));
  const to = k.variable(k.offset(p.to, k.mul(p.part, panelBytes(k, p))));
  k.loop(0, p.terms, GROUP_TERMS, (term) => {
    for (let lane = 0; lane < width; lane += k.lanes) {
      const present = {
        rows: k.sub(p.columns, k.add(column, lane)),
        elements: k.sub(p.terms, term),
      };
      const at = { rows, first: k.offset(from, k.mul(stride, lane)), present };
      packSquare(k, ALONG_ROWS, at, { base: to, disp: 4 * lane });
    }
    k.advance(from, 4 * GROUP_TERMS);
    k.advance(to, 2 * GROUP_TERMS * width);
  });
}
