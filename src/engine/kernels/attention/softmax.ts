/** The softmax of a tile: scores of the rows in working memory become weights, and m and l are brought up to date. */
import type { Value } from "../../kernel/build/core.ts";
import { EXP_COEFFICIENTS } from "../../kernel/build/lanes.ts";
import type { KernelBuilder } from "../../kernel/builder.ts";
import type { Site } from "./paged-attention.ts";
import { pagesInTile } from "./products.ts";

/** Stands for the score of a slot that a token does not see; also where the running maximum starts. */
export const MASKED = -1e30;

/**
 * e^x for x ≤ 0, as the language's `exp`, but what is below e^−87 is e^−87: weights so small change nothing, and
 * neither subnormals (slow) nor a second factor are needed.
 */
function expNonPositive(k: KernelBuilder, x: Value<"f32v">): Value<"f32v"> {
  const clamped = k.max(k.constant("f32v", -87), x);
  const n = k.toI32(k.mul(clamped, Math.LOG2E));
  const whole = k.toF32(n);
  const r = k.fnma(whole, -2.1219444e-4, k.fnma(whole, 0.693359375, clamped));
  let sum: Value<"f32v"> = k.fma(r, EXP_COEFFICIENTS[0], EXP_COEFFICIENTS[1]);
  for (const c of EXP_COEFFICIENTS.slice(2)) sum = k.fma(sum, r, c);
  return k.mul(sum, k.as("f32v", k.shl(k.add(n, 127), 23)));
}

/** Calls `body` for every vector of scores of a row; `slot` is the number in the tile of its first slot. */
function forEachVector(
  { k, plan }: Site,
  row: Value<"ptr">,
  pages: Value<"int">,
  body: (at: { base: Value<"ptr">; disp: number }, slot: Value<"int">, valid: number) => void,
): void {
  const { lanes, pageVectors, pageSize } = plan;
  const scores = k.variable(row);
  k.loop(0, k.mul(pages, pageSize), pageSize, (slot) => {
    for (let v = 0; v < pageVectors; v++) {
      const valid = Math.min(lanes, pageSize - v * lanes);
      body({ base: scores.value, disp: 4 * lanes * v }, k.add(slot, v * lanes), valid);
    }
    k.advance(scores, 4 * lanes * pageVectors);
  });
}

/** Which lanes of a vector of slots the token sees. */
function visible(
  { k, plan, p }: Site,
  slot: Value<"int">,
  valid: number,
  relative: Value<"i32v">,
): Value<"mask"> {
  const lane = k.table(Array.from({ length: plan.lanes }, (_, l) => (l < valid ? l : 1 << 30)));
  const slots = k.add(lane, k.splat(slot));
  const past = k.compare(slots, "<=", relative);
  if (!plan.windowed) return past;
  return k.and(past, k.compare(k.add(slots, k.splat(p.window)), ">", relative));
}

/** One row of the chunk: `row` counts within the run, `scores` is its place in working memory. */
function weighRow(site: Site, row: Value<"int">, scores: Value<"ptr">, pages: Value<"int">): void {
  const { k, plan, cells, memory } = site;
  const tileStart = k.mul(cells.get("tile"), plan.tilePages * plan.pageSize);
  const position = k.loadInt("i32", { base: memory, index: row, scale: 4, disp: plan.positions });
  const relative = k.splat(k.sub(position, tileStart));
  const maximumAt = { base: memory, index: row, scale: 4, disp: plan.maxima } as const;
  const largest = k.variable(k.broadcastF32(maximumAt));
  forEachVector(site, scores, pages, (at, slot, valid) => {
    const seen = visible(site, slot, valid, relative);
    const score = k.select(seen, k.load("f32v", at), MASKED);
    k.store(at, score);
    largest.set(k.max(largest, score));
  });
  const maximum = k.reduceMax(largest);
  const now = k.splat(maximum);
  const rescale = expNonPositive(k, k.sub(k.broadcastF32(maximumAt), now));
  k.storeF32(maximumAt, maximum);
  k.storeF32({ base: memory, index: row, scale: 4, disp: plan.rescales }, k.lane0(rescale));
  const sum = k.variable(k.constant("f32v", 0));
  forEachVector(site, scores, pages, (at) => {
    const score = k.load("f32v", at);
    const weight = expNonPositive(k, k.sub(score, now));
    const seen = k.select(k.compare(score, "<=", MASKED / 2), k.constant("f32v", 0), weight);
    k.store(at, seen);
    sum.set(k.add(sum, seen));
  });
  const total = k.offset(memory, k.mul(row, 4 * plan.lanes));
  const totalAt = { base: total, disp: plan.totals };
  k.store(totalAt, k.fma(k.load("f32v", totalAt), rescale, sum));
}

/** Weights of `count` rows from cell `row` on. */
export function weighRows(site: Site, count: number): void {
  const { k, plan, cells, memory } = site;
  const pages = pagesInTile(site);
  const scores = k.variable(k.offset(memory, plan.weights));
  const first = cells.get("row");
  k.loop(0, count, 1, (i) => {
    weighRow(site, k.add(first, i), k.offset(scores, 0), pages);
    k.advance(scores, plan.weightRowBytes);
  });
}
