/**
 * Chunks: the slots of each row are split into chunks at fixed multiples from slot 0. The softmax of every chunk is
 * computed separately, and the results (m, l, sums) are merged in order:
 *
 *     M' = max(M, m)    α = 2^(M − M')    β = 2^(m − M')    L' = α·L + β·l    Sums' = α·Sums + β·sums
 *
 * Different threads may therefore compute the chunks of one token, with the same bits. A chunk that a row does not see
 * (m = MASKED, all else 0) leaves the row unchanged.
 */
import type { Value } from "../../jit/language/core.ts";
import type { Site } from "./site.ts";
import { MASKED, powerOfTwo } from "./softmax.ts";

/** Initialises the states of `rows` rows: no slot seen. */
export function clearStates({ k, plan }: Site, at: Value<"ptr">, rows: Value<"int">): void {
  const { headVectors, lanes, state } = plan;
  const to = k.variable(at);
  const zero = k.constant("f32v", 0);
  k.loop(0, rows, 1, () => {
    k.store({ base: to, disp: state.total }, zero);
    k.storeF32({ base: to, disp: state.maximum }, k.constant("f32", MASKED));
    for (let v = 0; v < headVectors; v++) k.store({ base: to, disp: state.sums + 4 * lanes * v }, zero);
    k.advance(to, state.byteLength);
  });
}

/** Address of the states of the run's rows over the current chunk. */
export function statesOf({ k, p, cells }: Site): Value<"ptr"> {
  return k.offset(p.scratch, cells.get("state"));
}

/** Merges the current chunk into the results of the run's rows over the earlier chunks. */
export function mergeChunk(site: Site): void {
  const { k, plan, cells, memory } = site;
  const { headVectors, lanes, state } = plan;
  const from = k.variable(statesOf(site));
  const to = k.variable(k.offset(memory, plan.merged));
  k.loop(0, cells.get("rows"), 1, () => {
    const before = k.broadcastF32({ base: to, disp: state.maximum });
    const own = k.broadcastF32({ base: from, disp: state.maximum });
    const maximum = k.max(before, own);
    const alpha = powerOfTwo(k, k.sub(before, maximum));
    const beta = powerOfTwo(k, k.sub(own, maximum));
    k.storeF32({ base: to, disp: state.maximum }, k.lane0(maximum));
    const merge = (disp: number): void => {
      const rescaled = k.mul(k.load("f32v", { base: to, disp }), alpha);
      k.store({ base: to, disp }, k.fma(k.load("f32v", { base: from, disp }), beta, rescaled));
    };
    merge(state.total);
    for (let v = 0; v < headVectors; v++) merge(state.sums + 4 * lanes * v);
    for (const pointer of [from, to]) k.advance(pointer, state.byteLength);
  });
}

/** Divides the merged sums by the totals and writes them out. */
export function finishRows({ k, p, plan, cells, memory }: Site): void {
  const { group, headDim, nKvHeads, state } = plan;
  const first = k.mul(k.add(k.mul(cells.get("token"), nKvHeads), cells.get("kvHead")), 4 * group * headDim);
  const to = k.variable(k.offset(p.out, first));
  const from = k.variable(k.offset(memory, plan.merged));
  k.loop(0, cells.get("run"), 1, () => {
    k.loop(0, group, 1, () => {
      const total = k.reduceAdd(k.load("f32v", { base: from, disp: state.total }));
      const factor = k.splat(k.div(k.constant("f32", 1), total));
      k.vectorLoop(k.constant("int", headDim), (index, mask) => {
        const sum = k.load("f32v", { base: from, index, scale: 4, disp: state.sums });
        k.store({ base: to, index, scale: 4 }, k.mul(sum, factor), { mask });
      });
      k.advance(to, 4 * headDim);
      k.advance(from, state.byteLength);
    });
    k.advance(to, 4 * (nKvHeads - 1) * group * headDim);
  });
}
