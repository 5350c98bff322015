/** The sizes of a runner, and the one table of their defaults. */
import type { ModelConfig } from "../config/config.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { type CacheDtype, pagesPerSequence, type StepLimits } from "./graphs.ts";

export const DEFAULTS = {
  /** Most tokens of one text: models allow more than most texts need, and the cache grows with it. */
  context: 4096,
  /** Texts at the same time. */
  parallel: 4,
  /** Tokens of one step: longer prompts are computed in chunks of this size. */
  stepTokens: 512,
  /** Slots of a cache page. */
  pageSize: 32,
} as const;

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
  } = options;
  return {
    maxTokens: Math.max(maxTokens, maxSequences),
    maxSequences,
    context,
    pageSize,
    nPages: maxSequences * pagesPerSequence({ context, pageSize }),
    cacheDtype,
  };
}
