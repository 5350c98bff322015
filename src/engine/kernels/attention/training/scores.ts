/** Blocks of scores in working memory: the columns that a row sees, and a loop over a row's vectors. */
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Site } from "./site.ts";
import { COLUMNS } from "./sizes.ts";
import { setTask } from "./task.ts";

/** Vectors of an iteration of the unrolled loop over a row. */
const UNROLL = 4;

/**
 * Calls `body` for the vectors that hold the block's columns of a row, and possibly for some beyond: memory of a row is
 * a whole number of vectors. `index` is the vector's first column within the block.
 */
export function forEachScore({ k, task }: Site, body: (index: Value<"int">) => void): void {
  k.loop(0, task.columns, UNROLL * k.lanes, (index) => {
    for (let u = 0; u < UNROLL; u++) body(k.add(index, u * k.lanes));
  });
}

/** The first row that a row sees: its entry of `starts`, but at most the row itself. */
export function firstSeen({ k, p }: Site, row: Operand<"int">): Value<"int"> {
  return k.min(k.loadInt("i32", { base: p.starts, index: row, scale: 4 }), row);
}

/** The first row that any of the task's rows sees. */
export function firstSeenByAny(site: Site): Value<"int"> {
  const { k, task } = site;
  const first = k.variable(task.start);
  k.loop(first, k.add(task.start, task.count), 1, (row) => {
    first.set(k.min(firstSeen(site, row), first));
  });
  return k.add(first, 0);
}

/** The blocks of the task's columns from the one in its cell to `end`, each with its `columns`. */
export function forEachBlock({ k, own, task }: Site, end: () => Value<"int">, body: () => void): void {
  const left = () => k.sub(end(), task.column);
  k.while(
    () => k.is(left(), ">", 0),
    () => {
      setTask(k, own, { columns: k.min(left(), COLUMNS) });
      body();
      setTask(k, own, { column: k.add(task.column, COLUMNS) });
    },
  );
}
