/**
 * What is measured: a prompt and a generation of fixed tokens, and what a machine must do for them at least.
 */
import type { DType } from "../base/dtypes.ts";
import { parameterShapes } from "../config/parameters.ts";
import type { OpenedModel } from "../open/open-model.ts";

/** `count` token ids that differ, the same in every run; none of the first three, which are often special. */
export function promptTokens(count: number, vocabSize: number): number[] {
  const span = Math.max(1, vocabSize - 3);
  return Array.from({ length: count }, (_, i) => Math.min(vocabSize - 1, 3 + ((i * 7919) % span)));
}

/** The least work of one token, which shares of ceilings are computed from. */
export interface Work {
  /** Storage type of most bytes. */
  readonly type: DType;
  /** Bytes of weights that one generated token reads: all matrices but the embedding, of which it reads a row. */
  readonly bytesPerToken: number;
  /**
   * Operations of one prompt token: 2 per weight of the layers' matrices. The output matrix is computed for the
   * last token only and not counted, nor is attention.
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
