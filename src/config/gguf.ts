/**
 * GGUF metadata ⇄ ModelConfig. Keys have the architecture as prefix (`llama.block_count`). The tensors
 * provide the rest: an absent output.weight means tied embeddings, a bias tensor means a bias, and
 * rope_freqs.weight contains the divisors of rotary frequencies. Source: ggml's docs/gguf.md; the keys of
 * rope.scaling and rope_factors_* as in llama.cpp.
 */
import { UnsupportedError } from "../base/errors.ts";
import { type GgufValue, ggufValue } from "../formats/gguf/value.ts";
import { type Biases, type ModelConfig, modelConfig, type RopePairing } from "./config.ts";
import { type Field, scalingFromGguf, scalingToGguf, unsupported } from "./gguf-scaling.ts";
import { ConfigReader } from "./reader.ts";
import type { TensorFacts } from "./tensor-facts.ts";

/** How GGUF stores each architecture that Cria runs. Mistral is stored as llama. */
const GGUF_ARCHITECTURES: Readonly<
  Record<string, { readonly architecture: ModelConfig["architecture"]; readonly pairing: RopePairing }>
> = {
  llama: { architecture: "llama", pairing: "interleaved" },
  qwen2: { architecture: "qwen2", pairing: "halves" },
};

/** GGUF's name for the architecture of a configuration, and the pairing that its tensors must have there. */
export function ggufArchitecture(config: ModelConfig): { name: string; pairing: RopePairing } {
  const { q, k, v } = config.biases;
  // llama.cpp's qwen2 requires these three biases; its llama accepts any.
  const name = config.architecture === "qwen2" && q && k && v ? "qwen2" : "llama";
  return { name, pairing: GGUF_ARCHITECTURES[name].pairing };
}

/** Known keys (without prefix) that do not change the computation. */
const IGNORED = ["tensor_data_layout", "rope.scaling.finetuned", "vocab_size", "attention.causal"];

export function configFromGguf(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: TensorFacts,
  name: string,
): ModelConfig {
  const reader = new ConfigReader(name, new Map([...metadata].map(([key, { value }]) => [key, value])));
  const arch = reader.string("general.architecture") ?? reader.fail("general.architecture", "text", "none");
  const known = Object.hasOwn(GGUF_ARCHITECTURES, arch) ? GGUF_ARCHITECTURES[arch] : undefined;
  if (known === undefined) {
    throw new UnsupportedError({
      doing: `configure the model from "${name}"`,
      expected: `general.architecture to be one of ${Object.keys(GGUF_ARCHITECTURES).join(", ")}`,
      found: JSON.stringify(arch.slice(0, 80)),
    });
  }
  const key = (rest: string) => `${arch}.${rest}`;
  if ((reader.number(key("expert_count")) ?? 0) > 0) unsupported(name, "mixtures of experts");
  const { keyLength, keys } = shapeKeys(reader, key);
  const headCount = perLayer(reader, key("attention.head_count"));
  const dim = reader.requiredNumber(key("embedding_length"));
  const headDim = keyLength ?? undefined;
  const rotaryDim = reader.number(key("rope.dimension_count")) ?? headDim ?? dim / headCount;
  const maxSeqLen = reader.requiredNumber(key("context_length"));
  const fields = {
    architecture: known.architecture,
    dim,
    ffnDim: perLayer(reader, key("feed_forward_length")),
    nLayers: reader.requiredNumber(key("block_count")),
    nHeads: headCount,
    nKvHeads: perLayer(reader, key("attention.head_count_kv"), headCount),
    headDim,
    vocabSize: vocabSizeOf(reader, key("vocab_size"), tensors),
    maxSeqLen,
    normEps: reader.requiredNumber(key("attention.layer_norm_rms_epsilon")),
    ropeTheta: reader.number(key("rope.freq_base")),
    ropePairing: known.pairing,
    rotaryDim,
    ropeScaling: scalingFromGguf(reader, key, tensors, maxSeqLen),
    slidingWindow: reader.number(key("attention.sliding_window")) || undefined,
    tied: !tensors.has("output.weight"),
    biases: biasesOf(tensors),
    ...tokensFromGguf(reader),
  };
  reader.ignore(IGNORED.map(key));
  reader.warnOfUnknown((candidate) => candidate.startsWith(`${arch}.`));
  return modelConfig({ ...fields, warnings: reader.warnings }, { name, keys });
}

/** Key and value width, and the names in messages. */
function shapeKeys(reader: ConfigReader, key: (rest: string) => string) {
  const keyLength = reader.number(key("attention.key_length"));
  const valueLength = reader.number(key("attention.value_length"));
  if (keyLength !== valueLength && valueLength !== undefined && keyLength !== undefined) {
    unsupported(reader.name, `values of another width (${valueLength}) than keys (${keyLength})`);
  }
  const keys = {
    dim: key("embedding_length"),
    ffnDim: key("feed_forward_length"),
    nLayers: key("block_count"),
    nHeads: key("attention.head_count"),
    nKvHeads: key("attention.head_count_kv"),
    headDim: key("attention.key_length"),
    vocabSize: "the length of tokenizer.ggml.tokens",
    maxSeqLen: key("context_length"),
    normEps: key("attention.layer_norm_rms_epsilon"),
    ropeTheta: key("rope.freq_base"),
    rotaryDim: key("rope.dimension_count"),
    ropeScaling: key("rope.scaling"),
    slidingWindow: key("attention.sliding_window"),
    bosId: "tokenizer.ggml.bos_token_id",
    eosIds: "tokenizer.ggml.eos_token_id",
  };
  return { keyLength, keys };
}

/** A number, or a list with one entry per layer, which must be constant. */
function perLayer(reader: ConfigReader, key: string, missing?: number): number {
  const value = reader.get(key);
  if (value === undefined && missing !== undefined) return missing;
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return reader.requiredNumber(key);
  const list = reader.numbers(key) as number[];
  const first = list[0];
  if (first === undefined) reader.fail(key, "at least one number", "an empty list");
  if (list.some((item) => item !== first)) unsupported(reader.name, `a ${key} that differs between layers`);
  return first;
}

/** From the embedding table, else from the vocabulary. The vocab_size key is often stale. */
function vocabSizeOf(reader: ConfigReader, key: string, tensors: TensorFacts): number {
  const rows = tensors.shape("token_embd.weight")?.[0];
  if (rows !== undefined) return rows;
  const tokens = reader.get("tokenizer.ggml.tokens");
  if (Array.isArray(tokens)) return tokens.length;
  return reader.requiredNumber(key);
}

function biasesOf(tensors: TensorFacts): Biases {
  const bias = (part: string) => tensors.has(`blk.0.${part}.bias`);
  return {
    q: bias("attn_q"),
    k: bias("attn_k"),
    v: bias("attn_v"),
    o: bias("attn_output"),
    ffn: bias("ffn_gate") || bias("ffn_up") || bias("ffn_down"),
  };
}

/** llama.cpp writes 0xffffffff for "none". */
const NO_TOKEN = 0xffffffff;

function tokensFromGguf(reader: ConfigReader): { bosId?: number; eosIds: number[] } {
  const token = (name: string) => {
    const id = reader.number(`tokenizer.ggml.${name}_token_id`);
    return id === undefined || id === NO_TOKEN ? [] : [id];
  };
  const [bosId] = token("bos");
  const eosIds = [...token("eos"), ...token("eot"), ...token("eom")];
  return bosId === undefined ? { eosIds } : { bosId, eosIds };
}

export interface GgufForm {
  /**
   * Keys of the architecture, `general.architecture` first. Does not include tokenizer.* and other general.*
   * keys.
   */
  readonly fields: readonly Field[];
  /** Small F32 tensors for settings without a key. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** Settings that GGUF cannot express. */
  readonly dropped: readonly string[];
}

/** The inverse of `configFromGguf`. */
export function configToGguf(config: ModelConfig): GgufForm {
  const { name: arch } = ggufArchitecture(config);
  const scaling = scalingToGguf(config);
  const u32 = (key: string, value: number): Field => [`${arch}.${key}`, ggufValue.u32(value)];
  const f32 = (key: string, value: number): Field => [`${arch}.${key}`, ggufValue.f32(value)];
  const ownHeadDim = config.headDim * config.nHeads !== config.dim;
  const fields: Field[] = [
    ["general.architecture", ggufValue.string(arch)],
    u32("context_length", config.maxSeqLen),
    u32("embedding_length", config.dim),
    u32("block_count", config.nLayers),
    u32("feed_forward_length", config.ffnDim),
    u32("attention.head_count", config.nHeads),
    u32("attention.head_count_kv", config.nKvHeads),
    f32("attention.layer_norm_rms_epsilon", config.normEps),
    ...(ownHeadDim
      ? [u32("attention.key_length", config.headDim), u32("attention.value_length", config.headDim)]
      : []),
    u32("rope.dimension_count", config.rotaryDim),
    f32("rope.freq_base", scaling.theta),
    ...scaling.fields.map(([key, value]): Field => [`${arch}.rope.scaling.${key}`, value]),
    u32("vocab_size", config.vocabSize),
    ...(config.slidingWindow === undefined ? [] : [u32("attention.sliding_window", config.slidingWindow)]),
  ];
  return { fields, tensors: scaling.tensors, dropped: scaling.dropped };
}
