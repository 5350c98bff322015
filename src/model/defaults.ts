/** The one table of the default sizes of a runner, and the types of its cache. The command line reads them at its start. */
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

export const CACHE_DTYPES = ["F32", "F16", "Q8_0"] as const;
export type CacheDtype = (typeof CACHE_DTYPES)[number];
