/**
 * The tasks of attention. A task is a block of tokens and one key head, or one chunk of these if the block's sequences
 * are longer than a chunk. Only the first blocks of a step are split, because the scheduler puts the single tokens of
 * sequences there, and only as many as there is room for partial results. The split never changes the bits of a result.
 *
 * Every thread keeps a table of the blocks that may be split. Its columns: number of the block's first task, number of
 * its first record (−1 if the block is not split), its first chunk, its number of chunks. A record holds the states of
 * one token's rows over one chunk.
 */
import type { Value } from "../../jit/language/core.ts";
import { type AttentionPlan, TABLE_BLOCKS, TABLE_ROW_BYTES } from "./plan.ts";
import type { Site } from "./site.ts";

/** Target number of blocks × key heads of a step, if it has enough tokens: more than there are threads. */
const WANTED_TASKS = 64;
/** Limits of records: their memory, and the number of tokens whose whole contexts have room. */
const RECORD_BYTES = 32 << 20;
const RECORD_TOKENS = 64;

const FIELDS = { firstTask: 0, record: 8, firstChunk: 16, chunks: 24 } as const;

export function recordBytes({ group, state }: AttentionPlan): number {
  return group * state.byteLength;
}

/** Records that fit in memory, per key head, if sequences have at most `pages` pages. */
export function recordCount(plan: AttentionPlan, pages: number): number {
  const chunks = Math.ceil(pages / (plan.tilePages * plan.chunkTiles));
  if (chunks === 1) return 0;
  const fitting = Math.floor(RECORD_BYTES / (plan.nKvHeads * recordBytes(plan)));
  return Math.min(fitting, RECORD_TOKENS * chunks);
}

/** Number of counters of completed chunks: one per block and key head. */
export function blockCounters({ nKvHeads }: AttentionPlan): number {
  return TABLE_BLOCKS * nKvHeads;
}

/** Chunks of the slots that a token at this position sees: the first one, and the one after the last. */
export function chunksSeen({ k, p, plan }: Site, position: Value<"int">) {
  const chunkSlots = plan.chunkTiles * plan.tilePages * plan.pageSize;
  const zero = k.constant("int", 0);
  const first = plan.windowed ? k.max(k.add(k.sub(position, p.window), 1), zero) : zero;
  return { from: k.div(first, chunkSlots), to: k.add(k.div(position, chunkSlots), 1) };
}

function tableRow({ k, plan, memory }: Site, block: Value<"int">): Value<"ptr"> {
  return k.offset(memory, k.add(k.mul(block, TABLE_ROW_BYTES), plan.table));
}

function endOf({ k, p, cells }: Site, start: Value<"int">): Value<"int"> {
  return k.min(k.add(start, cells.get("blockTokens")), p.tokens);
}

/** Splits the step into tasks: sets the cells of the step and fills the table. */
export function planTasks(site: Site): void {
  const { k, p, plan, cells } = site;
  const wanted = k.div(k.add(k.mul(p.tokens, plan.nKvHeads), WANTED_TASKS - 1), WANTED_TASKS);
  const blockTokens = k.max(k.min(wanted, plan.tokens), k.constant("int", 1));
  cells.set("blockTokens", blockTokens);
  cells.set("blocks", k.div(k.sub(k.add(p.tokens, blockTokens), 1), blockTokens));
  cells.set("tableBlocks", k.min(cells.get("blocks"), TABLE_BLOCKS));
  const task = k.variable(k.constant("int", 0));
  const record = k.variable(k.constant("int", 0));
  k.loop(0, cells.get("tableBlocks"), 1, (block) => {
    const start = k.mul(block, cells.get("blockTokens"));
    const end = endOf(site, start);
    const from = k.variable(k.constant("int", Number.MAX_SAFE_INTEGER));
    const to = k.variable(k.constant("int", 0));
    k.loop(start, end, 1, (token) => {
      const seen = chunksSeen(site, k.loadInt("i32", { base: p.positions, index: token, scale: 4 }));
      from.set(k.min(from, seen.from));
      to.set(k.max(to, seen.to));
    });
    const row = tableRow(site, block);
    k.storeInt("i64", { base: row, disp: FIELDS.firstTask }, task);
    k.storeInt("i64", { base: row, disp: FIELDS.record }, k.constant("int", -1));
    k.storeInt("i64", { base: row, disp: FIELDS.firstChunk }, from);
    const chunks = k.sub(to, from);
    k.storeInt("i64", { base: row, disp: FIELDS.chunks }, chunks);
    const recordEnd = k.add(record, k.mul(chunks, k.sub(end, start)));
    const splits = k.variable(k.constant("int", 0));
    k.if(k.is(chunks, ">", 1), () =>
      k.if(k.is(recordEnd, "<=", p.records), () => splits.set(k.constant("int", 1))),
    );
    k.if(
      k.is(splits, "!=", 0),
      () => {
        k.storeInt("i64", { base: row, disp: FIELDS.record }, record);
        record.set(recordEnd);
        task.set(k.add(task, chunks));
      },
      () => k.increase(task, 1),
    );
  });
  cells.set("tableTasks", task);
}

/** Tasks of one key head. */
function tasksPerHead({ k, cells }: Site): Value<"int"> {
  return k.add(k.sub(cells.get("blocks"), cells.get("tableBlocks")), cells.get("tableTasks"));
}

export function taskCount(site: Site): Value<"int"> {
  return site.k.mul(tasksPerHead(site), site.plan.nKvHeads);
}

/**
 * Sets the other cells of the task in cell `task`. Tasks are ordered by key head, so that its keys and values stay in
 * the cache. Within a key head the last tokens come first, because they see the most slots.
 */
export function findTask(site: Site): void {
  const { k, cells } = site;
  const perHead = tasksPerHead(site);
  cells.set("kvHead", k.div(cells.get("task"), perHead));
  const number = k.sub(k.sub(perHead, 1), k.rem(cells.get("task"), perHead));
  const block = k.variable(k.add(k.sub(number, cells.get("tableTasks")), cells.get("tableBlocks")));
  const record = k.variable(k.constant("int", -1));
  k.if(k.is(number, "<", cells.get("tableTasks")), () => {
    block.set(k.sub(cells.get("tableBlocks"), 1));
    const firstTask = () => k.loadInt("i64", { base: tableRow(site, block.value), disp: FIELDS.firstTask });
    k.while(
      () => k.is(firstTask(), ">", number),
      () => block.set(k.sub(block, 1)),
    );
    const row = tableRow(site, block.value);
    record.set(k.loadInt("i64", { base: row, disp: FIELDS.record }));
    // Chunks are processed in ascending order: each prefetches keys of the next before it ends.
    const after = k.sub(number, k.loadInt("i64", { base: row, disp: FIELDS.firstTask }));
    const chunks = k.loadInt("i64", { base: row, disp: FIELDS.chunks });
    const end = k.add(chunks, k.loadInt("i64", { base: row, disp: FIELDS.firstChunk }));
    cells.set("chunk", k.sub(k.sub(end, after), 1));
  });
  const start = k.mul(block, cells.get("blockTokens"));
  cells.set("block", block);
  cells.set("record", record);
  cells.set("blockStart", start);
  cells.set("blockEnd", endOf(site, start));
  cells.set("token", start);
}

/** Offset in the shared memory of the record of `chunk` and the token in cell `token`. The block must be split. */
export function recordOf(site: Site, chunk: Value<"int">): Value<"int"> {
  const { k, p, plan, cells } = site;
  const row = tableRow(site, cells.get("block"));
  const before = k.sub(chunk, k.loadInt("i64", { base: row, disp: FIELDS.firstChunk }));
  const tokens = k.sub(cells.get("blockEnd"), cells.get("blockStart"));
  const inBlock = k.add(k.mul(before, tokens), k.sub(cells.get("token"), cells.get("blockStart")));
  const ofHead = k.mul(cells.get("kvHead"), p.records);
  return k.mul(k.add(k.add(ofHead, cells.get("record")), inBlock), recordBytes(plan));
}

/** Counts the task's chunk as done, and runs `body` if it was the last one of its block. */
export function whenBlockIsDone(site: Site, body: () => void): void {
  const { k, p, cells } = site;
  const counter = k.add(k.mul(cells.get("kvHead"), TABLE_BLOCKS), cells.get("block"));
  const done = k.atomicAdd({ base: p.tasks, index: counter, scale: 4, disp: 8 }, k.constant("int", 1));
  const row = tableRow(site, cells.get("block"));
  k.if(k.is(k.add(done, 1), "==", k.loadInt("i64", { base: row, disp: FIELDS.chunks })), body);
}
