/** kv_write: the step's keys or values into their slots of the paged cache (cache-layout.ts). Exact. */
import type { Value } from "../../kernel/build/core.ts";
import { type KernelBuilder, kernel } from "../../kernel/builder.ts";
import type { CacheLayout } from "../../ops/paged-attention.ts";
import { forEachTask, input, int, type KernelRow, output, tasks } from "../launch.ts";

/** Tokens of a task: neighbours share cache lines of keys, so one thread writes them. */
const TOKENS = 16;

const PARAMETERS = {
  rows: "ptr",
  slots: "ptr",
  cache: "ptr",
  tasks: "ptr",
  count: "int",
  columns: "int",
  headDim: "int",
  pageSize: "int",
} as const;

interface Place {
  /** First element of the token's row. */
  readonly from: Value<"ptr">;
  /** First byte of the page. */
  readonly page: Value<"ptr">;
  /** Slot within the page. */
  readonly slot: Value<"int">;
}

type Sizes = Readonly<Record<"columns" | "headDim" | "pageSize", Value<"int">>>;

/** Element c of the row goes to place c·pageSize + slot of the page. */
function scatterKeys(k: KernelBuilder, p: Sizes, { from, page, slot }: Place): void {
  const to = k.variable(k.offset(page, k.shl(slot, 2)));
  const step = k.shl(p.pageSize, 2);
  k.loop(0, p.columns, 1, (column) => {
    k.storeF32(to, k.loadF32({ base: from, index: column, scale: 4 }));
    k.advance(to, step);
  });
}

/** Each head's elements go to row `slot` of the head's part. */
function copyValues(k: KernelBuilder, p: Sizes, { from, page, slot }: Place): void {
  const bytes = k.shl(p.headDim, 2);
  const source = k.variable(from);
  const to = k.variable(k.offset(page, k.mul(slot, bytes)));
  k.loop(0, k.div(p.columns, p.headDim), 1, () => {
    k.vectorLoop(p.headDim, (index, mask) => {
      const values = k.load("f32v", { base: source, index, scale: 4 }, { mask });
      k.store({ base: to, index, scale: 4 }, values, { mask });
    });
    k.advance(source, bytes);
    k.advance(to, k.mul(bytes, p.pageSize));
  });
}

const WRITERS = { keys: scatterKeys, values: copyValues } as const;

function writeKernel(holds: CacheLayout["holds"]) {
  return kernel(`kv_write_${holds}`, PARAMETERS, (k, p) => {
    forEachTask(k, p.tasks, k.div(k.add(p.count, TOKENS - 1), TOKENS), (task) => {
      const first = k.mul(task, TOKENS);
      k.loop(first, k.min(k.add(first, TOKENS), p.count), 1, (token) => {
        const slot = k.loadInt("i32", { base: p.slots, index: token, scale: 4 });
        const pageElements = k.mul(p.pageSize, p.columns);
        const page = k.offset(p.cache, k.shl(k.mul(k.div(slot, p.pageSize), pageElements), 2));
        const from = k.offset(p.rows, k.shl(k.mul(token, p.columns), 2));
        WRITERS[holds](k, p, { from, page, slot: k.rem(slot, p.pageSize) });
      });
    });
  });
}

const KERNELS = { keys: writeKernel("keys"), values: writeKernel("values") } as const;

export const KV_WRITE_ROW: KernelRow = {
  op: "kv_write",
  launch({ inputs: [cache, rows], attributes }) {
    const { holds, headDim, pageSize } = attributes as CacheLayout;
    const [slotCount, columns] = cache.shape;
    if (cache.dtype !== "F32" || typeof slotCount !== "number" || slotCount % pageSize !== 0)
      return undefined;
    return {
      kernel: KERNELS[holds],
      arguments: {
        rows: input(1),
        slots: input(2),
        cache: output,
        tasks,
        count: int(rows.shape[0]),
        columns: int(columns),
        headDim: int(headDim),
        pageSize: int(pageSize),
      },
    };
  },
};
