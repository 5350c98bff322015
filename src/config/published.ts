/**
 * Published models of the family, as data: the models that `cria` knows by name, and the oracle for its
 * parameter counts. Shapes and counts are those that the authors published (papers, params.json, config.json,
 * model cards).
 */
import { type ModelConfig, type ModelConfigFields, modelConfig } from "./config.ts";

export interface PublishedModel {
  readonly name: string;
  /** Trained parameters, exact. */
  readonly parameters: number;
  /** Number of model-parallel shards, for models that Meta published. */
  readonly nShards?: number;
  readonly fields: ModelConfigFields;
}

type Row = Pick<ModelConfigFields, "dim" | "ffnDim" | "nLayers" | "nHeads"> & Partial<ModelConfigFields>;

const LLAMA = {
  architecture: "llama",
  vocabSize: 32000,
  maxSeqLen: 2048,
  normEps: 1e-6,
  ropePairing: "interleaved",
  bosId: 1,
  eosIds: [2],
} as const;
const LLAMA2 = { ...LLAMA, maxSeqLen: 4096, normEps: 1e-5 } as const;
const LLAMA3 = {
  ...LLAMA2,
  vocabSize: 128256,
  maxSeqLen: 8192,
  nKvHeads: 8,
  ropeTheta: 500000,
  bosId: 128000,
  eosIds: [128001],
} as const;
const MISTRAL = { ...LLAMA2, architecture: "mistral", nKvHeads: 8, ropePairing: "halves" } as const;
const QWEN2 = {
  architecture: "qwen2",
  vocabSize: 151936,
  maxSeqLen: 131072,
  normEps: 1e-6,
  ropeTheta: 1e6,
  ropePairing: "halves",
  biases: { q: true, k: true, v: true, o: false, ffn: false },
  bosId: 151643,
  eosIds: [151643],
} as const;
const LLAMA31 = {
  ...LLAMA3,
  maxSeqLen: 131072,
  ropeScaling: {
    kind: "llama3",
    factor: 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxSeqLen: 8192,
  },
} as const;
const LLAMA32 = { ...LLAMA31, tied: true, ropeScaling: { ...LLAMA31.ropeScaling, factor: 32 } } as const;

function row(
  name: string,
  parameters: number,
  base: Omit<ModelConfigFields, "dim" | "ffnDim" | "nLayers" | "nHeads">,
  fields: Row,
  nShards?: number,
): PublishedModel {
  return { name, parameters, fields: { ...base, ...fields }, ...(nShards === undefined ? {} : { nShards }) };
}

// biome-ignore format: one model per line
export const PUBLISHED_MODELS: readonly PublishedModel[] = [
  row("LLaMA 7B", 6_738_415_616, LLAMA, { dim: 4096, ffnDim: 11008, nLayers: 32, nHeads: 32 }, 1),
  row("LLaMA 13B", 13_015_864_320, LLAMA, { dim: 5120, ffnDim: 13824, nLayers: 40, nHeads: 40 }, 2),
  row("LLaMA 33B", 32_528_943_616, LLAMA, { dim: 6656, ffnDim: 17920, nLayers: 60, nHeads: 52 }, 4),
  row("LLaMA 65B", 65_285_660_672, LLAMA, { dim: 8192, ffnDim: 22016, nLayers: 80, nHeads: 64 }, 8),
  row("Llama 2 7B", 6_738_415_616, LLAMA2, { dim: 4096, ffnDim: 11008, nLayers: 32, nHeads: 32 }, 1),
  row("Llama 2 13B", 13_015_864_320, LLAMA2, { dim: 5120, ffnDim: 13824, nLayers: 40, nHeads: 40 }, 2),
  row("Llama 2 70B", 68_976_648_192, LLAMA2, { dim: 8192, ffnDim: 28672, nLayers: 80, nHeads: 64, nKvHeads: 8 }, 8),
  row("Llama 3 8B", 8_030_261_248, LLAMA3, { dim: 4096, ffnDim: 14336, nLayers: 32, nHeads: 32 }, 1),
  row("Llama 3 70B", 70_553_706_496, LLAMA3, { dim: 8192, ffnDim: 28672, nLayers: 80, nHeads: 64 }, 8),
  row("Llama 3.1 8B", 8_030_261_248, LLAMA31, { dim: 4096, ffnDim: 14336, nLayers: 32, nHeads: 32 }, 1),
  row("Llama 3.1 70B", 70_553_706_496, LLAMA31, { dim: 8192, ffnDim: 28672, nLayers: 80, nHeads: 64 }, 8),
  row("Llama 3.1 405B", 405_853_388_800, LLAMA31, { dim: 16384, ffnDim: 53248, nLayers: 126, nHeads: 128 }, 8),
  row("Llama 3.2 1B", 1_235_814_400, LLAMA32, { dim: 2048, ffnDim: 8192, nLayers: 16, nHeads: 32 }, 1),
  row("Llama 3.2 3B", 3_212_749_824, LLAMA32, { dim: 3072, ffnDim: 8192, nLayers: 28, nHeads: 24 }, 1),
  row("Mistral 7B v0.1", 7_241_732_096, MISTRAL, { dim: 4096, ffnDim: 14336, nLayers: 32, nHeads: 32, maxSeqLen: 32768, slidingWindow: 4096 }),
  row("Mistral 7B v0.2", 7_241_732_096, MISTRAL, { dim: 4096, ffnDim: 14336, nLayers: 32, nHeads: 32, maxSeqLen: 32768, ropeTheta: 1e6 }),
  row("Mistral 7B v0.3", 7_248_023_552, MISTRAL, { dim: 4096, ffnDim: 14336, nLayers: 32, nHeads: 32, maxSeqLen: 32768, ropeTheta: 1e6, vocabSize: 32768 }),
  row("Qwen2 0.5B", 494_032_768, QWEN2, { dim: 896, ffnDim: 4864, nLayers: 24, nHeads: 14, nKvHeads: 2, tied: true }),
  row("Qwen2 1.5B", 1_543_714_304, QWEN2, { dim: 1536, ffnDim: 8960, nLayers: 28, nHeads: 12, nKvHeads: 2, tied: true }),
  row("Qwen2 7B", 7_615_616_512, QWEN2, { dim: 3584, ffnDim: 18944, nLayers: 28, nHeads: 28, nKvHeads: 4, vocabSize: 152064 }),
  row("TinyLlama 1.1B", 1_100_048_384, LLAMA2, { dim: 2048, ffnDim: 5632, nLayers: 22, nHeads: 32, nKvHeads: 4, maxSeqLen: 2048, ropePairing: "halves" }),
  row("stories260K", 260_032, LLAMA2, { dim: 64, ffnDim: 172, nLayers: 5, nHeads: 8, nKvHeads: 4, vocabSize: 512, maxSeqLen: 512, tied: true }),
];

/** The configuration of a published model. Throws for a name that is not in the table. */
export function publishedConfig(name: string): ModelConfig {
  const model = PUBLISHED_MODELS.find((candidate) => candidate.name === name);
  if (model === undefined) throw new RangeError(`No published model is called "${name}"`);
  return modelConfig(model.fields, { name });
}
