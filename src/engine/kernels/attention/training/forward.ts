/**
 * Attention forward, one block of keys after another [Flash, algorithm 1]: scores, their running softmax, and the
 * weighted sum of values. The sum is kept in the result and rescaled whenever a greater score appears.
 */
import type { Operand, Value } from "../../../jit/language/core.ts";
import { laneNumbers } from "../../lanes.ts";
import { input, output, outputNumber } from "../../launch.ts";
import { tileColumns } from "../../matmul/dense/sizes.ts";
import { MASKED, powerOfTwo } from "../softmax.ts";
import { firstSeen, firstSeenByAny, forEachBlock, forEachScore } from "./scores.ts";
import { type Form, headAt, multiplyRows, type Packed, type Site, sumRows } from "./site.ts";
import { partOf, SCORES_STRIDE } from "./sizes.ts";
import { setTask } from "./task.ts";

const KEYS: Packed = { matrix: "k", along: "tokens" };
const VALUES: Packed = { matrix: "v", along: "elements" };

/** The task's blocks of keys: from the panel that holds the first key that any row sees, to the last row. */
export function forEachKeyBlock(site: Site, body: () => void): void {
  const { k, p, own, task } = site;
  setTask(k, own, {
    packedHead: k.div(k.mul(task.head, p.kvHeads), p.heads),
    column: k.and(firstSeenByAny(site), -tileColumns(k)),
    adds: k.constant("int", 0),
  });
  const end = () => k.add(task.start, task.count);
  forEachBlock(site, end, () => {
    body();
    setTask(k, own, { adds: k.constant("int", 1) });
  });
}

/** Multiplies a row of the result. */
function scaleResult({ k, p }: Site, at: Operand<"ptr">, factor: Operand<"f32v">): void {
  k.vectorLoop(p.headDim, (index, mask) => {
    const place = { base: at, index, scale: 4 } as const;
    k.store(place, k.mul(k.load("f32v", place, { mask }), factor), { mask });
  });
}

/** Scales the scores of the keys that a row sees and sets the others to MASKED; returns the greatest. */
function maskRow(site: Site, scores: Operand<"ptr">, row: Value<"int">): Value<"f32"> {
  const { k, p, task } = site;
  const from = k.variable(k.splat(k.sub(firstSeen(site, row), task.column)));
  const to = k.variable(k.splat(k.sub(row, task.column)));
  const scale = k.variable(k.splat(p.scaleLog2));
  const most = k.variable(k.constant("f32v", MASKED));
  forEachScore(site, (index) => {
    const place = { base: scores, index, scale: 4 } as const;
    const column = laneNumbers(k, index);
    const seen = k.and(k.compare(column, ">=", from), k.compare(column, "<=", to));
    const score = k.select(seen, k.mul(k.load("f32v", place), scale), MASKED);
    k.store(place, score);
    most.set(k.max(score, most));
  });
  return k.reduceMax(most);
}

/** Turns a row's scores into weights, 2^(score − most); returns their sum. */
function weighRow(site: Site, scores: Operand<"ptr">, most: Operand<"f32v">): Value<"f32"> {
  const { k } = site;
  const sum = k.variable(k.constant("f32v", 0));
  forEachScore(site, (index) => {
    const place = { base: scores, index, scale: 4 } as const;
    const score = k.load("f32v", place);
    const weight = powerOfTwo(k, k.sub(score, most));
    const kept = k.select(k.compare(score, "!=", MASKED), weight, 0);
    k.store(place, kept);
    sum.set(k.add(sum, kept));
  });
  return k.reduceAdd(sum);
}

/** Turns the scores of the task's row `i` into weights, and updates its greatest score, its sum and its result. */
function softmaxRow(site: Site, i: Value<"int">): void {
  const { k, own, task } = site;
  const scores = k.variable(k.offset(partOf(k, own, "scores"), k.mul(i, SCORES_STRIDE)));
  const row = k.add(task.start, i);
  const maximum = { base: k.variable(partOf(k, own, "maxima")), index: i, scale: 4 } as const;
  const total = { base: k.variable(partOf(k, own, "sums")), index: i, scale: 4 } as const;
  const ofBlock = k.splat(maskRow(site, scores, row));
  const old = k.broadcastF32(maximum);
  // If either operand is NaN, max returns the second, so a NaN in the block is kept.
  const most = k.variable(k.max(old, ofBlock));
  const rescale = k.variable(powerOfTwo(k, k.sub(old, most)));
  const sum = weighRow(site, scores, most);
  k.storeF32(maximum, k.lane0(most));
  k.storeF32(total, k.add(k.lane0(k.mul(k.broadcastF32(total), rescale)), sum));
  k.if(k.is(task.adds, ">", 0), () => scaleResult(site, headAt(site, "out", row, task.head), rescale));
}

/** Divides row `i` by the sum of its weights, and stores L. */
function finishRow(site: Site, i: Value<"int">): void {
  const { k, p, own, task } = site;
  const row = k.variable(k.add(task.start, i));
  const sum = k.variable(k.broadcastF32({ base: partOf(k, own, "sums"), index: i, scale: 4 }));
  const most = k.broadcastF32({ base: partOf(k, own, "maxima"), index: i, scale: 4 });
  const L = k.add(k.mul(most, Math.LN2), k.log(sum));
  k.storeF32({ base: p.L, index: k.add(k.mul(row, p.heads), task.head), scale: 4 }, k.lane0(L));
  const factor = k.variable(k.div(k.constant("f32v", 1), sum));
  scaleResult(site, headAt(site, "out", row, task.head), factor);
}

export const FORWARD: Form = {
  name: "attention",
  packed: [KEYS, VALUES],
  pointers: { q: input(0), k: input(1), v: input(2), starts: input(3), out: output, L: outputNumber(1) },
  rowsOf: "heads",
  task(site) {
    const { k, own, task } = site;
    k.loop(0, task.count, 1, (i) => {
      k.storeF32({ base: partOf(k, own, "maxima"), index: i, scale: 4 }, k.constant("f32", MASKED));
      k.storeF32({ base: partOf(k, own, "sums"), index: i, scale: 4 }, k.constant("f32", 0));
    });
    forEachKeyBlock(site, () => {
      multiplyRows(site, "q", KEYS, "scores");
      k.loop(0, task.count, 1, (i) => softmaxRow(site, i));
      sumRows(site, "scores", VALUES, "out");
    });
    k.loop(0, task.count, 1, (i) => finishRow(site, i));
  },
};
