/** Checks that a KV cache of the requested sizes is possible, before anything large is allocated. */
import { DTYPES, tensorByteLength } from "../base/dtypes.ts";
import { ConfigError, RequestError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import type { StepLimits } from "./graphs.ts";

type Shape = Pick<ModelConfig, "nLayers" | "nKvHeads" | "headDim">;

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toPrecision(3)} GiB`;

/**
 * @param memoryBytes memory of this machine; undefined if it is unknown.
 * @returns bytes of the whole cache.
 * @throws ConfigError for a type that does not fit heads of this width, RequestError for more than the machine has.
 */
export function cacheBytes(shape: Shape, limits: StepLimits, memoryBytes: number | undefined): number {
  const { nPages, pageSize, cacheDtype, context, maxSequences } = limits;
  const { nLayers, nKvHeads, headDim } = shape;
  const doing = "make the KV cache";
  const { blockLength } = DTYPES[cacheDtype];
  if (headDim % blockLength !== 0) {
    throw new ConfigError({
      doing,
      expected: `heads of a multiple of ${blockLength} numbers for the cache type ${cacheDtype}`,
      found: `heads of ${headDim}`,
      fix: 'choose "F16" or "F32"',
    });
  }
  const perState = tensorByteLength(cacheDtype, [nPages * pageSize, nKvHeads * headDim]);
  const total = (perState ?? Number.POSITIVE_INFINITY) * 2 * nLayers;
  if (total <= (memoryBytes ?? Number.MAX_SAFE_INTEGER)) return total;
  throw new RequestError({
    doing,
    expected:
      memoryBytes === undefined ? "a possible size" : `at most the ${gib(memoryBytes)} of this machine`,
    found: `${gib(total)} for ${maxSequences} × ${context} tokens of ${cacheDtype}`,
    fix: "request a smaller context, fewer parallel texts, or a smaller cache type",
  });
}
