/** The sizes of a runner, and the one table of their defaults. */
import type { ModelConfig } from "../config/config.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { type CacheDtype, pagesPerSequence, type StepLimits } from "./graphs.ts";

export const DEFAULTS = {
  /** Tokens of one text, at most: models state more than most texts need, and the cache is as large. */
  context: 4096,
  /** Texts at the same time. */
  parallel: 4,
  /** Tokens of one step: prompts are computed in chunks of so many. */
  stepTokens: 512,
  /** Slots of a cache page. */
  pageSize: 32,
} as const;

export interface RunnerOptions {
  /** Tokens of one step. */
  readonly maxTokens?: number | undefined;
  /** Sequences that may be alive at once. */
  readonly maxSequences?: number | undefined;
  /** Tokens of one sequence (default: the model's own, but at most 4096). */
  readonly context?: number | undefined;
  readonly pageSize?: number | undefined;
  /** What keys and values are stored as (default: F32 for weights of F32, else F16). Q8_0 needs heads of whole blocks of 32. */
  readonly cacheDtype?: CacheDtype | undefined;
}

/** Tokens that a text can have unless the caller says otherwise. */
export function defaultContext({ maxSeqLen }: Pick<ModelConfig, "maxSeqLen">): number {
  return Math.min(maxSeqLen, DEFAULTS.context);
}

/** A cache need not be more exact than the weights. */
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
