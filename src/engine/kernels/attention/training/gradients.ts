/**
 * Attention backward [Flash, algorithm 4], as two ops so that each result has one writer: gradients of queries by
 * rows of queries, gradients of keys and values by rows of keys. Both recompute the weights:
 *
 *     P = 2^(S·scale·log2 e − L·log2 e)    dS = P⊙(dO·vᵀ − D)·scale
 */
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import { laneNumbers } from "../../lanes.ts";
import { input, output, outputNumber } from "../../launch.ts";
import { tileColumns } from "../../matmul/dense/sizes.ts";
import { powerOfTwo } from "../softmax.ts";
import { forEachKeyBlock } from "./forward.ts";
import { firstSeen, forEachBlock, forEachScore } from "./scores.ts";
import { type Form, headAt, multiplyRows, type Packed, type Site, sumRows } from "./site.ts";
import { type Part, partOf, SCORES_STRIDE } from "./sizes.ts";
import { setTask } from "./task.ts";

/** The place of a row and query head in L and D. */
const perHead = ({ k, p }: Site, matrix: "L" | "D", row: Operand<"int">, head: Operand<"int">) =>
  ({ base: p[matrix], index: k.add(k.mul(row, p.heads), head), scale: 4 }) as const;

interface WeightAndGradient {
  readonly weight: Value<"f32v">;
  readonly gradient: Value<"f32v">;
}

/** P and dS, both 0 where the key is not visible. */
function weigh(
  { k, p }: Site,
  of: {
    readonly score: Value<"f32v">;
    readonly dWeight: Value<"f32v">;
    readonly L: Operand<"f32v">;
    readonly D: Operand<"f32v">;
    readonly seen: Value<"mask">;
  },
): WeightAndGradient {
  const exponent = k.sub(k.mul(of.score, k.splat(p.scaleLog2)), k.mul(of.L, Math.LOG2E));
  const weight = k.select(of.seen, powerOfTwo(k, exponent), 0);
  const dScore = k.mul(k.mul(weight, k.sub(of.dWeight, of.D)), k.splat(p.scale));
  return { weight, gradient: k.select(of.seen, dScore, 0) };
}

/** Inputs of both ops. */
const OPERANDS = { q: input(0), k: input(1), v: input(2), starts: input(3), L: input(4) } as const;

const KEYS: Packed = { matrix: "k", along: "tokens" };
const KEY_ELEMENTS: Packed = { matrix: "k", along: "elements" };
const VALUES: Packed = { matrix: "v", along: "tokens" };

/** Stores D = Σ dO⊙O of a row. */
function storeD(site: Site, row: Value<"int">): void {
  const { k, p, task } = site;
  const [dOut, out] = (["dOut", "out"] as const).map((matrix) =>
    k.variable(headAt(site, matrix, row, task.head)),
  );
  const sum = k.variable(k.constant("f32v", 0));
  k.vectorLoop(p.headDim, (index, mask) => {
    const [a, b] = [dOut, out].map((base) => k.load("f32v", { base, index, scale: 4 }, { mask }));
    sum.set(k.fma(a, b, sum));
  });
  k.storeF32(perHead(site, "D", row, task.head), k.reduceAdd(sum));
}

/** Computes dS of row `i` for a block of keys, in place of its scores. */
function gradientOfScores(site: Site, i: Value<"int">): void {
  const { k, own, task } = site;
  const row = k.variable(k.add(task.start, i));
  const [scores, gradients] = (["scores", "gradients"] as const).map((part) =>
    k.variable(k.offset(partOf(k, own, part), k.mul(i, SCORES_STRIDE))),
  );
  const L = k.variable(k.broadcastF32(perHead(site, "L", row, task.head)));
  const D = k.variable(k.broadcastF32(perHead(site, "D", row, task.head)));
  const from = k.variable(k.splat(k.sub(firstSeen(site, row), task.column)));
  const to = k.variable(k.splat(k.sub(row, task.column)));
  forEachScore(site, (index) => {
    const at = (base: Variable<"ptr">) => ({ base, index, scale: 4 }) as const;
    const number = laneNumbers(k, index);
    const seen = k.and(k.compare(number, ">=", from), k.compare(number, "<=", to));
    const [score, dWeight] = [scores, gradients].map((base) => k.load("f32v", at(base)));
    k.store(at(scores), weigh(site, { score, dWeight, L, D, seen }).gradient);
  });
}

export const GRADIENT_Q: Form = {
  name: "attention_gradient_q",
  packed: [KEYS, VALUES, KEY_ELEMENTS],
  pointers: { ...OPERANDS, out: input(5), dOut: input(6), dQ: output, D: outputNumber(1) },
  rowsOf: "heads",
  task(site) {
    const { k, task } = site;
    k.loop(task.start, k.add(task.start, task.count), 1, (row) => storeD(site, row));
    forEachKeyBlock(site, () => {
      multiplyRows(site, "q", KEYS, "scores");
      multiplyRows(site, "dOut", VALUES, "gradients");
      k.loop(0, task.count, 1, (i) => gradientOfScores(site, i));
      sumRows(site, "scores", KEY_ELEMENTS, "dQ");
    });
  },
};

const QUERIES: Packed = { matrix: "q", along: "tokens" };
const QUERY_ELEMENTS: Packed = { matrix: "q", along: "elements" };
const D_OUT: Packed = { matrix: "dOut", along: "tokens" };
const D_OUT_ELEMENTS: Packed = { matrix: "dOut", along: "elements" };

/** Copies L, D and starts of the block's queries to contiguous memory; returns the first key that any of them sees. */
function readQueries(site: Site): Value<"int"> {
  const { k, own, task } = site;
  const first = k.variable(task.column);
  k.loop(0, task.columns, 1, (index) => {
    const row = k.variable(k.add(task.column, index));
    const at = (part: Part) => ({ base: partOf(k, own, part), index, scale: 4 }) as const;
    const seen = k.variable(firstSeen(site, row));
    k.storeInt("i32", at("columnStarts"), seen);
    first.set(k.min(seen, first));
    k.storeF32(at("columnL"), k.loadF32(perHead(site, "L", row, task.packedHead)));
    k.storeF32(at("columnD"), k.loadF32(perHead(site, "D", row, task.packedHead)));
  });
  return k.add(first, 0);
}

/** Computes P and dS of the task's key `i` for a block of queries, in place of scores and gradients of weights. */
function weighKey(site: Site, i: Value<"int">): void {
  const { k, own, task } = site;
  const [scores, gradients] = (["scores", "gradients"] as const).map((part) =>
    k.variable(k.offset(partOf(k, own, part), k.mul(i, SCORES_STRIDE))),
  );
  const key = k.add(task.start, i);
  const keyNumber = k.variable(k.splat(key));
  const keyWithin = k.variable(k.splat(k.sub(key, task.column)));
  forEachScore(site, (index) => {
    const at = (base: Operand<"ptr">) => ({ base, index, scale: 4 }) as const;
    const ofQuery = (part: Part) => k.load("f32v", at(partOf(k, own, part)));
    const starts = k.load("i32v", at(partOf(k, own, "columnStarts")));
    const seen = k.and(k.compare(starts, "<=", keyNumber), k.compare(laneNumbers(k, index), ">=", keyWithin));
    const [score, dWeight] = [scores, gradients].map((base) => k.load("f32v", at(base)));
    const [L, D] = [ofQuery("columnL"), ofQuery("columnD")];
    const { weight, gradient } = weigh(site, { score, dWeight, L, D, seen });
    k.store(at(scores), weight);
    k.store(at(gradients), gradient);
  });
}

/** Adds the contribution of the block of queries to the task's results, unless it sees none of the task's keys. */
function addQueries(site: Site): void {
  const { k, own, task } = site;
  const first = readQueries(site);
  k.if(k.is(first, "<", k.add(task.start, task.count)), () => {
    multiplyRows(site, "k", QUERIES, "scores");
    multiplyRows(site, "v", D_OUT, "gradients");
    k.loop(0, task.count, 1, (i) => weighKey(site, i));
    sumRows(site, "scores", D_OUT_ELEMENTS, "dV");
    sumRows(site, "gradients", QUERY_ELEMENTS, "dK");
    setTask(k, own, { adds: k.constant("int", 1) });
  });
}

export const GRADIENT_KV: Form = {
  name: "attention_gradient_kv",
  packed: [QUERIES, D_OUT, QUERY_ELEMENTS, D_OUT_ELEMENTS],
  pointers: { ...OPERANDS, D: input(5), dOut: input(6), dK: output, dV: outputNumber(1) },
  rowsOf: "kvHeads",
  task(site) {
    const { k, p, own, task } = site;
    const group = () => k.div(p.heads, p.kvHeads);
    setTask(k, own, { packedHead: k.mul(task.head, group()), adds: k.constant("int", 0) });
    k.loop(0, group(), 1, () => {
      setTask(k, own, { column: k.and(task.start, -tileColumns(k)) });
      forEachBlock(
        site,
        () => p.rows,
        () => addQueries(site),
      );
      setTask(k, own, { packedHead: k.add(task.packedHead, 1) });
    });
  },
};
