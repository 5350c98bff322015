/**
 * The two products of a tile: queries with keys, and weights with values, one block of rows at a time. Pages are
 * scattered in memory, so the processor cannot prefetch them itself. Each product prefetches what comes next: scores
 * prefetch the values of the same page, sums prefetch the keys of the page one tile further.
 */
import type { Value, Variable } from "../../jit/language/core.ts";
import { elementsBytes, headBytes, pageBytes, SCALE_BLOCK } from "./cache-layout.ts";
import type { Block } from "./plan.ts";
import type { Site } from "./site.ts";

/** Address of the key head's part of a page; `page` is the number of the page in the sequence. */
function headOfPage({ k, p, plan, cells }: Site, cache: Value<"ptr">, page: Value<"int">): Value<"ptr"> {
  const row = k.offset(p.pageTable, cells.get("pageRow"));
  const number = k.loadInt("i32", { base: row, index: page, scale: 4 });
  const head = k.mul(cells.get("kvHead"), headBytes(plan, plan.cache));
  return k.offset(cache, k.add(k.mul(number, pageBytes(plan, plan.cache)), head));
}

/** Number in the sequence of page `page` of the tile. */
function pageNumber({ k, plan, cells }: Site, page: Value<"int">): Value<"int"> {
  return k.add(k.mul(cells.get("tile"), plan.tilePages), page);
}

/** Prefetches the cache lines that hold `byteLength` bytes. */
function prefetch({ k, plan }: Site, at: Variable<"ptr">, disp: number, byteLength: number): void {
  k.prefetchLines({ base: at, disp }, byteLength, plan.cache.prefetch);
}

/** Greatest divisor of n among 4, 2, 1: the unroll factor of a loop. */
const unroll = (n: number): number => [4, 2, 1].find((u) => n % u === 0) as number;

/** Some neighbouring vectors of slots (of a page) or of elements (of a head). */
interface Span {
  readonly vectors: number;
  /** Elements before the span's first. */
  readonly from: Value<"int">;
  /** Lanes of the last vector that exist. */
  readonly lastLanes: number;
}

/** Calls back for each vector of a span, with its number, and with a mask if the vector is incomplete. */
function forEachVector<T>(
  { k }: Site,
  { vectors, lastLanes }: Span,
  body: (vector: number, mask: Value<"mask"> | undefined) => T,
): T[] {
  const tail = lastLanes < k.lanes ? k.firstLanes(k.constant("int", lastLanes)) : undefined;
  return Array.from({ length: vectors }, (_, v) => body(v, v === vectors - 1 ? tail : undefined));
}

/** Rows × vectors of accumulators. */
type Sums = readonly (readonly Variable<"f32v">[])[];

/**
 * Address of the scores and weights of the block's first row for a slot of the tile, without the offset
 * `plan.weights`.
 */
function weightsOf({ k, plan, cells, memory }: Site, slots: Value<"int">): Value<"ptr"> {
  return k.offset(memory, k.add(k.mul(cells.get("row"), plan.weightRowBytes), k.shl(slots, 2)));
}

/** Places before a page's slots in working memory, where each page fills whole vectors. */
function slotsBefore({ k, plan }: Site, page: Value<"int">): Value<"int"> {
  return k.mul(page, plan.lanes * plan.pageVectors);
}

/** Adds `dims` products to the scores of a span of slots, and advances the pointers to keys, values and query. */
function addDims(
  site: Site,
  sums: Sums,
  span: Span,
  at: Readonly<Record<"key" | "next" | "query", Variable<"ptr">>>,
  dims: number,
  scales?: readonly Value<"f32v">[],
): void {
  const { k, plan } = site;
  const { cache, headDim, pageSize, lanes } = plan;
  const steps = unroll(dims);
  k.loop(0, dims, steps, () => {
    for (let u = 0; u < steps; u++) {
      const disp = cache.elementBytes * u * pageSize;
      const loaded = forEachVector(site, span, (v, mask) => {
        const element = { base: at.key, disp: disp + cache.elementBytes * lanes * v };
        const key = cache.load(k, element, mask);
        return scales === undefined ? key : k.mul(key, scales[v]);
      });
      prefetch(site, at.next, disp, cache.elementBytes * lanes * span.vectors);
      sums.forEach((row, r) => {
        const q = k.broadcastF32({ base: at.query, disp: plan.queries + 4 * (r * headDim + u) });
        row.forEach((sum, v) => {
          sum.set(k.fma(q, loaded[v], sum));
        });
      });
    }
    for (const pointer of [at.key, at.next]) k.advance(pointer, cache.elementBytes * steps * pageSize);
    k.advance(at.query, 4 * steps);
  });
}

/** Computes the scores of a span of slots of one page. */
function scoreSpan(site: Site, rows: number, page: Value<"int">, span: Span): void {
  const { k, p, plan, cells, memory } = site;
  const { cache, headDim, pageSize, lanes } = plan;
  const number = pageNumber(site, page);
  const head = headOfPage(site, p.keys, number);
  const before = k.mul(span.from, cache.elementBytes);
  const at = {
    key: k.variable(k.offset(head, before)),
    next: k.variable(k.offset(headOfPage(site, p.values, number), before)),
    query: k.variable(k.offset(memory, k.mul(cells.get("row"), 4 * headDim))),
  };
  const zero = k.constant("f32v", 0);
  const sums = Array.from({ length: rows }, () =>
    Array.from({ length: span.vectors }, () => k.variable(zero)),
  );
  if (!cache.scaled) addDims(site, sums, span, at, headDim);
  else {
    const firstScale = k.offset(head, k.add(k.shl(span.from, 1), elementsBytes(plan, cache)));
    const scale = k.variable(firstScale);
    k.loop(0, headDim / SCALE_BLOCK, 1, () => {
      const scales = forEachVector(site, span, (v, mask) =>
        k.loadFloats("f16", { base: scale, disp: 2 * lanes * v }, { mask }),
      );
      addDims(site, sums, span, at, SCALE_BLOCK, scales);
      k.advance(scale, 2 * pageSize);
    });
  }
  const scores = weightsOf(site, k.add(slotsBefore(site, page), span.from));
  sums.forEach((ofRow, r) => {
    ofRow.forEach((sum, v) => {
      k.store({ base: scores, disp: plan.weights + r * plan.weightRowBytes + 4 * lanes * v }, sum);
    });
  });
}

/** Computes the scores of a block of rows with the slots of the tile, into working memory. */
export function scoreRows(site: Site, { rows, scoreVectors }: Block): void {
  const { k, plan, cells } = site;
  const { lanes, pageVectors, pageSize } = plan;
  k.loop(0, cells.get("tilePages"), 1, (page) => {
    for (let v = 0; v < pageVectors; v += scoreVectors) {
      const vectors = Math.min(scoreVectors, pageVectors - v);
      const lastLanes = Math.min(lanes, pageSize - (v + vectors - 1) * lanes);
      scoreSpan(site, rows, page, { vectors, from: k.constant("int", lanes * v), lastLanes });
    }
  });
}

/** Loads a slot's values of a span as f32. */
function loadValues(site: Site, span: Span, value: Variable<"ptr">, scale: Variable<"ptr"> | undefined) {
  const { k, plan } = site;
  const { cache, lanes } = plan;
  return forEachVector(site, span, (v, mask) => {
    const loaded = cache.load(k, { base: value, disp: cache.elementBytes * lanes * v }, mask);
    if (scale === undefined) return loaded;
    // A span starts at a block boundary or is part of one block.
    const disp = 2 * Math.floor((lanes * v) / SCALE_BLOCK);
    return k.mul(loaded, k.splat(k.loadF32({ base: scale, disp }, "f16")));
  });
}

/** Adds the weights × values of one page to the sums of a span of elements. */
function addPage(site: Site, sums: Sums, page: Value<"int">, span: Span): void {
  const { k, p, plan, cells } = site;
  const { cache, headDim, pageSize, lanes, tilePages } = plan;
  const number = pageNumber(site, page);
  const start = k.mul(number, pageSize);
  // Slots that no row sees may hold anything, even NaN, so they are not multiplied by 0 but skipped.
  const end = k.min(k.sub(k.add(cells.get("last"), 1), start), pageSize);
  const zero = k.constant("int", 0);
  const begin = plan.windowed ? k.max(k.sub(cells.get("first"), start), zero) : zero;
  const skipped = k.mul(k.add(k.mul(begin, headDim), span.from), cache.elementBytes);
  const head = headOfPage(site, p.values, number);
  const value = k.variable(k.offset(head, skipped));
  const ahead = k.min(k.add(number, tilePages), k.div(cells.get("last"), pageSize));
  const next = k.variable(k.offset(headOfPage(site, p.keys, ahead), skipped));
  const blocks = headDim / SCALE_BLOCK;
  const scalesBefore = () => k.add(k.mul(begin, blocks), k.div(span.from, SCALE_BLOCK));
  const scale = cache.scaled
    ? k.variable(k.offset(head, k.add(k.shl(scalesBefore(), 1), elementsBytes(plan, cache))))
    : undefined;
  const weights = weightsOf(site, slotsBefore(site, page));
  k.loop(begin, end, 1, (slot) => {
    const loaded = loadValues(site, span, value, scale);
    prefetch(site, next, 0, cache.elementBytes * lanes * span.vectors);
    sums.forEach((ofRow, r) => {
      const disp = plan.weights + r * plan.weightRowBytes;
      const weight = k.broadcastF32({ base: weights, index: slot, scale: 4, disp });
      ofRow.forEach((sum, v) => {
        sum.set(k.fma(weight, loaded[v], sum));
      });
    });
    for (const pointer of [value, next]) k.advance(pointer, cache.elementBytes * headDim);
    if (scale !== undefined) k.advance(scale, 2 * blocks);
  });
}

/** sums = α · sums + the tile's weights × values, for a span of elements. */
function sumSpan(site: Site, rows: number, span: Span): void {
  const { k, p, plan, cells, memory } = site;
  const { byteLength, sums: sumsIn } = plan.state;
  const before = k.add(k.mul(cells.get("row"), byteLength), k.shl(span.from, 2));
  const sumsAt = k.offset(p.scratch, k.add(cells.get("state"), before));
  const place = (r: number, v: number) => ({
    base: sumsAt,
    disp: sumsIn + r * byteLength + 4 * plan.lanes * v,
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
  const elements = lanes * sumVectors;
  if (spans > 0)
    k.loop(0, spans * elements, elements, (from) =>
      sumSpan(site, rows, { vectors: sumVectors, from, lastLanes: lanes }),
    );
  const vectors = headVectors - spans * sumVectors;
  if (vectors === 0) return;
  const lastLanes = headDim - (headVectors - 1) * lanes;
  sumSpan(site, rows, { vectors, from: k.constant("int", spans * elements), lastLanes });
}
