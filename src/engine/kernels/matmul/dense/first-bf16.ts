/** A chunk of the first operand rounded to bf16, [task row][word], padded with zeros to whole groups. */
import { type KernelBuilder, kernel } from "../../../jit/builder.ts";
import { Rows, transpose } from "../layout/transpose.ts";
import { COPY_ARGUMENTS, type CopyKernel, type CopyPlaces } from "./copy-arguments.ts";
import { GROUP_TERMS } from "./operands.ts";
import { CHUNK_WORDS } from "./sizes.ts";
import { ACROSS_ROWS, readSquare } from "./squares-bf16.ts";

/** Bytes from one row to the next: not a power of two, so that the rows of a tile use different sets of a cache. */
export const ROUNDED_ROW_BYTES = 4 * CHUNK_WORDS + 64;

/** Rounds [rows][depth], row by row. */
export const ROUND_ROWS: CopyKernel = kernel("dense_round_rows", COPY_ARGUMENTS, roundRows);
/** Rounds [depth][rows] and transposes pairs of terms. */
export const ROUND_COLUMNS: CopyKernel = kernel("dense_round_columns", COPY_ARGUMENTS, roundColumns);

function roundRows(k: KernelBuilder, p: CopyPlaces): void {
  const from = k.variable(k.offset(p.source, k.shl(k.add(k.mul(p.row, p.depth), p.term), 2)));
  const to = k.variable(p.to);
  const rowBytes = k.variable(k.shl(p.depth, 2));
  const terms = k.variable(p.terms);
  const whole = k.variable(k.and(terms, -GROUP_TERMS));
  k.loop(p.row, p.rowEnd, 1, () => {
    const source = k.variable(from);
    const out = k.variable(to);
    k.loop(0, whole, GROUP_TERMS, () => {
      const [low, high] = [0, 1].map((v) => k.load("f32v", { base: source, disp: 4 * k.lanes * v }));
      k.store(out, k.joinBf16(low, high));
      k.advance(source, 4 * GROUP_TERMS);
      k.advance(out, 2 * GROUP_TERMS);
    });
    k.if(k.is(whole, "<", terms), () => {
      const left = k.sub(terms, whole);
      const [low, high] = [0, 1].map((v) => {
        const mask = k.firstLanes(k.max(k.sub(left, k.lanes * v), 0));
        return k.load("f32v", { base: source, disp: 4 * k.lanes * v }, { mask });
      });
      k.store(out, k.joinBf16(low, high));
    });
    k.advance(from, rowBytes);
    k.advance(to, ROUNDED_ROW_BYTES);
  });
}

function roundColumns(k: KernelBuilder, p: CopyPlaces): void {
  const termBytes = k.variable(k.shl(p.rows, 2));
  const rows = new Rows(k, termBytes);
  k.loop(p.row, p.rowEnd, k.lanes, (row) => {
    const from = k.variable(k.offset(p.source, k.add(k.mul(p.term, termBytes), k.shl(row, 2))));
    const to = k.variable(k.offset(p.to, k.mul(k.sub(row, p.row), ROUNDED_ROW_BYTES)));
    k.loop(0, p.terms, GROUP_TERMS, (term) => {
      const present = { rows: k.sub(p.terms, term), elements: k.sub(p.rowEnd, row) };
      readSquare(k, ACROSS_ROWS, { rows, first: from, present }, (words) => {
        transpose(k, words, k.lanes).forEach((vector, i) => {
          k.store({ base: to, disp: ROUNDED_ROW_BYTES * i }, vector);
        });
      });
      k.advance(from, k.mul(termBytes, GROUP_TERMS));
      k.advance(to, 2 * GROUP_TERMS);
    });
  });
}
