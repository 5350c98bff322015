/** A llama2.c model of a few kilobytes with random weights, for tests. */
import type { DType } from "../../src/base/dtypes.ts";
import { Random } from "../../src/base/random.ts";
import { type Llama2cHeader, writeLlama2c } from "../../src/formats/llama2c/index.ts";
import { memorySink } from "../../src/platform/memory-sink.ts";

export const TINY: Llama2cHeader = {
  version: 1,
  dim: 16,
  ffnDim: 24,
  nLayers: 2,
  nHeads: 4,
  nKvHeads: 2,
  vocabSize: 10,
  maxSeqLen: 6,
  tied: true,
};

interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  bytes(): Uint8Array;
}

/** Random weights under Meta's names, in an order that no format uses. */
export function tinyTensors(header: Llama2cHeader, seed = 1): Map<string, Tensor> {
  const random = new Random(seed);
  const { dim, ffnDim, nHeads, nKvHeads, vocabSize } = header;
  const kvDim = (dim / nHeads) * nKvHeads;
  const tensors = new Map<string, Tensor>();
  const add = (name: string, ...shape: number[]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length }, () => random.normal());
    tensors.set(name, { dtype: "F32", shape, bytes: () => new Uint8Array(values.buffer) });
  };
  add("output.weight", vocabSize, dim);
  add("norm.weight", dim);
  add("tok_embeddings.weight", vocabSize, dim);
  for (let layer = 0; layer < header.nLayers; layer++) {
    const prefix = `layers.${layer}`;
    for (const norm of ["attention_norm", "ffn_norm"]) add(`${prefix}.${norm}.weight`, dim);
    for (const matrix of ["wq", "wo"]) add(`${prefix}.attention.${matrix}.weight`, dim, dim);
    for (const matrix of ["wk", "wv"]) add(`${prefix}.attention.${matrix}.weight`, kvDim, dim);
    for (const matrix of ["w1", "w3"]) add(`${prefix}.feed_forward.${matrix}.weight`, ffnDim, dim);
    add(`${prefix}.feed_forward.w2.weight`, dim, ffnDim);
  }
  return tensors;
}

/** The model as a file. */
export function tinyLlama2c(header: Partial<Llama2cHeader> = {}): Uint8Array {
  const whole = { ...TINY, ...header };
  const sink = memorySink("tiny.bin");
  writeLlama2c(sink, { header: whole, tensors: tinyTensors(whole) });
  sink.commit();
  return sink.bytes();
}
