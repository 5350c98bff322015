/** The two products of a tile: queries with keys, and weights with values, `count` rows at a time. */
import type { Value, Variable } from "../../kernel/build/core.ts";
import { headBytes, pageBytes } from "./cache-layout.ts";
import type { Site } from "./paged-attention.ts";

/** Pages of the current tile that the run's last token sees. */
export function pagesInTile({ k, plan, cells }: Site): Value<"int"> {
  const { tilePages, pageSize } = plan;
  const end = k.add(k.div(cells.get("last"), pageSize), 1);
  return k.min(k.sub(end, k.mul(cells.get("tile"), tilePages)), tilePages);
}

/** Where the key head's part of a page of the tile begins. */
function headOfPage({ k, p, plan, cells }: Site, cache: Value<"ptr">, page: Value<"int">): Value<"ptr"> {
  const row = k.offset(p.pageTable, cells.get("pageRow"));
  const index = k.add(k.mul(cells.get("tile"), plan.tilePages), page);
  const number = k.loadInt("i32", { base: row, index, scale: 4 });
  const head = k.mul(cells.get("kvHead"), headBytes(plan));
  return k.offset(cache, k.add(k.mul(number, pageBytes(plan)), head));
}

/** `rows` × `vectors` accumulators. */
function grid(rows: number, vectors: number, initial: (row: number, vector: number) => Variable<"f32v">) {
  return Array.from({ length: rows }, (_, r) => Array.from({ length: vectors }, (_, v) => initial(r, v)));
}

/** Greatest divisor of n among 4, 2, 1: how far a loop is unrolled. */
const unroll = (n: number): number => [4, 2, 1].find((u) => n % u === 0) as number;

/** One group of `vectors` vectors of slots of one page; keys and scores point at the group's first. */
function scoreGroup(
  site: Site,
  count: number,
  vectors: number,
  lastLanes: number,
  keys: Value<"ptr">,
  scores: Value<"ptr">,
): void {
  const { k, plan, cells, memory } = site;
  const { headDim, pageSize, lanes } = plan;
  const queries = k.variable(k.offset(memory, k.mul(cells.get("row"), 4 * headDim)));
  const key = k.variable(keys);
  const zero = k.constant("f32v", 0);
  const sums = grid(count, vectors, () => k.variable(zero));
  const steps = unroll(headDim);
  const tail = lastLanes < lanes ? k.firstLanes(k.constant("int", lastLanes)) : undefined;
  k.loop(0, headDim, steps, () => {
    for (let u = 0; u < steps; u++) {
      const loaded = Array.from({ length: vectors }, (_, v) =>
        k.load(
          "f32v",
          { base: key, disp: 4 * (u * pageSize + v * lanes) },
          { mask: v === vectors - 1 ? tail : undefined },
        ),
      );
      sums.forEach((row, r) => {
        const q = k.broadcastF32({ base: queries, disp: plan.queries + 4 * (r * headDim + u) });
        row.forEach((sum, v) => {
          sum.set(k.fma(q, loaded[v], sum));
        });
      });
    }
    k.advance(key, 4 * steps * pageSize);
    k.advance(queries, 4 * steps);
  });
  sums.forEach((row, r) => {
    row.forEach((sum, v) => {
      k.store({ base: scores, disp: r * plan.weightRowBytes + 4 * lanes * v }, sum);
    });
  });
}

/** Scores of `count` rows with the slots of the tile, into working memory. */
export function scoreRows(site: Site, count: number): void {
  const { k, p, plan, memory } = site;
  const { lanes, pageVectors, pageSize } = plan;
  const scores = k.variable(k.offset(memory, plan.weights));
  k.loop(0, pagesInTile(site), 1, (page) => {
    const keys = headOfPage(site, p.keys, page);
    for (let v = 0; v < pageVectors; v += plan.vectors) {
      const vectors = Math.min(plan.vectors, pageVectors - v);
      const lastLanes = Math.min(lanes, pageSize - (v + vectors - 1) * lanes);
      const at = 4 * lanes * v;
      scoreGroup(site, count, vectors, lastLanes, k.offset(keys, at), k.offset(scores, at));
    }
    k.advance(scores, 4 * lanes * pageVectors);
  });
}

/** Adds the tile's weights × values to sums of `vectors` vectors of elements, from byte `at` of a head on. */
function sumGroup(site: Site, count: number, vectors: number, at: Value<"int">, lastLanes: number): void {
  const { k, p, plan, cells, memory } = site;
  const { headDim, pageSize, lanes, pageVectors } = plan;
  const sumsAt = k.offset(k.offset(memory, k.mul(cells.get("row"), plan.sumRowBytes)), at);
  const place = (r: number, v: number) => ({
    base: sumsAt,
    disp: plan.sums + r * plan.sumRowBytes + 4 * lanes * v,
  });
  const rescales = k.offset(memory, k.shl(cells.get("row"), 2));
  const sums = Array.from({ length: count }, (_, r) => {
    const rescale = k.broadcastF32({ base: rescales, disp: plan.rescales + 4 * r });
    return Array.from({ length: vectors }, (_, v) => k.variable(k.mul(k.load("f32v", place(r, v)), rescale)));
  });
  const tail = lastLanes < lanes ? k.firstLanes(k.constant("int", lastLanes)) : undefined;
  k.loop(0, pagesInTile(site), 1, (page) => {
    const start = k.mul(k.add(k.mul(cells.get("tile"), plan.tilePages), page), pageSize);
    // Slots that no row sees may hold anything: not even their product with 0 is taken.
    const end = k.min(k.sub(k.add(cells.get("last"), 1), start), pageSize);
    const begin = plan.windowed
      ? k.max(k.sub(cells.get("first"), start), k.constant("int", 0))
      : k.constant("int", 0);
    const head = k.offset(headOfPage(site, p.values, page), at);
    const value = k.variable(k.offset(head, k.mul(begin, 4 * headDim)));
    const weights = k.offset(memory, k.mul(page, 4 * lanes * pageVectors));
    k.loop(begin, end, 1, (slot) => {
      const loaded = Array.from({ length: vectors }, (_, v) =>
        k.load("f32v", { base: value, disp: 4 * lanes * v }, { mask: v === vectors - 1 ? tail : undefined }),
      );
      sums.forEach((row, r) => {
        const disp = plan.weights + r * plan.weightRowBytes;
        const weight = k.broadcastF32({ base: weights, index: slot, scale: 4, disp });
        row.forEach((sum, v) => {
          sum.set(k.fma(weight, loaded[v], sum));
        });
      });
      k.advance(value, 4 * headDim);
    });
  });
  sums.forEach((row, r) => {
    row.forEach((sum, v) => {
      k.store(place(r, v), sum);
    });
  });
}

/** sums = α · sums + weights · values, for `count` rows over the tile. */
export function multiplyScores(site: Site, count: number): void {
  const { k, plan } = site;
  const { headDim, headVectors, lanes } = plan;
  const vectors = Math.min(plan.vectors, headVectors);
  const wholeVectors = Math.floor(headDim / lanes);
  const groups = Math.floor(wholeVectors / vectors);
  const groupBytes = 4 * lanes * vectors;
  if (groups > 0)
    k.loop(0, groups * groupBytes, groupBytes, (at) => sumGroup(site, count, vectors, at, lanes));
  const rest = headVectors - groups * vectors;
  if (rest === 0) return;
  const lastLanes = headDim - (headVectors - 1) * lanes;
  sumGroup(site, count, rest, k.constant("int", groups * groupBytes), lastLanes);
}
