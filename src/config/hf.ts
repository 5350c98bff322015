/**
 * Hugging Face's config.json ⇄ ModelConfig, for model_type llama, mistral and qwen2. A missing key has the
 * default of its configuration class, which differs by type: the defaults are a table. Rotary scaling has
 * three historical forms (`rope_scaling.type`, `rope_scaling.rope_type`, `rope_parameters`); all are read.
 */
import { UnsupportedError } from "../base/errors.ts";
import { type Biases, type ModelConfig, modelConfig, NO_BIASES } from "./config.ts";
import { scalingFromHf, scalingToHf } from "./hf-scaling.ts";
import { ConfigReader } from "./reader.ts";

interface TypeDefaults {
  readonly architecture: ModelConfig["architecture"];
  readonly className: string;
  readonly vocabSize: number;
  readonly ffnDim: number;
  readonly maxSeqLen: number;
  readonly nKvHeads?: number;
  readonly slidingWindow?: number;
  readonly biases: Biases;
  readonly bosId?: number;
  readonly eosIds: readonly number[];
}

const QKV_BIASES: Biases = { ...NO_BIASES, q: true, k: true, v: true };

const TYPES: Readonly<Record<string, TypeDefaults>> = {
  llama: {
    architecture: "llama",
    className: "LlamaForCausalLM",
    vocabSize: 32000,
    ffnDim: 11008,
    maxSeqLen: 2048,
    biases: NO_BIASES,
    bosId: 1,
    eosIds: [2],
  },
  mistral: {
    architecture: "mistral",
    className: "MistralForCausalLM",
    vocabSize: 32000,
    ffnDim: 14336,
    maxSeqLen: 131072,
    nKvHeads: 8,
    slidingWindow: 4096,
    biases: NO_BIASES,
    bosId: 1,
    eosIds: [2],
  },
  qwen2: {
    architecture: "qwen2",
    className: "Qwen2ForCausalLM",
    vocabSize: 151936,
    ffnDim: 22016,
    maxSeqLen: 32768,
    nKvHeads: 32,
    biases: QKV_BIASES,
    eosIds: [],
  },
};

/** The same in every configuration class of the table. */
const COMMON = { dim: 4096, nLayers: 32, nHeads: 32, normEps: 1e-6, ropeTheta: 10000 } as const;

const KEYS = {
  architecture: "model_type",
  dim: "hidden_size",
  ffnDim: "intermediate_size",
  nLayers: "num_hidden_layers",
  nHeads: "num_attention_heads",
  nKvHeads: "num_key_value_heads",
  headDim: "head_dim",
  vocabSize: "vocab_size",
  maxSeqLen: "max_position_embeddings",
  normEps: "rms_norm_eps",
  ropeTheta: "rope_theta",
  rotaryDim: "partial_rotary_factor",
  ropeScaling: "rope_scaling",
  slidingWindow: "sliding_window",
  tied: "tie_word_embeddings",
  bosId: "bos_token_id",
  eosIds: "eos_token_id",
} as const;

/** Known keys that do not affect inference. */
const IGNORED = [
  "architectures",
  "_name_or_path",
  "torch_dtype",
  "dtype",
  "transformers_version",
  "use_cache",
  "initializer_range",
  "attention_dropout",
  "pretraining_tp",
  "pad_token_id",
  "unsloth_fixed",
  "is_decoder",
  "output_attentions",
  "output_hidden_states",
  "return_dict",
  "rope_interleaved",
  "layer_types",
];

/** @param json config.json, parsed. @param name for messages: the path of the file. */
export function configFromHf(json: Readonly<Record<string, unknown>>, name: string): ModelConfig {
  const reader = ConfigReader.ofObject(name, json);
  const type = modelTypeOf(reader);
  const defaults = TYPES[type];
  checkSupported(reader);
  const shape = shapeOf(reader, defaults);
  const rope = reader.nested("rope_parameters");
  const scaling = rope ?? reader.nested("rope_scaling");
  const headDim = reader.number(KEYS.headDim);
  const partial = reader.number(KEYS.rotaryDim) ?? rope?.number(KEYS.rotaryDim);
  const width = headDim ?? shape.dim / shape.nHeads;
  const fields = {
    architecture: defaults.architecture,
    ...shape,
    headDim,
    normEps: reader.number(KEYS.normEps) ?? COMMON.normEps,
    ropeTheta: rope?.number(KEYS.ropeTheta) ?? reader.number(KEYS.ropeTheta) ?? COMMON.ropeTheta,
    ropePairing: "halves" as const,
    rotaryDim: partial === undefined ? undefined : Math.trunc(width * partial),
    ropeScaling: scaling === undefined ? undefined : scalingFromHf(scaling, reader, shape.maxSeqLen),
    slidingWindow: windowOf(type, reader, defaults, shape.nLayers),
    tied: reader.boolean(KEYS.tied) ?? false,
    biases: biasesOf(type, reader, defaults),
    bosId: reader.get(KEYS.bosId) === undefined ? defaults.bosId : reader.ids(KEYS.bosId)[0],
    eosIds: reader.get(KEYS.eosIds) === undefined ? defaults.eosIds : reader.ids(KEYS.eosIds),
  };
  reader.ignore(IGNORED);
  reader.warnOfUnknown();
  return modelConfig({ ...fields, warnings: reader.warnings }, { name, keys: KEYS });
}

function modelTypeOf(reader: ConfigReader): string {
  const type = reader.string("model_type");
  if (type !== undefined && Object.hasOwn(TYPES, type)) return type;
  if (type === undefined) {
    const classes = reader.get("architectures");
    const byClass = Object.keys(TYPES).find(
      (name) => Array.isArray(classes) && classes.includes(TYPES[name].className),
    );
    if (byClass !== undefined) return byClass;
  }
  throw new UnsupportedError({
    doing: `configure the model from "${reader.name}"`,
    expected: `model_type to be one of ${Object.keys(TYPES).join(", ")}`,
    found: type === undefined ? "none" : JSON.stringify(type.slice(0, 80)),
  });
}

function checkSupported(reader: ConfigReader): void {
  const refuse = (found: string, fix?: string): never => {
    throw new UnsupportedError({
      doing: `configure the model from "${reader.name}"`,
      found,
      ...(fix === undefined ? {} : { fix }),
    });
  };
  const activation = reader.string("hidden_act") ?? "silu";
  if (activation !== "silu" && activation !== "swish")
    refuse(`hidden_act "${activation}": only silu is supported`);
  const method = quantisation(reader);
  if (method !== undefined) {
    refuse(`weights quantised with ${method}`, "use the unquantised weights or a GGUF file");
  }
}

/** The program that quantised the weights. MLX writes "quantization"; all others write "quantization_config". */
function quantisation(reader: ConfigReader): string | undefined {
  const settings = reader.nested("quantization_config");
  if (reader.nested("quantization")?.number("bits") !== undefined) return "MLX";
  return settings === undefined ? undefined : String(settings.get("quant_method")).slice(0, 40);
}

function shapeOf(reader: ConfigReader, defaults: TypeDefaults) {
  const nHeads = reader.number(KEYS.nHeads) ?? COMMON.nHeads;
  const kvIsSaid = reader.get(KEYS.nKvHeads) !== undefined;
  return {
    dim: reader.number(KEYS.dim) ?? COMMON.dim,
    ffnDim: reader.number(KEYS.ffnDim) ?? defaults.ffnDim,
    nLayers: reader.number(KEYS.nLayers) ?? COMMON.nLayers,
    nHeads,
    nKvHeads: kvIsSaid ? reader.number(KEYS.nKvHeads) : (defaults.nKvHeads ?? nHeads),
    vocabSize: reader.number(KEYS.vocabSize) ?? defaults.vocabSize,
    maxSeqLen: reader.number(KEYS.maxSeqLen) ?? defaults.maxSeqLen,
  };
}

function biasesOf(type: string, reader: ConfigReader, defaults: TypeDefaults): Biases {
  const attention = reader.boolean("attention_bias") ?? false;
  const ffn = reader.boolean("mlp_bias") ?? false;
  if (type !== "llama") return defaults.biases;
  return { q: attention, k: attention, v: attention, o: attention, ffn };
}

/** An explicit null means no window; only a missing key means the default. Qwen2 has a switch, off by default. */
function windowOf(
  type: string,
  reader: ConfigReader,
  defaults: TypeDefaults,
  nLayers: number,
): number | undefined {
  const window = reader.has(KEYS.slidingWindow) ? reader.number(KEYS.slidingWindow) : defaults.slidingWindow;
  const used = reader.boolean("use_sliding_window") ?? false;
  const firstLayer = reader.number("max_window_layers") ?? 28;
  if (type === "llama") return undefined;
  if (type !== "qwen2" || window === undefined) return window;
  if (!used || firstLayer >= nLayers) return undefined;
  if (firstLayer <= 0) return window;
  throw new UnsupportedError({
    doing: `configure the model from "${reader.name}"`,
    found: `a sliding window from layer ${firstLayer} on: Cria supports only one window for all layers`,
  });
}

export interface HfForm {
  readonly json: Readonly<Record<string, unknown>>;
  readonly dropped: readonly string[];
}

/**
 * The inverse of `configFromHf`.
 * @param torchDtype the storage type of most weights: "float32", "float16", "bfloat16".
 * @throws UnsupportedError for a combination of biases or a window that no model_type of the table has.
 */
export function configToHf(config: ModelConfig, torchDtype: string): HfForm {
  const type = hfTypeOf(config);
  const { ropeScaling } = config;
  const { className } = TYPES[type];
  const ownKeys: Readonly<Record<string, Record<string, unknown>>> = {
    llama: { attention_bias: config.biases.q, mlp_bias: config.biases.ffn, pretraining_tp: 1 },
    mistral: { sliding_window: config.slidingWindow ?? null },
    qwen2:
      config.slidingWindow === undefined
        ? { use_sliding_window: false }
        : { use_sliding_window: true, sliding_window: config.slidingWindow, max_window_layers: 0 },
  };
  const json = {
    architectures: [className],
    model_type: type,
    vocab_size: config.vocabSize,
    hidden_size: config.dim,
    intermediate_size: config.ffnDim,
    num_hidden_layers: config.nLayers,
    num_attention_heads: config.nHeads,
    num_key_value_heads: config.nKvHeads,
    head_dim: config.headDim,
    ...(config.rotaryDim === config.headDim
      ? {}
      : { partial_rotary_factor: config.rotaryDim / config.headDim }),
    hidden_act: "silu",
    max_position_embeddings:
      ropeScaling.kind === "dynamic" ? ropeScaling.originalMaxSeqLen : config.maxSeqLen,
    initializer_range: 0.02,
    rms_norm_eps: config.normEps,
    use_cache: true,
    tie_word_embeddings: config.tied,
    rope_theta: config.ropeTheta,
    rope_scaling: scalingToHf(config),
    attention_dropout: 0,
    ...ownKeys[type],
    bos_token_id: config.bosId ?? null,
    eos_token_id: config.eosIds.length > 1 ? config.eosIds : (config.eosIds[0] ?? null),
    torch_dtype: torchDtype,
  };
  return { json, dropped: [] };
}

/** A window implies mistral; qwen2's biases imply qwen2. */
function hfTypeOf(config: ModelConfig): string {
  const { q, k, v, o, ffn } = config.biases;
  const none = !(q || k || v || o || ffn);
  const attention = q && k && v && o;
  if (none)
    return config.slidingWindow === undefined && config.architecture !== "mistral" ? "llama" : "mistral";
  if (q && k && v && !o && !ffn) return "qwen2";
  if (config.slidingWindow === undefined && (attention || !(q || k || v || o))) return "llama";
  throw new UnsupportedError({
    doing: "write config.json",
    expected: "biases on q, k, v, on all of attention, on the feed-forward network, or nowhere",
    found: Object.entries(config.biases)
      .map(([part, has]) => `${part} ${has ? "with" : "without"}`)
      .join(", "),
    fix: "write GGUF instead",
  });
}
