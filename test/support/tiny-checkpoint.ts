/** A small random model as a real GGUF file with a vocabulary, for tests of everything that reads files. */

import type { ModelConfig } from "../../src/config/config.ts";
import { configToGguf } from "../../src/config/gguf.ts";
import { parameterShapes } from "../../src/config/parameters.ts";
import { type GgufValue, ggufValue, writeGguf } from "../../src/formats/gguf/index.ts";
import type { TensorEntry } from "../../src/formats/tensor-file.ts";
import { platform } from "../../src/platform/node.ts";
import { randomWeights } from "./tiny-model.ts";

/** F32 tensors under canonical names. */
export function tinyTensors(config: ModelConfig, seed = 1): TensorEntry[] {
  const shapes = new Map(parameterShapes(config).map(({ name, shape }) => [name, shape]));
  return [...randomWeights(config, seed)].map(([name, values]) => {
    const bytes = new Uint8Array(values.buffer);
    const shape = shapes.get(name) ?? [];
    return { name, dtype: "F32" as const, shape, byteLength: bytes.byteLength, bytes: () => bytes };
  });
}

/** A SentencePiece-like vocabulary: three control pieces, "▁", letters, two-letter pieces. */
export function tinyVocabulary(vocabSize: number): [string, GgufValue][] {
  const letters = Array.from("abcdefghijklmnopqrstuvwxyz");
  const pairs = letters.flatMap((a) => letters.map((b) => a + b));
  const pieces = ["<unk>", "<s>", "</s>", "▁", ...letters, ...pairs].slice(0, vocabSize);
  return [
    ["tokenizer.ggml.model", ggufValue.string("llama")],
    ["tokenizer.ggml.tokens", ggufValue.strings(pieces)],
    ["tokenizer.ggml.scores", ggufValue.f32s(pieces.map((_, id) => -id))],
    ["tokenizer.ggml.token_type", ggufValue.i32s(pieces.map((_, id) => [2, 3, 3][id] ?? 1))],
    ["tokenizer.ggml.bos_token_id", ggufValue.u32(1)],
    ["tokenizer.ggml.eos_token_id", ggufValue.u32(2)],
    ["tokenizer.ggml.unknown_token_id", ggufValue.u32(0)],
  ];
}

export interface TinyGgufOptions {
  readonly tensors?: readonly TensorEntry[];
  readonly metadata?: readonly (readonly [string, GgufValue])[];
  readonly vocabulary?: boolean;
}

/** Writes the file; missing options are derived from the configuration. */
export function writeTinyGguf(path: string, config: ModelConfig, options: TinyGgufOptions = {}): void {
  const form = configToGguf(config);
  const small = [...form.tensors].map(([name, values]): TensorEntry => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return { name, dtype: "F32", shape: [values.length], byteLength: bytes.byteLength, bytes: () => bytes };
  });
  const vocabulary = options.vocabulary === false ? [] : tinyVocabulary(config.vocabSize);
  using sink = platform.createFile(path);
  writeGguf(sink, {
    metadata: [...form.fields, ...(options.metadata ?? []), ...vocabulary],
    tensors: [...(options.tensors ?? tinyTensors(config)), ...small],
  });
  sink.commit();
}
