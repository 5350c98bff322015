/**
 * The cache and attention over it: the inference form. The cache of a layer is a matrix of slots [pages·pageSize, K·H].
 * Position p of a sequence is stored in slot pageTable[p / pageSize]·pageSize + p % pageSize, so sequences grow page by
 * page. kv_write stores the step's keys or values in their slots; paged_attention reads every slot that a token sees.
 * Keys are stored after rotation.
 */
import type { DType } from "../../../base/dtypes.ts";
import { DtypeError } from "../../../base/errors.ts";
import { expectRank, expectShape, type Node } from "../graph.ts";
import { floats, integers, type Op } from "../op.ts";
import { cacheReader, cacheWriter } from "./cache-rows.ts";
import { type HeadLayout, softmaxInPlace } from "./heads.ts";

/** Contents of a cache, for backends that use different layouts of keys and values within a page. */
export interface CacheLayout {
  readonly holds: "keys" | "values";
  readonly headDim: number;
  /** Slots per page. */
  readonly pageSize: number;
}

/** Types that a cache may have; Q8_0 in blocks of 32 along a row. */
const CACHE_DTYPES: readonly DType[] = ["F32", "F16", "Q8_0"];

function expectCacheType(op: string, { dtype }: Node): void {
  if (CACHE_DTYPES.includes(dtype)) return;
  throw new DtypeError({
    doing: `apply ${op}`,
    expected: `a cache of type ${CACHE_DTYPES.join(", ")}`,
    found: dtype,
  });
}

export const KV_WRITE: Op<CacheLayout> = {
  name: "kv_write",
  writes: [0],
  infer([cache, rows, slots]) {
    const [, columns] = expectRank("kv_write", "a cache", cache, 2);
    const [count] = expectRank("kv_write", "a matrix", rows, 2);
    expectShape("kv_write", "rows", rows, [count, columns]);
    expectShape("kv_write", "slot numbers", slots, [count]);
    expectCacheType("kv_write", cache);
    return { shape: cache.shape, dtype: cache.dtype };
  },
  reference([, rows, slots], [output]) {
    const columns = output.shape[1];
    const values = floats(rows);
    const write = cacheWriter(output);
    integers(slots).forEach((slot, t) => {
      write(slot, values.subarray(t * columns, (t + 1) * columns));
    });
  },
};

export interface PagedHeadLayout extends HeadLayout {
  /** Slots per page. */
  readonly pageSize: number;
}

export const PAGED_ATTENTION: Op<PagedHeadLayout> = {
  name: "paged_attention",
  infer([q, kCache, vCache, pageTable, sequences, positions], { nHeads, nKvHeads, headDim }) {
    const op = "paged_attention";
    const [rows] = expectRank(op, "a matrix", q, 2);
    const [slots] = expectRank(op, "a cache", kCache, 2);
    expectShape(op, "queries", q, [rows, nHeads * headDim]);
    expectShape(op, "a key cache", kCache, [slots, nKvHeads * headDim]);
    expectShape(op, "a value cache", vCache, [slots, nKvHeads * headDim]);
    for (const cache of [kCache, vCache]) expectCacheType(op, cache);
    expectRank(op, "a page table", pageTable, 2);
    expectShape(op, "sequence numbers", sequences, [rows]);
    expectShape(op, "positions", positions, [rows]);
    return { shape: q.shape, dtype: "F32" };
  },
  reference([q, kCache, vCache, pageTable, sequences, positions], [output], heads) {
    const { nHeads, nKvHeads, headDim, scale, window, pageSize } = heads;
    const [queries, out] = [floats(q), floats(output)];
    const [readKeys, readValues] = [cacheReader(kCache), cacheReader(vCache)];
    for (let t = 0; t < q.shape[0]; t++) {
      const position = integers(positions)[t];
      const pages = integers(pageTable).subarray(integers(sequences)[t] * pageTable.shape[1]);
      const first = Math.max(0, position - window + 1);
      const slots = Array.from({ length: position - first + 1 }, (_, i) => {
        const p = first + i;
        return pages[Math.floor(p / pageSize)] * pageSize + (p % pageSize);
      });
      const [keys, values] = [slots.map(readKeys), slots.map(readValues)];
      const weights = new Float64Array(slots.length);
      for (let head = 0; head < nHeads; head++) {
        const query = (t * nHeads + head) * headDim;
        const kvHead = Math.floor(head / (nHeads / nKvHeads)) * headDim;
        for (let j = 0; j < slots.length; j++) {
          let sum = 0;
          for (let i = 0; i < headDim; i++) sum += queries[query + i] * keys[j][kvHead + i];
          weights[j] = sum * scale;
        }
        softmaxInPlace(weights);
        for (let i = 0; i < headDim; i++) {
          let sum = 0;
          for (let j = 0; j < slots.length; j++) sum += weights[j] * values[j][kvHead + i];
          out[query + i] = sum;
        }
      }
    }
  },
};

/** Stores rows [T, K·H] in the slots [T] of cache [S, K·H]; the result is the cache. */
export function kvWrite(cache: Node, rows: Node, slots: Node, layout: CacheLayout): Node {
  return cache.graph.apply(KV_WRITE, [cache, rows, slots], layout);
}

export interface PagedAttentionInputs {
  /** [T, N·H] */
  readonly q: Node;
  /** [S, K·H], already written for this step. */
  readonly kCache: Node;
  readonly vCache: Node;
  /** [B, P]: the pages of each sequence of the step. */
  readonly pageTable: Node;
  /** [T]: row of the page table of each token. */
  readonly sequences: Node;
  /** [T] */
  readonly positions: Node;
  readonly heads: PagedHeadLayout;
}

/** Attention of each token to the cache of its sequence, up to and including its own position → [T, N·H]. */
export function pagedAttention(inputs: PagedAttentionInputs): Node {
  const { q, kCache, vCache, pageTable, sequences, positions, heads } = inputs;
  return q.graph.apply(PAGED_ATTENTION, [q, kCache, vCache, pageTable, sequences, positions], heads);
}
