/** The sizes of a runner. */
import { tensorByteLength } from "../base/dtypes.ts";
import { RequestError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import { type CacheDtype, DEFAULTS } from "./defaults.ts";
import { pagesPerSequence, type StepLimits } from "./graphs.ts";

export interface RunnerOptions {
  /** Tokens of one step. */
  readonly maxTokens?: number | undefined;
  /** Sequences that may be alive at once. */
  readonly maxSequences?: number | undefined;
  /** Tokens of one sequence (default: the model's context, but at most 4096). */
  readonly context?: number | undefined;
  readonly pageSize?: number | undefined;
  /**
   * Storage type of keys and values (default: F32 for F32 weights, else F16). Q8_0 needs heads of whole blocks of 32.
   */
  readonly cacheDtype?: CacheDtype | undefined;
  /** Precision of products with float weights (default: the backend's for their type). */
  readonly precision?: MatmulPrecision | undefined;
  /**
   * Bytes of the whole cache (default: enough for every sequence at its longest). With less, sequences wait or give up
   * their places when it is full; with more, it keeps more of earlier texts.
   */
  readonly cacheMemory?: number | undefined;
}

/** The default number of tokens of a text. */
export function defaultContext({ maxSeqLen }: Pick<ModelConfig, "maxSeqLen">): number {
  return Math.min(maxSeqLen, DEFAULTS.context);
}

/** The default type of the cache, which need not be more precise than the weights. */
export function defaultCacheType(params: Iterable<Pick<BoundTensor, "dtype" | "shape">>): CacheDtype {
  const matrices = [...params].filter(({ shape }) => shape.length > 1);
  return matrices.every(({ dtype }) => dtype === "F32") ? "F32" : "F16";
}

export function stepLimits(
  config: ModelConfig,
  params: ReadonlyMap<string, BoundTensor>,
  options: RunnerOptions,
): StepLimits {
  const {
    maxTokens = DEFAULTS.stepTokens,
    maxSequences = DEFAULTS.parallel,
    context = defaultContext(config),
    pageSize = DEFAULTS.pageSize,
    cacheDtype = defaultCacheType(params.values()),
    cacheMemory,
  } = options;
  const perSequence = pagesPerSequence({ context, pageSize });
  const nPages =
    cacheMemory === undefined
      ? maxSequences * perSequence
      : pagesWithin(cacheMemory, pageBytes(config, pageSize, cacheDtype), perSequence);
  return {
    maxTokens: Math.max(maxTokens, maxSequences),
    maxSequences,
    context,
    pageSize,
    nPages,
    cacheDtype,
  };
}

/** Bytes of a page's keys and values in all layers. */
export function pageBytes(
  { nLayers, nKvHeads, headDim }: Pick<ModelConfig, "nLayers" | "nKvHeads" | "headDim">,
  pageSize: number,
  cacheDtype: CacheDtype,
): number {
  return 2 * nLayers * (tensorByteLength(cacheDtype, [pageSize, nKvHeads * headDim]) ?? Number.NaN);
}

/** @throws RequestError if not even one sequence of the whole context would fit. */
function pagesWithin(bytes: number, perPage: number, perSequence: number): number {
  const pages = Math.floor(bytes / perPage);
  if (pages >= perSequence) return pages;
  throw new RequestError({
    doing: "make the KV cache",
    expected: `at least ${perSequence * perPage} bytes, for one text of the whole context`,
    found: `cacheMemory of ${bytes} bytes`,
    fix: "give it more memory, or request a smaller context",
  });
}
