/**
 * The measured workload: a prompt and a generation of fixed tokens, and the least work that a machine must do for them.
 */
import type { DType } from "../base/dtypes.ts";
import { parameterShapes } from "../config/parameters.ts";
import type { OpenedModel } from "../open/open-model.ts";

/**
 * `count` different token ids, the same in every run. The first three ids are not used, because they are often
 * special.
 */
export function promptTokens(count: number, vocabSize: number): number[] {
  const span = Math.max(1, vocabSize - 3);
  return Array.from({ length: count }, (_, i) => Math.min(vocabSize - 1, 3 + ((i * 7919) % span)));
}

/** The least work of one token, from which shares of ceilings are computed. */
export interface Work {
  /** Storage type of most bytes. */
  readonly type: DType;
  /** Bytes of weights that one generated token reads: all matrices except the embedding, of which it reads a row. */
  readonly bytesPerToken: number;
  /**
   * Operations of one prompt token: 2 per weight of the layers' matrices. The output matrix, which is used only for the
   * last token, and attention are not counted.
   */
  readonly operationsPerToken: number;
}

/** Reads headers only. */
export function workOf({ config, checkpoint }: OpenedModel): Work {
  const bytesOf = new Map<DType, number>();
  let bytesPerToken = 0;
  let operationsPerToken = 0;
  for (const { name, shape, role, layer } of parameterShapes(config)) {
    const tensor = checkpoint.tensors.get(name);
    if (tensor === undefined) continue;
    const { dtype, byteLength } = tensor;
    bytesOf.set(dtype, (bytesOf.get(dtype) ?? 0) + byteLength);
    if (role !== "embedding" || config.tied) bytesPerToken += byteLength;
    if (role === "linear" && layer !== undefined) operationsPerToken += 2 * shape[0] * shape[1];
  }
  const [type] = [...bytesOf].sort(([, a], [, b]) => b - a)[0] ?? ["F32"];
  return { type, bytesPerToken, operationsPerToken };
}
