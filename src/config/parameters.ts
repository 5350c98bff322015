/**
 * The tensors of a model, by canonical name (GGUF's), and values derived from them: the number of parameters
 * and the bytes of the KV cache. Linear weights have shape [out, in].
 */
import type { ModelConfig } from "./config.ts";

export type ParameterRole = "embedding" | "norm" | "linear" | "bias" | "rope";

export interface ParameterShape {
  /** Canonical: "blk.3.attn_q.weight". */
  readonly name: string;
  /** Outermost dim first. */
  readonly shape: readonly number[];
  readonly role: ParameterRole;
  /** Its layer; absent for tensors outside the layers. */
  readonly layer?: number;
  /** May be absent from a file, and is not counted as a parameter. */
  readonly optional?: boolean;
}

type ShapeConfig = Pick<
  ModelConfig,
  | "dim"
  | "ffnDim"
  | "nLayers"
  | "nHeads"
  | "nKvHeads"
  | "headDim"
  | "rotaryDim"
  | "vocabSize"
  | "tied"
  | "biases"
>;

/** Every tensor of the model, in the order of computation. */
export function parameterShapes(config: ShapeConfig): ParameterShape[] {
  const { dim, vocabSize, nLayers, rotaryDim, tied } = config;
  const shapes: ParameterShape[] = [
    { name: "token_embd.weight", shape: [vocabSize, dim], role: "embedding" },
    { name: "rope_freqs.weight", shape: [rotaryDim / 2], role: "rope", optional: true },
  ];
  for (let layer = 0; layer < nLayers; layer++) shapes.push(...layerShapes(config, layer));
  shapes.push({ name: "output_norm.weight", shape: [dim], role: "norm" });
  if (!tied) shapes.push({ name: "output.weight", shape: [vocabSize, dim], role: "linear" });
  return shapes;
}

function layerShapes(config: ShapeConfig, layer: number): ParameterShape[] {
  const { dim, ffnDim, nHeads, nKvHeads, headDim, biases } = config;
  const norm = (part: string): ParameterShape[] => [
    { name: `blk.${layer}.${part}.weight`, shape: [dim], role: "norm", layer },
  ];
  const linear = (part: string, outDim: number, inDim: number, bias: boolean): ParameterShape[] => [
    { name: `blk.${layer}.${part}.weight`, shape: [outDim, inDim], role: "linear", layer },
    ...(bias ? [{ name: `blk.${layer}.${part}.bias`, shape: [outDim], role: "bias" as const, layer }] : []),
  ];
  return [
    ...norm("attn_norm"),
    ...linear("attn_q", nHeads * headDim, dim, biases.q),
    ...linear("attn_k", nKvHeads * headDim, dim, biases.k),
    ...linear("attn_v", nKvHeads * headDim, dim, biases.v),
    ...linear("attn_output", dim, nHeads * headDim, biases.o),
    ...norm("ffn_norm"),
    ...linear("ffn_gate", ffnDim, dim, biases.ffn),
    ...linear("ffn_up", ffnDim, dim, biases.ffn),
    ...linear("ffn_down", dim, ffnDim, biases.ffn),
  ];
}

/** Number of trained parameters. A tied output projection counts once. */
export function countParameters(config: ShapeConfig): number {
  return parameterShapes(config)
    .filter((parameter) => !parameter.optional)
    .reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
}

/** Bytes that one token occupies in the KV cache of all layers: 2·L·K·H·bytesPerValue. */
export function kvCacheBytesPerToken(
  config: Pick<ModelConfig, "nLayers" | "nKvHeads" | "headDim">,
  bytesPerValue: number,
): number {
  return 2 * config.nLayers * config.nKvHeads * config.headDim * bytesPerValue;
}

/**
 * Width of the feed-forward network as Meta's params.json implies it: two thirds of 4·dim, times an optional
 * multiplier, rounded up to a multiple ([LLaMA] §2.2, [SwiGLU]; truncations as in the published model code).
 */
export function ffnDimOf(dim: number, multipleOf: number, multiplier?: number): number {
  let width = Math.trunc((2 * 4 * dim) / 3);
  if (multiplier !== undefined) width = Math.trunc(multiplier * width);
  return multipleOf * Math.ceil(width / multipleOf);
}
