/** Blocks of scores in working memory: which columns a row sees, and a pass over a row's vectors. */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Site } from "./site.ts";

/** Vectors of a row that are written out. */
const UNROLL = 4;

/** Numbers of the lanes of a vector, from `first` on. */
export function laneNumbers(k: KernelBuilder, first: Operand<"int">): Value<"i32v"> {
  return k.add(k.table(Array.from({ length: k.lanes }, (_, lane) => lane)), k.splat(first));
}

/**
 * Calls `body` for the vectors that hold the block's columns of a row, and perhaps some more: rows have whole
 * numbers of them. `index` is the vector's first column, within the block.
 */
export function forEachScore({ k, task }: Site, body: (index: Value<"int">) => void): void {
  k.loop(0, task.columns, UNROLL * k.lanes, (index) => {
    for (let u = 0; u < UNROLL; u++) body(k.add(index, u * k.lanes));
  });
}

/** The first row that a row sees: `starts`, but at most itself. */
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
