/**
 * kv_write: writes the step's keys or values to their slots of the paged cache (cache-layout.ts). F32 is copied; F16
 * and Q8_0 are rounded like the reference (ops/cache-rows.ts), bit for bit.
 */
import { assert } from "../../../base/errors.ts";
import { SMALLEST } from "../../graph/ops/activation-blocks.ts";
import type { CacheLayout } from "../../graph/ops/paged-attention.ts";
import { type Kernel, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Value, Variable } from "../../jit/language/core.ts";
import { forEachTask, input, int, kernelRow, output, tasks } from "../launch.ts";
import {
  type CacheShape,
  type CacheType,
  cacheType,
  elementsBytes,
  headBytes,
  pageBytes,
  SCALE_BLOCK,
} from "./cache-layout.ts";

/** Tokens of a task, which writes one head of each. Neighbours share cache lines of keys, so one thread writes them. */
const TOKENS = 16;

const PARAMETERS = { rows: "ptr", slots: "ptr", cache: "ptr", tasks: "ptr", count: "int" } as const;

/** One head of one token: address of its floats, address of the head in the page, and the slot in the page. */
interface Place {
  readonly from: Variable<"ptr">;
  readonly head: Variable<"ptr">;
  readonly slot: Value<"int">;
}

type WriteHead = (k: KernelBuilder, place: Place, shape: CacheShape, cache: CacheType) => void;

/** Stores a vector of floats, or one float, in the type of the cache. */
interface Store {
  vector(k: KernelBuilder, at: Value<"ptr">, value: Value<"f32v">, mask?: Value<"mask">): void;
  one(k: KernelBuilder, at: Variable<"ptr">, value: Value<"f32">): void;
}

const STORES: Readonly<Record<"F32" | "F16", Store>> = {
  F32: {
    vector: (k, at, value, mask) => k.store(at, value, { mask }),
    one: (k, at, value) => k.storeF32(at, value),
  },
  F16: {
    vector: (k, at, value, mask) => k.storeFloats("f16", at, value, { mask }),
    one: (k, at, value) => storeOneF16(k, at.value, k.splat(value)),
  },
};

function storeOneF16(k: KernelBuilder, at: Value<"ptr">, value: Value<"f32v">): void {
  k.storeFloats("f16", at, value, { mask: k.firstLanes(k.constant("int", 1)) });
}

/** Keys: element d is stored at place d·pageSize + slot of the head. */
function scatter({ one }: Store): WriteHead {
  return (k, { from, head, slot }, { headDim, pageSize }, { elementBytes }) => {
    const to = k.variable(k.offset(head, k.mul(slot, elementBytes)));
    k.loop(0, headDim, 1, (d) => {
      one(k, to, k.loadF32({ base: from, index: d, scale: 4 }));
      k.advance(to, elementBytes * pageSize);
    });
  };
}

/** Values: the elements are stored in row `slot` of the head. */
function copy({ vector }: Store): WriteHead {
  return (k, { from, head, slot }, { headDim }, { elementBytes }) => {
    const to = k.offset(head, k.mul(slot, elementBytes * headDim));
    k.vectorLoop(k.constant("int", headDim), (index, mask) => {
      const values = k.load("f32v", { base: from, index, scale: 4 }, { mask });
      vector(k, k.offset(to, k.mul(index, elementBytes)), values, mask);
    });
  };
}

/** Returns 127 / the largest magnitude of the 32 floats at `from`, or 0, and stores their scale. */
function chooseScale(k: KernelBuilder, from: Value<"ptr">, scaleAt: Value<"ptr">): Variable<"f32"> {
  const magnitudes = Array.from({ length: SCALE_BLOCK / k.lanes }, (_, v) =>
    k.abs(k.load("f32v", { base: from, disp: 4 * k.lanes * v })),
  );
  const largest = k.reduceMax(magnitudes.reduce((a, b) => k.max(a, b)));
  storeOneF16(k, scaleAt, k.splat(k.div(largest, 127)));
  const inverse = k.variable(k.constant("f32", 0));
  k.if(k.is(largest, ">=", k.constant("f32", SMALLEST)), () =>
    inverse.set(k.div(k.constant("f32", 127), largest)),
  );
  return inverse;
}

/** Q8_0: writes the blocks of a head in order, and their scales after all integers of the page's head. */
function writeBlocks(holds: CacheLayout["holds"]): WriteHead {
  return (k, { from, head, slot }, shape, cache) => {
    const { headDim, pageSize } = shape;
    const blocks = headDim / SCALE_BLOCK;
    const keys = holds === "keys";
    const scaleAt = k.variable(
      k.offset(head, k.add(k.mul(slot, keys ? 2 : 2 * blocks), elementsBytes(shape, cache))),
    );
    const to = k.variable(k.offset(head, keys ? slot : k.mul(slot, headDim)));
    const block = k.variable(k.offset(from, 0));
    k.loop(0, blocks, 1, () => {
      const inverse = chooseScale(k, block.value, scaleAt.value);
      if (keys)
        k.loop(0, SCALE_BLOCK, 1, (i) => {
          k.storeInt("i8", to, k.toI32(k.mul(k.loadF32({ base: block, index: i, scale: 4 }), inverse)));
          k.advance(to, pageSize);
        });
      else {
        const factor = k.splat(inverse);
        for (let v = 0; v < SCALE_BLOCK / k.lanes; v++) {
          const values = k.load("f32v", { base: block, disp: 4 * k.lanes * v });
          k.storeIntegers("i8", { base: to, disp: k.lanes * v }, k.toI32(k.mul(values, factor)));
        }
        k.advance(to, SCALE_BLOCK);
      }
      k.advance(block, 4 * SCALE_BLOCK);
      k.advance(scaleAt, keys ? 2 * pageSize : 2);
    });
  };
}

const WRITERS: Readonly<Record<string, Readonly<Record<CacheLayout["holds"], WriteHead>>>> = {
  F32: { keys: scatter(STORES.F32), values: copy(STORES.F32) },
  F16: { keys: scatter(STORES.F16), values: copy(STORES.F16) },
  Q8_0: { keys: writeBlocks("keys"), values: writeBlocks("values") },
};

function writeKernel(shape: CacheShape, cache: CacheType, holds: CacheLayout["holds"]) {
  const { dtype, nKvHeads, headDim, pageSize } = shape;
  const name = `kv_write_${dtype.toLowerCase()}_${holds}_${nKvHeads}_${headDim}_${pageSize}`;
  return kernel(name, PARAMETERS, (k, p) => {
    const blocks = k.div(k.add(p.count, TOKENS - 1), TOKENS);
    forEachTask(k, p.tasks, k.mul(blocks, nKvHeads), (task) => {
      const first = k.mul(k.div(task, nKvHeads), TOKENS);
      const number = k.rem(task, nKvHeads);
      k.loop(first, k.min(k.add(first, TOKENS), p.count), 1, (token) => {
        const inCache = k.loadInt("i32", { base: p.slots, index: token, scale: 4 });
        const page = k.mul(k.div(inCache, pageSize), pageBytes(shape, cache));
        const head = k.variable(k.offset(p.cache, k.add(page, k.mul(number, headBytes(shape, cache)))));
        const row = k.mul(k.add(k.mul(token, nKvHeads), number), 4 * headDim);
        const from = k.variable(k.offset(p.rows, row));
        WRITERS[dtype][holds](k, { from, head, slot: k.rem(inCache, pageSize) }, shape, cache);
      });
    });
  });
}

const KERNELS = new Map<string, Kernel<typeof PARAMETERS>>();
function kernelFor(shape: CacheShape, cache: CacheType, holds: CacheLayout["holds"]) {
  const key = JSON.stringify([shape, holds]);
  const known = KERNELS.get(key) ?? writeKernel(shape, cache, holds);
  KERNELS.set(key, known);
  return known;
}

export const KV_WRITE_ROW = kernelRow({
  op: "kv_write",
  launch({ inputs: [{ dtype, shape: cacheShape }, rows], attributes }) {
    const { holds, headDim, pageSize } = attributes;
    const cache = cacheType({ dtype, headDim });
    const [slotCount, columns] = cacheShape;
    if (cache === undefined || typeof slotCount !== "number" || slotCount % pageSize !== 0) return undefined;
    assert(typeof columns === "number", "the number of columns of a cache must be fixed");
    const shape = { dtype, nKvHeads: columns / headDim, headDim, pageSize };
    if (!Number.isInteger(shape.nKvHeads) || pageBytes(shape, cache) >= 2 ** 31) return undefined;
    return {
      kernel: kernelFor(shape, cache, holds),
      arguments: {
        rows: input(1),
        slots: input(2),
        cache: output,
        tasks,
        count: int(rows.shape[0]),
      },
    };
  },
});
