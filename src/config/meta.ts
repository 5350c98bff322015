/**
 * Meta's params.json ⇄ ModelConfig (LLaMA 1 to Llama 3.2, and Mistral's first releases, which use the same
 * file with other keys). The file contains neither the context length nor the parameters of RoPE scaling.
 * Both depend on the generation of the model, which is inferred from its other numbers; the assumption is
 * reported.
 */
import { UnsupportedError } from "../base/errors.ts";
import { type ModelConfig, modelConfig, NO_BIASES, type RopeScaling } from "./config.ts";
import { ffnDimOf } from "./parameters.ts";
import { ConfigReader } from "./reader.ts";
import { asLlama3 } from "./rope-scaling.ts";
import type { TensorFacts } from "./tensor-facts.ts";

const KEYS = {
  dim: "dim",
  ffnDim: "hidden_dim",
  nLayers: "n_layers",
  nHeads: "n_heads",
  nKvHeads: "n_kv_heads",
  headDim: "head_dim",
  vocabSize: "vocab_size",
  normEps: "norm_eps",
  ropeTheta: "rope_theta",
  ropeScaling: "use_scaled_rope",
  slidingWindow: "sliding_window",
} as const;

/** Keys of models that Cria does not run. */
const REFUSED = ["moe", "quantization_args", "lora_args", "vision_chunk_size", "vision_encoder"];
const IGNORED = ["max_batch_size", "flash", "use_biases", "model_parallel_size"];

/** Default of ModelArgs; LLaMA 1's files contain 1e-6. */
const DEFAULT_NORM_EPS = 1e-5;
const LLAMA3_VOCAB = 128256;

/** @param tensors provide the vocabulary's size if params.json has −1. */
export function configFromMeta(
  json: Readonly<Record<string, unknown>>,
  tensors: TensorFacts,
  name: string,
): ModelConfig {
  const reader = ConfigReader.ofObject(name, json);
  for (const key of REFUSED) {
    if (reader.get(key) === undefined) continue;
    throw new UnsupportedError({
      doing: `configure the model from "${name}"`,
      found: `${key}: not supported`,
    });
  }
  const dim = reader.requiredNumber(KEYS.dim);
  const nLayers = reader.requiredNumber(KEYS.nLayers);
  const said = reader.number(KEYS.vocabSize) ?? -1;
  const rows = tensors.shape("token_embd.weight")?.[0];
  const vocabSize =
    said === -1 ? (rows ?? reader.fail(KEYS.vocabSize, "a size, or the weights", said)) : said;
  const ropeTheta = reader.number(KEYS.ropeTheta);
  const scaled = reader.boolean(KEYS.ropeScaling) ?? false;
  const slidingWindow = reader.number(KEYS.slidingWindow);
  const normEps = reader.number(KEYS.normEps) ?? DEFAULT_NORM_EPS;
  const generation = generationOf({ scaled, vocabSize, slidingWindow, ropeTheta, normEps });
  const maxSeqLen = reader.number("max_seq_len");
  if (maxSeqLen === undefined) {
    reader.warnings.push(
      `"${name}" does not say the context length: ${generation.maxSeqLen}, that of ${generation.name}, is assumed`,
    );
  }
  const fields = {
    architecture: "llama" as const,
    dim,
    ffnDim: ffnWidth(reader, dim),
    nLayers,
    nHeads: reader.requiredNumber(KEYS.nHeads),
    nKvHeads: reader.number(KEYS.nKvHeads),
    headDim: reader.number(KEYS.headDim),
    vocabSize,
    maxSeqLen: maxSeqLen ?? generation.maxSeqLen,
    normEps,
    ropeTheta,
    ropePairing: "interleaved" as const,
    ropeScaling: scaled ? llama3Scaling(dim, nLayers) : undefined,
    slidingWindow,
    tied: !tensors.has("output.weight"),
    ...generation.tokens,
  };
  reader.ignore(IGNORED);
  reader.warnOfUnknown();
  return modelConfig({ ...fields, warnings: reader.warnings }, { name, keys: KEYS });
}

function ffnWidth(reader: ConfigReader, dim: number): number {
  const multipleOf = reader.number("multiple_of") ?? 256;
  const multiplier = reader.number("ffn_dim_multiplier");
  const said = reader.number(KEYS.ffnDim);
  if (said !== undefined) return said;
  if (!(multipleOf >= 1)) reader.fail("multiple_of", "at least 1", multipleOf);
  return ffnDimOf(dim, multipleOf, multiplier);
}

const SENTENCEPIECE_TOKENS = { bosId: 1, eosIds: [2] };
/** <|begin_of_text|>; <|end_of_text|>, <|eom_id|>, <|eot_id|>. */
const LLAMA3_TOKENS = { bosId: 128000, eosIds: [128001, 128008, 128009] };

interface Hints {
  readonly scaled: boolean;
  readonly vocabSize: number;
  readonly slidingWindow: number | undefined;
  readonly ropeTheta: number | undefined;
  readonly normEps: number;
}

function generationOf({ scaled, vocabSize, slidingWindow, ropeTheta, normEps }: Hints) {
  const tokens = vocabSize === LLAMA3_VOCAB ? LLAMA3_TOKENS : SENTENCEPIECE_TOKENS;
  if (scaled) return { name: "Llama 3.1", maxSeqLen: 131072, tokens };
  if (vocabSize === LLAMA3_VOCAB) return { name: "Llama 3", maxSeqLen: 8192, tokens };
  if (slidingWindow !== undefined) return { name: "Mistral", maxSeqLen: 32768, tokens };
  if (ropeTheta === 1e6) return { name: "Code Llama", maxSeqLen: 16384, tokens };
  if (normEps === 1e-6) return { name: "LLaMA 1", maxSeqLen: 2048, tokens };
  return { name: "Llama 2", maxSeqLen: 4096, tokens };
}

/**
 * Llama 3.1 and 3.3 were extended by 8, the two small models of 3.2 by 32, but params.json is the same for
 * all (meta-llama/llama-models#241).
 */
function llama3Scaling(dim: number, nLayers: number): Extract<RopeScaling, { kind: "llama3" }> {
  const small = (dim === 2048 && nLayers === 16) || (dim === 3072 && nLayers === 28);
  return {
    kind: "llama3",
    factor: small ? 32 : 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxSeqLen: 8192,
  };
}

export interface MetaForm {
  readonly json: Readonly<Record<string, unknown>>;
  /** Settings that params.json cannot express. */
  readonly dropped: readonly string[];
}

/**
 * The inverse of `configFromMeta`.
 * @throws UnsupportedError for settings that Meta's model code does not support: biases, other RoPE scalings.
 */
export function configToMeta(config: ModelConfig): MetaForm {
  checkMetaHolds(config);
  const { multipleOf, multiplier } = ffnRule(config.dim, config.ffnDim);
  const ownHeadDim = config.headDim * config.nHeads !== config.dim;
  const json = {
    dim: config.dim,
    n_layers: config.nLayers,
    n_heads: config.nHeads,
    ...(config.nKvHeads === config.nHeads ? {} : { n_kv_heads: config.nKvHeads }),
    ...(ownHeadDim ? { head_dim: config.headDim } : {}),
    vocab_size: config.vocabSize,
    multiple_of: multipleOf,
    ...(multiplier === undefined ? {} : { ffn_dim_multiplier: multiplier }),
    norm_eps: config.normEps,
    ...(config.ropeTheta === 10000 ? {} : { rope_theta: config.ropeTheta }),
    ...(config.ropeScaling.kind === "none" ? {} : { use_scaled_rope: true }),
    ...(config.slidingWindow === undefined ? {} : { sliding_window: config.slidingWindow }),
  };
  return { json, dropped: [`the context length (${config.maxSeqLen}): params.json has no key for it`] };
}

function checkMetaHolds(config: ModelConfig): void {
  const refuse = (found: string): never => {
    throw new UnsupportedError({
      doing: "write Meta's params.json",
      found,
      fix: "write safetensors or GGUF instead",
    });
  };
  const biases = Object.entries(config.biases).filter(([part, has]) => has !== NO_BIASES[part as "q"]);
  if (biases.length > 0)
    refuse(`biases on ${biases.map(([part]) => part).join(", ")}: Meta's models have none`);
  if (config.rotaryDim !== config.headDim)
    refuse(`rotation of ${config.rotaryDim} of ${config.headDim} elements`);
  if (config.ropeScaling.kind === "none") return;
  const wanted = llama3Scaling(config.dim, config.nLayers);
  const found = asLlama3(config);
  if (
    found === undefined ||
    Object.entries(wanted).some(([key, value]) => found[key as "factor"] !== value)
  ) {
    refuse(`RoPE scaling "${config.ropeScaling.kind}" with parameters that params.json cannot express`);
  }
}

/** multiple_of and ffn_dim_multiplier that result in this width; published pairs are preferred. */
export function ffnRule(dim: number, ffnDim: number): { multipleOf: number; multiplier?: number } {
  const multiples = [256, 1024, 4096, 128, 64, 32, 16, 8, 4, 2, 1];
  for (const multiplier of [undefined, 1.3, 1.2, 1.5]) {
    for (const multipleOf of multiples) {
      if (ffnDimOf(dim, multipleOf, multiplier) !== ffnDim) continue;
      return multiplier === undefined ? { multipleOf } : { multipleOf, multiplier };
    }
  }
  // Any value up to the width rounds up to the width itself.
  const plain = ffnDimOf(dim, 1);
  return plain <= ffnDim ? { multipleOf: ffnDim } : { multipleOf: ffnDim, multiplier: ffnDim / plain };
}
