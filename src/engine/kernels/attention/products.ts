/**
 * The two products of a tile: queries with keys, and weights with values, a block of rows at a time. Pages lie
 * anywhere, which the processor cannot foresee, so each product asks for what comes next: scores for the same
 * page's values, sums for the keys of the page a tile further.
 */
import type { Value, Variable } from "../../kernel/build/core.ts";
import { headBytes, pageBytes } from "./cache-layout.ts";
import type { Site } from "./paged-attention.ts";
import type { Block } from "./plan.ts";

/** Bytes of a cache line: what a prefetch brings. */
const LINE = 64;

/** Where the key head's part of a page begins; `page` counts within the sequence. */
function headOfPage({ k, p, plan, cells }: Site, cache: Value<"ptr">, page: Value<"int">): Value<"ptr"> {
  const row = k.offset(p.pageTable, cells.get("pageRow"));
  const number = k.loadInt("i32", { base: row, index: page, scale: 4 });
  const head = k.mul(cells.get("kvHead"), headBytes(plan));
  return k.offset(cache, k.add(k.mul(number, pageBytes(plan)), head));
}

/** Number in the sequence of page `page` of the tile. */
function pageNumber({ k, plan, cells }: Site, page: Value<"int">): Value<"int"> {
  return k.add(k.mul(cells.get("tile"), plan.tilePages), page);
}

/** Asks for the lines of `byteLength` bytes at `at`, if they are whole lines. */
function prefetch({ k }: Site, at: Variable<"ptr">, disp: number, byteLength: number): void {
  if (byteLength % LINE !== 0 || disp % LINE !== 0) return;
  for (let line = 0; line < byteLength; line += LINE) k.prefetch({ base: at, disp: disp + line });
}

/** Greatest divisor of n among 4, 2, 1: how far a loop is unrolled. */
const unroll = (n: number): number => [4, 2, 1].find((u) => n % u === 0) as number;

/** Some neighbouring vectors of slots (of a page) or of elements (of a head). */
interface Span {
  readonly vectors: number;
  /** Bytes from the page's or head's first vector. */
  readonly at: Value<"int">;
  /** Lanes of the last vector that exist. */
  readonly lastLanes: number;
}

/** Loads the vectors of a span, `base` pointing at its first. */
function loadSpan({ k }: Site, { vectors, lastLanes }: Span, base: Variable<"ptr">, disp: number) {
  const tail = lastLanes < k.lanes ? k.firstLanes(k.constant("int", lastLanes)) : undefined;
  return Array.from({ length: vectors }, (_, v) => {
    const mask = v === vectors - 1 ? tail : undefined;
    return k.load("f32v", { base, disp: disp + 4 * k.lanes * v }, { mask });
  });
}

/** Scores of a span of slots of one page. */
function scoreSpan(site: Site, rows: number, page: Value<"int">, span: Span): void {
  const { k, p, plan, cells, memory } = site;
  const { headDim, pageSize, lanes, pageVectors } = plan;
  const number = pageNumber(site, page);
  const key = k.variable(k.offset(headOfPage(site, p.keys, number), span.at));
  const next = k.variable(k.offset(headOfPage(site, p.values, number), span.at));
  const query = k.variable(k.offset(memory, k.mul(cells.get("row"), 4 * headDim)));
  const zero = k.constant("f32v", 0);
  const sums = Array.from({ length: rows }, () =>
    Array.from({ length: span.vectors }, () => k.variable(zero)),
  );
  const steps = unroll(headDim);
  k.loop(0, headDim, steps, () => {
    for (let u = 0; u < steps; u++) {
      const disp = 4 * u * pageSize;
      const loaded = loadSpan(site, span, key, disp);
      prefetch(site, next, disp, 4 * lanes * span.vectors);
      sums.forEach((row, r) => {
        const q = k.broadcastF32({ base: query, disp: plan.queries + 4 * (r * headDim + u) });
        row.forEach((sum, v) => {
          sum.set(k.fma(q, loaded[v], sum));
        });
      });
    }
    for (const pointer of [key, next]) k.advance(pointer, 4 * steps * pageSize);
    k.advance(query, 4 * steps);
  });
  const row = k.mul(cells.get("row"), plan.weightRowBytes);
  const scores = k.offset(memory, k.add(k.add(row, k.mul(page, 4 * lanes * pageVectors)), span.at));
  sums.forEach((ofRow, r) => {
    ofRow.forEach((sum, v) => {
      k.store({ base: scores, disp: plan.weights + r * plan.weightRowBytes + 4 * lanes * v }, sum);
    });
  });
}

/** Scores of a block of rows with the slots of the tile, into working memory. */
export function scoreRows(site: Site, { rows, scoreVectors }: Block): void {
  const { k, plan, cells } = site;
  const { lanes, pageVectors, pageSize } = plan;
  k.loop(0, cells.get("tilePages"), 1, (page) => {
    for (let v = 0; v < pageVectors; v += scoreVectors) {
      const vectors = Math.min(scoreVectors, pageVectors - v);
      const lastLanes = Math.min(lanes, pageSize - (v + vectors - 1) * lanes);
      scoreSpan(site, rows, page, { vectors, at: k.constant("int", 4 * lanes * v), lastLanes });
    }
  });
}

/** Adds the weights × values of one page to the sums of a span of elements. */
function addPage(site: Site, sums: Variable<"f32v">[][], page: Value<"int">, span: Span): void {
  const { k, p, plan, cells, memory } = site;
  const { headDim, pageSize, lanes, pageVectors, tilePages } = plan;
  const number = pageNumber(site, page);
  const start = k.mul(number, pageSize);
  // Slots that no row sees may hold anything: not even their product with 0 is taken.
  const end = k.min(k.sub(k.add(cells.get("last"), 1), start), pageSize);
  const zero = k.constant("int", 0);
  const begin = plan.windowed ? k.max(k.sub(cells.get("first"), start), zero) : zero;
  const skipped = k.add(k.mul(begin, 4 * headDim), span.at);
  const value = k.variable(k.offset(headOfPage(site, p.values, number), skipped));
  const ahead = k.min(k.add(number, tilePages), k.div(cells.get("last"), pageSize));
  const next = k.variable(k.offset(headOfPage(site, p.keys, ahead), skipped));
  const row = k.mul(cells.get("row"), plan.weightRowBytes);
  const weights = k.offset(memory, k.add(row, k.mul(page, 4 * lanes * pageVectors)));
  k.loop(begin, end, 1, (slot) => {
    const loaded = loadSpan(site, span, value, 0);
    prefetch(site, next, 0, 4 * lanes * span.vectors);
    sums.forEach((ofRow, r) => {
      const disp = plan.weights + r * plan.weightRowBytes;
      const weight = k.broadcastF32({ base: weights, index: slot, scale: 4, disp });
      ofRow.forEach((sum, v) => {
        sum.set(k.fma(weight, loaded[v], sum));
      });
    });
    for (const pointer of [value, next]) k.advance(pointer, 4 * headDim);
  });
}

/** sums = α · sums + the tile's weights × values, for a span of elements. */
function sumSpan(site: Site, rows: number, span: Span): void {
  const { k, plan, cells, memory } = site;
  const sumsAt = k.offset(memory, k.add(k.mul(cells.get("row"), plan.sumRowBytes), span.at));
  const place = (r: number, v: number) => ({
    base: sumsAt,
    disp: plan.sums + r * plan.sumRowBytes + 4 * plan.lanes * v,
  });
  const rescales = k.offset(memory, k.shl(cells.get("row"), 2));
  const sums = Array.from({ length: rows }, (_, r) => {
    const rescale = k.broadcastF32({ base: rescales, disp: plan.rescales + 4 * r });
    return Array.from({ length: span.vectors }, (_, v) =>
      k.variable(k.mul(k.load("f32v", place(r, v)), rescale)),
    );
  });
  k.loop(0, cells.get("tilePages"), 1, (page) => addPage(site, sums, page, span));
  sums.forEach((ofRow, r) => {
    ofRow.forEach((sum, v) => {
      k.store(place(r, v), sum);
    });
  });
}

/** sums = α · sums + the tile's weights × values, for a block of rows. */
export function multiplyScores(site: Site, { rows, sumVectors }: Block): void {
  const { k, plan } = site;
  const { headDim, headVectors, lanes } = plan;
  const spans = Math.floor(Math.floor(headDim / lanes) / sumVectors);
  const bytes = 4 * lanes * sumVectors;
  if (spans > 0)
    k.loop(0, spans * bytes, bytes, (at) =>
      sumSpan(site, rows, { vectors: sumVectors, at, lastLanes: lanes }),
    );
  const vectors = headVectors - spans * sumVectors;
  if (vectors === 0) return;
  const lastLanes = headDim - (headVectors - 1) * lanes;
  sumSpan(site, rows, { vectors, at: k.constant("int", spans * bytes), lastLanes });
}
