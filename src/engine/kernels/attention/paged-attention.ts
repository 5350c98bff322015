import { resolveShape } from "../../graph/plan.ts";
import { type Kernel, kernel } from "../../jit/builder.ts";
import type { Target } from "../../jit/target.ts";
import { f32, input, int, kernelRow, type Launch, output, scratch } from "../launch.ts";
import { type CacheType, cacheType, pageBytes } from "./cache-layout.ts";
import { Cells } from "./cells.ts";
import { clearStates, finishRows, mergeChunk, statesOf } from "./chunks.ts";
import { type AttentionShape, type Block, planAttention } from "./plan.ts";
import { multiplyScores, scoreRows } from "./products.ts";
import { PARAMETERS, type Site } from "./site.ts";
import { weighRows } from "./softmax.ts";
import {
  blockCounters,
  chunksSeen,
  findTask,
  planTasks,
  recordBytes,
  recordCount,
  recordOf,
  taskCount,
  whenBlockIsDone,
} from "./tasks.ts";

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
  cells.set("position", position);
  cells.set("last", k.sub(k.add(position, run), 1));
}

/** The first slot that the run's first token sees, and the task's tiles that the run sees. */
function findTiles({ k, p, plan, cells }: Site): void {
  const tileSlots = plan.tilePages * plan.pageSize;
  const zero = k.constant("int", 0);
  const windowStart = () => k.add(k.sub(cells.get("position"), p.window), 1);
  cells.set("first", plan.windowed ? k.max(windowStart(), zero) : zero);
  cells.set("tile", k.div(cells.get("first"), tileSlots));
  cells.set("tileEnd", k.add(k.div(cells.get("last"), tileSlots), 1));
  k.if(k.is(cells.get("record"), ">=", 0), () => {
    const start = k.mul(cells.get("chunk"), plan.chunkTiles);
    cells.set("tile", k.max(cells.get("tile"), start));
    cells.set("tileEnd", k.min(cells.get("tileEnd"), k.add(start, plan.chunkTiles)));
  });
}

/** Copies the run's queries, times the scale, and stores the position of every row. */
function startRows({ k, p, plan, cells, memory }: Site): void {
  const { group, headDim, nKvHeads } = plan;
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
  k.loop(0, rows, 1, (row) => {
    const position = k.add(cells.get("position"), k.div(row, group));
    k.storeInt("i32", { base: memory, index: row, scale: 4, disp: plan.positions }, position);
  });
}

/** Calls `body` for blocks of rows, the largest that fit first; cell `row` is the first row of the block. */
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

/** Processes one tile for all rows of the run. */
function runTile(site: Site): void {
  const { k, plan, cells } = site;
  const pageEnd = k.add(k.div(cells.get("last"), plan.pageSize), 1);
  const left = k.sub(pageEnd, k.mul(cells.get("tile"), plan.tilePages));
  cells.set("tilePages", k.min(left, plan.tilePages));
  forEachBlock(site, (block) => scoreRows(site, block));
  weighRows(site);
  forEachBlock(site, (block) => multiplyScores(site, block));
}

/** Processes the visible part of a chunk for the run's rows. The chunk begins with the tile in cell `tile`. */
function runChunk(site: Site): void {
  const { k, plan, cells } = site;
  const chunk = k.div(cells.get("tile"), plan.chunkTiles);
  cells.set("chunkEnd", k.min(cells.get("tileEnd"), k.mul(k.add(chunk, 1), plan.chunkTiles)));
  cells.set("state", cells.get("ownState"));
  k.if(k.is(cells.get("record"), ">=", 0), () => cells.set("state", recordOf(site, cells.get("chunk"))));
  clearStates(site, statesOf(site), cells.get("rows"));
  k.while(
    () => k.is(cells.get("tile"), "<", cells.get("chunkEnd")),
    () => {
      runTile(site);
      cells.set("tile", k.add(cells.get("tile"), 1));
    },
  );
  k.if(k.is(cells.get("record"), "<", 0), () => mergeChunk(site));
}

/** Processes the run that begins with the token in cell `token`. */
function runTokens(site: Site): void {
  const { k, plan, cells, memory } = site;
  findRun(site);
  findTiles(site);
  k.if(k.is(cells.get("tile"), "<", cells.get("tileEnd")), () => {
    startRows(site);
    clearStates(site, k.offset(memory, plan.merged), cells.get("rows"));
    k.while(
      () => k.is(cells.get("tile"), "<", cells.get("tileEnd")),
      () => runChunk(site),
    );
    k.if(k.is(cells.get("record"), "<", 0), () => finishRows(site));
  });
  cells.set("token", k.add(cells.get("token"), cells.get("run")));
}

/** Computes the result of the token in cell `token` from the records of its chunks. */
function mergeRecords(site: Site): void {
  const { k, p, plan, cells, memory } = site;
  cells.set("run", k.constant("int", 1));
  cells.set("rows", k.constant("int", plan.group));
  clearStates(site, k.offset(memory, plan.merged), cells.get("rows"));
  const position = k.loadInt("i32", { base: p.positions, index: cells.get("token"), scale: 4 });
  const { from, to } = chunksSeen(site, position);
  k.loop(from, to, 1, (chunk) => {
    cells.set("state", recordOf(site, chunk));
    mergeChunk(site);
  });
  finishRows(site);
  cells.set("token", k.add(cells.get("token"), 1));
}

function forEachToken({ k, cells }: Site, body: () => void): void {
  k.while(() => k.is(cells.get("token"), "<", cells.get("blockEnd")), body);
}

function runTask(site: Site): void {
  const { k, cells } = site;
  findTask(site);
  forEachToken(site, () => runTokens(site));
  k.if(k.is(cells.get("record"), ">=", 0), () =>
    whenBlockIsDone(site, () => {
      cells.set("token", cells.get("blockStart"));
      forEachToken(site, () => mergeRecords(site));
    }),
  );
}

/** Most tokens of a step that a short kernel computes. */
const SHORT_TOKENS = 2;

function attentionKernel(shape: AttentionShape, cache: CacheType, run?: number): Kernel<typeof PARAMETERS> {
  const { dtype, group, nKvHeads, headDim, pageSize, windowed } = shape;
  const sizes = [dtype.toLowerCase(), group, nKvHeads, headDim, pageSize].join("_");
  const name = `paged_attention_${sizes}${windowed ? "_window" : ""}${run === undefined ? "" : "_few"}`;
  return kernel(name, PARAMETERS, (k, p) => {
    const plan = planAttention(shape, cache, k.target, run);
    const records = k.mul(p.records, nKvHeads * recordBytes(plan));
    const thread = k.atomicAdd({ base: p.tasks, disp: 4 }, k.constant("int", 1));
    const start = k.add(records, k.mul(thread, plan.byteLength));
    const memory = k.offset(p.scratch, start);
    const site: Site = { k, p, plan, cells: new Cells(k, memory), memory };
    const { cells } = site;
    cells.set("ownState", k.add(start, plan.states));
    planTasks(site);
    const take = () => cells.set("task", k.atomicAdd(p.tasks, k.constant("int", 1)));
    take();
    k.while(
      () => k.is(cells.get("task"), "<", taskCount(site)),
      () => {
        runTask(site);
        take();
      },
    );
  });
}

type Kernels = Pick<Launch, "kernel" | "short">;

/** The kernel, and one for few tokens if that needs fewer blocks. */
function makeKernels(shape: AttentionShape, cache: CacheType, target: Target): Kernels {
  const blocks = (run?: number): number => planAttention(shape, cache, target, run).blocks.length;
  const kernelFor = (run?: number) => attentionKernel(shape, cache, run) as unknown as Kernel;
  const kernel = kernelFor();
  if (blocks(SHORT_TOKENS) === blocks()) return { kernel };
  const tokens = [1, SHORT_TOKENS] as const;
  return { kernel, short: [{ kernel: kernelFor(SHORT_TOKENS), tokens, fast: tokens }] };
}

const KERNELS = new Map<string, Kernels>();
function kernelsFor(shape: AttentionShape, cache: CacheType, target: Target): Kernels {
  const key = JSON.stringify([shape, target.isa]);
  const known = KERNELS.get(key) ?? makeKernels(shape, cache, target);
  KERNELS.set(key, known);
  return known;
}

export const PAGED_ATTENTION_ROW = kernelRow({
  op: "paged_attention",
  launch(node, target) {
    const [q, keys, values, pageTable] = node.inputs;
    const { nHeads, nKvHeads, headDim, pageSize, window, scale } = node.attributes;
    const { dtype } = keys;
    const cache = cacheType({ dtype, headDim });
    if (q.dtype !== "F32" || values.dtype !== dtype || cache === undefined) return undefined;
    const windowed = Number.isFinite(window);
    const shape = { dtype, group: nHeads / nKvHeads, nKvHeads, headDim, pageSize, windowed };
    if (pageBytes(shape, cache) >= 2 ** 31) return undefined;
    const plan = planAttention(shape, cache, target);
    const pages = resolveShape(pageTable.shape, pageTable.graph.symbols)[1];
    const records = recordCount(plan, pages);
    return {
      ...kernelsFor(shape, cache, target),
      arguments: {
        q: input(0),
        keys: input(1),
        values: input(2),
        pageTable: input(3),
        sequences: input(4),
        positions: input(5),
        out: output,
        tasks: { kind: "tasks", more: blockCounters(plan) },
        scratch: scratch(plan.byteLength, records * nKvHeads * recordBytes(plan)),
        tokens: int(q.shape[0]),
        records: int(records),
        pages: int(pageTable.shape[1]),
        window: int(windowed ? window : 0),
        scale: f32(scale * Math.LOG2E),
      },
    };
  },
});
