/**
 * paged_attention: out = softmax(scale · q·Kᵀ) · V over the slots that each token sees, through the page table.
 *
 * A task is a block of tokens and one key head; within it, tokens of one sequence at successive positions form a
 * run, whose rows (tokens × query heads of the key head) share every key and value that is read. Slots are taken
 * in tiles, always the same ones counted from slot 0, with a running maximum m and total l per row; scores are
 * taken times log₂ e, so that powers are those of 2:
 *
 *     m' = max(m, scores)    α = 2^(m − m')    p = 2^(scores − m')    l' = α·l + Σp    sums' = α·sums + p·V
 *
 * Every number of a row is computed from its own row in the same order, whatever rows are computed beside it: the
 * result does not depend on the batch or on threads. Against the reference (f64): at most 2e-6 of the range of
 * the values, see paged-attention.test.ts.
 */
import type { Node } from "../../graph.ts";
import type { Value } from "../../kernel/build/core.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../kernel/builder.ts";
import type { Target } from "../../kernel/target.ts";
import type { PagedHeadLayout } from "../../ops/paged-attention.ts";
import { f32, input, int, type KernelRow, output, scratch, scratchOf, tasks } from "../launch.ts";
import { type CacheType, cacheType, pageBytes } from "./cache-layout.ts";
import { Cells } from "./cells.ts";
import { type AttentionPlan, type AttentionShape, type Block, planAttention } from "./plan.ts";
import { multiplyScores, scoreRows } from "./products.ts";
import { MASKED, weighRows } from "./softmax.ts";

export const PARAMETERS = {
  q: "ptr",
  keys: "ptr",
  values: "ptr",
  pageTable: "ptr",
  sequences: "ptr",
  positions: "ptr",
  out: "ptr",
  tasks: "ptr",
  scratch: "ptr",
  tokens: "int",
  pages: "int",
  window: "int",
  scale: "f32",
} as const;

export type P = Arguments<typeof PARAMETERS>;

/** What the parts of the kernel share while it is written. */
export interface Site {
  readonly k: KernelBuilder;
  readonly p: P;
  readonly plan: AttentionPlan;
  readonly cells: Cells;
  /** This thread's working memory. */
  readonly memory: Value<"ptr">;
}

/** Counts the tokens from `token` on that continue its sequence. */
function findRun({ k, p, cells }: Site): void {
  const token = cells.get("token");
  const sequence = k.loadInt("i32", { base: p.sequences, index: token, scale: 4 });
  const position = k.loadInt("i32", { base: p.positions, index: token, scale: 4 });
  const run = k.variable(k.constant("int", 1));
  const more = k.variable(k.constant("int", 1));
  k.while(
    () => k.is(more, "!=", 0),
    () => {
      more.set(k.constant("int", 0));
      const next = k.add(token, run);
      k.if(k.is(next, "<", cells.get("blockEnd")), () => {
        const sameSequence = k.loadInt("i32", { base: p.sequences, index: next, scale: 4 });
        k.if(k.is(sameSequence, "==", sequence), () => {
          const follows = k.loadInt("i32", { base: p.positions, index: next, scale: 4 });
          k.if(k.is(follows, "==", k.add(position, run)), () => {
            k.increase(run, 1);
            more.set(k.constant("int", 1));
          });
        });
      });
    },
  );
  cells.set("run", run);
  cells.set("pageRow", k.mul(sequence, k.shl(p.pages, 2)));
  cells.set("first", position);
  cells.set("last", k.sub(k.add(position, run), 1));
}

/** Which tiles the run sees; `first` becomes the first slot that its first token sees. */
function findTiles({ k, p, plan, cells }: Site): void {
  const tileSlots = plan.tilePages * plan.pageSize;
  if (plan.windowed) {
    const behind = k.add(k.sub(cells.get("first"), p.window), 1);
    cells.set("first", k.max(behind, k.constant("int", 0)));
    cells.set("tile", k.div(cells.get("first"), tileSlots));
  } else {
    cells.set("first", k.constant("int", 0));
    cells.set("tile", k.constant("int", 0));
  }
  cells.set("tileEnd", k.add(k.div(cells.get("last"), tileSlots), 1));
}

/** Copies the run's queries, times the scale, and starts every row. `cells.first` is still the first position. */
function startRows({ k, p, plan, cells, memory }: Site): void {
  const { group, headDim, nKvHeads, lanes, headVectors } = plan;
  const scale = k.splat(p.scale);
  const first = k.mul(k.add(k.mul(cells.get("token"), nKvHeads), cells.get("kvHead")), 4 * group * headDim);
  const from = k.variable(k.offset(p.q, first));
  const to = k.variable(k.offset(memory, plan.queries));
  k.loop(0, cells.get("run"), 1, () => {
    k.vectorLoop(k.constant("int", group * headDim), (index, mask) => {
      const q = k.load("f32v", { base: from, index, scale: 4 }, { mask });
      k.store({ base: to, index, scale: 4 }, k.mul(q, scale), { mask });
    });
    k.advance(from, 4 * nKvHeads * group * headDim);
    k.advance(to, 4 * group * headDim);
  });
  const rows = k.mul(cells.get("run"), group);
  cells.set("rows", rows);
  const zero = k.constant("f32v", 0);
  const sums = k.variable(k.offset(memory, plan.sums));
  k.loop(0, rows, 1, (row) => {
    const position = k.add(cells.get("first"), k.div(row, group));
    k.storeInt("i32", { base: memory, index: row, scale: 4, disp: plan.positions }, position);
    k.storeF32({ base: memory, index: row, scale: 4, disp: plan.maxima }, k.constant("f32", MASKED));
    const total = k.offset(memory, k.mul(row, 4 * lanes));
    k.store({ base: total, disp: plan.totals }, zero);
    for (let v = 0; v < headVectors; v++) k.store({ base: sums, disp: 4 * lanes * v }, zero);
    k.advance(sums, plan.sumRowBytes);
  });
}

/** Calls `body` for blocks of rows, as large as there are rows left; cell `row` is the first of them. */
function forEachBlock({ k, plan, cells }: Site, body: (block: Block) => void): void {
  cells.set("row", k.constant("int", 0));
  for (const block of plan.blocks)
    k.while(
      () => k.is(k.add(cells.get("row"), block.rows), "<=", cells.get("rows")),
      () => {
        body(block);
        cells.set("row", k.add(cells.get("row"), block.rows));
      },
    );
}

/** All rows of the run over one tile. */
function runTile(site: Site): void {
  const { k, plan, cells } = site;
  const pageEnd = k.add(k.div(cells.get("last"), plan.pageSize), 1);
  const left = k.sub(pageEnd, k.mul(cells.get("tile"), plan.tilePages));
  cells.set("tilePages", k.min(left, plan.tilePages));
  forEachBlock(site, (block) => scoreRows(site, block));
  weighRows(site);
  forEachBlock(site, (block) => multiplyScores(site, block));
}

/** Divides the sums by the totals and writes them out. */
function finishRows({ k, p, plan, cells, memory }: Site): void {
  const { group, headDim, nKvHeads, lanes } = plan;
  const first = k.mul(k.add(k.mul(cells.get("token"), nKvHeads), cells.get("kvHead")), 4 * group * headDim);
  const to = k.variable(k.offset(p.out, first));
  const sums = k.variable(k.offset(memory, plan.sums));
  const totals = k.variable(k.offset(memory, plan.totals));
  k.loop(0, cells.get("run"), 1, () => {
    k.loop(0, group, 1, () => {
      const total = k.reduceAdd(k.load("f32v", totals));
      const factor = k.splat(k.div(k.constant("f32", 1), total));
      k.vectorLoop(k.constant("int", headDim), (index, mask) => {
        const sum = k.load("f32v", { base: sums, index, scale: 4 });
        k.store({ base: to, index, scale: 4 }, k.mul(sum, factor), { mask });
      });
      k.advance(to, 4 * headDim);
      k.advance(sums, plan.sumRowBytes);
      k.advance(totals, 4 * lanes);
    });
    k.advance(to, 4 * (nKvHeads - 1) * group * headDim);
  });
}

/** The tokens of the task in cells `token` … `blockEnd`, run by run. */
function runBlock(site: Site): void {
  const { k, cells } = site;
  k.while(
    () => k.is(cells.get("token"), "<", cells.get("blockEnd")),
    () => {
      findRun(site);
      startRows(site);
      findTiles(site);
      k.while(
        () => k.is(cells.get("tile"), "<", cells.get("tileEnd")),
        () => {
          runTile(site);
          cells.set("tile", k.add(cells.get("tile"), 1));
        },
      );
      finishRows(site);
      cells.set("token", k.add(cells.get("token"), cells.get("run")));
    },
  );
}

function attentionKernel(shape: AttentionShape, cache: CacheType): Kernel<typeof PARAMETERS> {
  const { dtype, group, nKvHeads, headDim, pageSize, windowed } = shape;
  const sizes = [dtype.toLowerCase(), group, nKvHeads, headDim, pageSize].join("_");
  const name = `paged_attention_${sizes}${windowed ? "_window" : ""}`;
  return kernel(name, PARAMETERS, (k, p) => {
    const plan = planAttention(shape, cache, k.target);
    const memory = scratchOf(k, p.tasks, p.scratch, plan.byteLength);
    const cells = new Cells(k, memory);
    const blocks = k.div(k.add(p.tokens, plan.tokens - 1), plan.tokens);
    cells.set("blockCount", blocks);
    const take = () => cells.set("task", k.atomicAdd(p.tasks, k.constant("int", 1)));
    take();
    k.while(
      () => k.is(cells.get("task"), "<", k.mul(cells.get("blockCount"), nKvHeads)),
      () => {
        // One key head after the other, so that its keys and values stay in the cache; of each the last block of
        // tokens first, because it sees the most.
        const count = cells.get("blockCount");
        cells.set("kvHead", k.div(cells.get("task"), count));
        const block = k.sub(k.sub(count, 1), k.rem(cells.get("task"), count));
        const token = k.mul(block, plan.tokens);
        cells.set("token", token);
        cells.set("blockEnd", k.min(k.add(token, plan.tokens), p.tokens));
        runBlock({ k, p, plan, cells, memory });
        take();
      },
    );
  });
}

const KERNELS = new Map<string, Kernel<typeof PARAMETERS>>();
function kernelFor(shape: AttentionShape, cache: CacheType): Kernel<typeof PARAMETERS> {
  const key = JSON.stringify(shape);
  const known = KERNELS.get(key) ?? attentionKernel(shape, cache);
  KERNELS.set(key, known);
  return known;
}

export const PAGED_ATTENTION_ROW: KernelRow = {
  op: "paged_attention",
  launch(node: Node, target: Target) {
    const [q, keys, values, pageTable] = node.inputs;
    const { nHeads, nKvHeads, headDim, pageSize, window, scale } = node.attributes as PagedHeadLayout;
    const { dtype } = keys;
    const cache = cacheType({ dtype, headDim });
    if (q.dtype !== "F32" || values.dtype !== dtype || cache === undefined) return undefined;
    const windowed = Number.isFinite(window);
    const shape = { dtype, group: nHeads / nKvHeads, nKvHeads, headDim, pageSize, windowed };
    if (pageBytes(shape, cache) >= 2 ** 31) return undefined;
    return {
      kernel: kernelFor(shape, cache),
      arguments: {
        q: input(0),
        keys: input(1),
        values: input(2),
        pageTable: input(3),
        sequences: input(4),
        positions: input(5),
        out: output,
        tasks,
        scratch: scratch(planAttention(shape, cache, target).byteLength),
        tokens: int(q.shape[0]),
        pages: int(pageTable.shape[1]),
        window: int(windowed ? window : 0),
        scale: f32(scale * Math.LOG2E),
      },
    };
  },
};
