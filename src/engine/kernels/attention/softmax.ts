/** The softmax of a tile: turns the scores in working memory into weights, and updates m and l of every row. */

import type { KernelBuilder } from "../../jit/builder.ts";
import type { Value } from "../../jit/language/core.ts";
import type { Site } from "./site.ts";

/** The score of a slot that a token does not see; also the initial running maximum. */
export const MASKED = -1e30;

/** Polynomial for 2^r on |r| ≤ ½, highest power first: least relative error (9.1e-8) among those that are 1 at 0. */
const POWER_COEFFICIENTS: readonly number[] = [
  1.3264727490713522e-3, 9.67151264176462e-3, 5.550733742306795e-2, 2.402224208535779e-1, 6.93146977599753e-1,
  1,
];

/**
 * 2^x for x ≤ 0 to 2e-7. Results below 2^−126 become 2^−126: such small weights change nothing, and subnormals are
 * slow. 2^0 is exactly 1, so that slots that a row does not see leave it unchanged. NaN stays NaN.
 */
export function powerOfTwo(k: KernelBuilder, x: Value<"f32v">): Value<"f32v"> {
  const clamped = k.max(k.constant("f32v", -126), x);
  const n = k.toI32(clamped);
  const r = k.sub(clamped, k.toF32(n));
  let sum: Value<"f32v"> = k.fma(r, POWER_COEFFICIENTS[0], POWER_COEFFICIENTS[1]);
  for (const c of POWER_COEFFICIENTS.slice(2)) sum = k.fma(sum, r, c);
  return k.as("f32v", k.add(k.as("i32v", sum), k.shl(n, 23)));
}

interface ScoreVector {
  readonly at: { readonly base: Value<"ptr">; readonly disp: number };
  /** Number in the tile of its first slot, and how many of its lanes are slots. */
  readonly slot: Value<"int">;
  readonly valid: number;
}

/** Calls `body` for every vector of scores of a row. */
function forEachVector(
  { k, plan, cells }: Site,
  row: Value<"ptr">,
  body: (vector: ScoreVector) => void,
): void {
  const { lanes, pageVectors, pageSize } = plan;
  const scores = k.variable(k.offset(row, 0));
  k.loop(0, k.mul(cells.get("tilePages"), pageSize), pageSize, (slot) => {
    for (let v = 0; v < pageVectors; v++) {
      const valid = Math.min(lanes, pageSize - v * lanes);
      body({ at: { base: scores.value, disp: 4 * lanes * v }, slot: k.add(slot, v * lanes), valid });
    }
    k.advance(scores, 4 * lanes * pageVectors);
  });
}

/** The lanes of a vector of slots that are visible from slot `own` of the tile. */
function visible({ k, plan, p }: Site, { slot, valid }: ScoreVector, own: Value<"i32v">): Value<"mask"> {
  const lane = k.table(Array.from({ length: plan.lanes }, (_, l) => (l < valid ? l : 1 << 30)));
  const slots = k.add(lane, k.splat(slot));
  const past = k.compare(slots, "<=", own);
  if (!plan.windowed) return past;
  return k.and(past, k.compare(k.add(slots, k.splat(p.window)), ">", own));
}

/** A row: its number, and the addresses of its state and its scores. */
interface Row {
  readonly row: Value<"int">;
  readonly state: Value<"ptr">;
  readonly scores: Value<"ptr">;
}

/** Updates the row's m and stores α; returns the new m in every lane. */
function raiseMaximum({ k, plan, memory }: Site, { row, state }: Row, largest: Value<"f32v">): Value<"f32v"> {
  const at = { base: state, disp: plan.state.maximum };
  const before = k.broadcastF32(at);
  const maximum = k.reduceMax(k.max(largest, before));
  const now = k.splat(maximum);
  const rescale = powerOfTwo(k, k.sub(before, now));
  k.storeF32(at, maximum);
  k.storeF32({ base: memory, index: row, scale: 4, disp: plan.rescales }, k.lane0(rescale));
  return now;
}

/** l = α·l + sum, lane by lane. */
function addToTotal({ k, plan, memory }: Site, { row, state }: Row, sum: Value<"f32v">): void {
  const rescale = k.broadcastF32({ base: memory, index: row, scale: 4, disp: plan.rescales });
  const at = { base: state, disp: plan.state.total };
  k.store(at, k.fma(k.load("f32v", at), rescale, sum));
}

/** Weighs a row that sees the tile up to slot `own`, as far back as the window reaches. */
function weighPart(site: Site, row: Row, own: Value<"int">): void {
  const { k } = site;
  const seenFrom = k.splat(own);
  const largest = k.variable(k.constant("f32v", MASKED));
  forEachVector(site, row.scores, (vector) => {
    const score = k.select(visible(site, vector, seenFrom), k.load("f32v", vector.at), MASKED);
    k.store(vector.at, score);
    largest.set(k.max(largest, score));
  });
  const now = raiseMaximum(site, row, largest.value);
  const sum = k.variable(k.constant("f32v", 0));
  forEachVector(site, row.scores, ({ at }) => {
    const score = k.load("f32v", at);
    const weight = powerOfTwo(k, k.sub(score, now));
    const seen = k.select(k.compare(score, "<=", MASKED / 2), k.constant("f32v", 0), weight);
    k.store(at, seen);
    sum.set(k.add(sum, seen));
  });
  addToTotal(site, row, sum.value);
}

/** Weighs a row that sees the whole tile: no masks, no loops. */
function weighWhole(site: Site, row: Row): void {
  const { k, plan } = site;
  const places = Array.from({ length: plan.weightRowBytes / (4 * plan.lanes) }, (_, v) => ({
    base: row.scores,
    disp: 4 * plan.lanes * v,
  }));
  const largest = places.map((at) => k.load("f32v", at)).reduce((a, b) => k.max(a, b));
  const now = raiseMaximum(site, row, largest);
  const sum = k.variable(k.constant("f32v", 0));
  for (const at of places) {
    const weight = powerOfTwo(k, k.sub(k.load("f32v", at), now));
    k.store(at, weight);
    sum.set(k.add(sum, weight));
  }
  addToTotal(site, row, sum.value);
}

/** Pages whose slots do not fill vectors, and tiles too long to unroll, always use the masked form. */
function hasWholeForm({ plan }: Site): boolean {
  return plan.pageSize % plan.lanes === 0 && plan.pageVectors * plan.tilePages <= 32;
}

/** Computes the weights of every row of the run. */
export function weighRows(site: Site): void {
  const { k, p, plan, cells, memory } = site;
  const tileSlots = plan.tilePages * plan.pageSize;
  k.loop(0, cells.get("rows"), 1, (index) => {
    const row = {
      row: index,
      state: k.offset(p.scratch, k.add(cells.get("state"), k.mul(index, plan.state.byteLength))),
      scores: k.offset(memory, k.add(k.mul(index, plan.weightRowBytes), plan.weights)),
    };
    const position = k.loadInt("i32", { base: memory, index, scale: 4, disp: plan.positions });
    const own = k.sub(position, k.mul(cells.get("tile"), tileSlots));
    const part = () => weighPart(site, row, own);
    if (!hasWholeForm(site)) return part();
    const whole = () => weighWhole(site, row);
    const past = k.is(own, ">=", tileSlots - 1);
    if (!plan.windowed) return k.if(past, whole, part);
    k.if(past, () => k.if(k.is(own, "<", p.window), whole, part), part);
  });
}
