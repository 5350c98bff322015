/**
 * The single description of a model of the LLaMA family, independent of the file format. `modelConfig`
 * validates it once and freezes it, so that code with a `ModelConfig` can rely on every number and every
 * relation between them. The translations (gguf.ts, hf.ts, meta.ts, llama2c.ts) only rename.
 *
 * Every number has an upper bound far above any published model, so that a hostile file can cause neither an
 * endless loop nor a huge allocation, and no product of shapes exceeds the safe integers.
 */
import { ConfigError } from "../base/errors.ts";

export const ARCHITECTURES = ["llama", "mistral", "qwen2"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/**
 * Which elements of a head form a rotated pair: neighbours (2i, 2i+1) as in Meta's files and GGUF's `llama`,
 * or (i, i + rotaryDim/2) as in Hugging Face's files and GGUF's `qwen2`.
 */
export type RopePairing = "interleaved" | "halves";

/** How rotary frequencies are scaled beyond the trained context; formulas in rope-scaling.ts. */
export type RopeScaling =
  | { readonly kind: "none" }
  /** Position interpolation: every frequency divided by `factor`. */
  | { readonly kind: "linear"; readonly factor: number }
  /** Fixed NTK: the base is increased instead. */
  | { readonly kind: "ntk"; readonly factor: number }
  /** NTK whose base depends on the length in use once that exceeds `originalMaxSeqLen`. */
  | { readonly kind: "dynamic"; readonly factor: number; readonly originalMaxSeqLen: number }
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalMaxSeqLen: number;
      /** Rotations within the trained context above which a frequency is kept (default 32). */
      readonly betaFast: number;
      /** Rotations below which a frequency is fully interpolated (default 1). */
      readonly betaSlow: number;
      /** Multiplies cos and sin; by default 0.1·ln(factor) + 1. */
      readonly attentionFactor?: number;
    }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxSeqLen: number;
    }
  | {
      readonly kind: "longrope";
      /** Divisors of the frequencies up to originalMaxSeqLen, and beyond it; rotaryDim/2 each. */
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly originalMaxSeqLen: number;
      /**
       * Context extension factor that determines the attention factor; by default maxSeqLen /
       * originalMaxSeqLen.
       */
      readonly factor?: number;
      readonly attentionFactor?: number;
    }
  /** Divisors stored as a tensor (GGUF `rope_freqs.weight`), after a linear `factor` (usually 1). */
  | { readonly kind: "factors"; readonly factors: Float32Array; readonly factor: number };

/** Which linear layers add a bias. */
export interface Biases {
  readonly q: boolean;
  readonly k: boolean;
  readonly v: boolean;
  readonly o: boolean;
  /** All three of the feed-forward network. */
  readonly ffn: boolean;
}

export const NO_BIASES: Biases = Object.freeze({ q: false, k: false, v: false, o: false, ffn: false });

export interface ModelConfig {
  readonly architecture: Architecture;
  /** Width of the residual stream. */
  readonly dim: number;
  /** Inner width of the feed-forward network. */
  readonly ffnDim: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly nKvHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  /** Maximum context of the model, in tokens. */
  readonly maxSeqLen: number;
  readonly normEps: number;
  readonly ropeTheta: number;
  readonly ropePairing: RopePairing;
  /** Number of a head's elements that are rotated (the first ones). */
  readonly rotaryDim: number;
  readonly ropeScaling: RopeScaling;
  /** Number of tokens that a position sees, itself included; absent: all. */
  readonly slidingWindow?: number;
  /** True if the output projection is the embedding table. */
  readonly tied: boolean;
  readonly biases: Biases;
  readonly bosId?: number;
  /** Tokens that end a generation. May be empty. */
  readonly eosIds: readonly number[];
  /** Settings of the source that were not understood or not used. */
  readonly warnings: readonly string[];
}

type Defaulted =
  | "nKvHeads"
  | "headDim"
  | "ropeTheta"
  | "rotaryDim"
  | "ropeScaling"
  | "tied"
  | "biases"
  | "eosIds"
  | "warnings";
type Optional = "slidingWindow" | "bosId";

/**
 * The input of `modelConfig` from a translation; `undefined` means that the source does not specify the
 * field.
 */
export type ModelConfigFields = {
  readonly [Key in Exclude<keyof ModelConfig, Defaulted | Optional>]: ModelConfig[Key];
} & { readonly [Key in Defaulted | Optional]?: ModelConfig[Key] | undefined };

/** The source of the fields, for messages. */
export interface ConfigSource {
  /** File or folder. */
  readonly name: string;
  /** The source's name of a field; default: the field's own name. */
  readonly keys?: { readonly [Key in keyof ModelConfig]?: string };
}

/** Inclusive bounds of every integer. The largest published: dim 16384, 126 layers, 10 M positions. */
const INTEGER_BOUNDS = {
  dim: [1, 2 ** 17],
  ffnDim: [1, 2 ** 20],
  nLayers: [1, 4096],
  nHeads: [1, 4096],
  nKvHeads: [1, 4096],
  headDim: [2, 4096],
  rotaryDim: [2, 4096],
  vocabSize: [1, 2 ** 22],
  maxSeqLen: [1, 2 ** 25],
} as const satisfies { readonly [Key in keyof ModelConfig]?: readonly [number, number] };

/** Upper bound of nHeads·headDim. */
const MAX_ATTENTION_WIDTH = 2 ** 18;
const MAX_SCALING_FACTOR = 2 ** 20;
const MAX_EOS_IDS = 256;

/** Reports one invalid value under the source's name of the field. */
class Validator {
  readonly source: ConfigSource;
  constructor(source: ConfigSource) {
    this.source = source;
  }

  key(field: keyof ModelConfig): string {
    return this.source.keys?.[field] ?? field;
  }

  fail(key: string, expected: string, found: unknown): never {
    throw new ConfigError({
      doing: `configure the model from "${this.source.name}"`,
      expected: `${key} to be ${expected}`,
      found: typeof found === "string" ? JSON.stringify(found.slice(0, 80)) : String(found),
      fix: "the configuration is damaged or does not describe a LLaMA-family model",
    });
  }

  integer(key: string, value: unknown, [low, high]: readonly [number, number]): void {
    if (!Number.isSafeInteger(value) || (value as number) < low || (value as number) > high) {
      this.fail(key, `a whole number from ${low} to ${high}`, value);
    }
  }

  /** A finite number in (low, high]. */
  number(key: string, value: unknown, low: number, high: number): void {
    if (typeof value !== "number" || !(value > low && value <= high)) {
      this.fail(key, `a number above ${low} and at most ${high}`, value);
    }
  }
}

/**
 * Validates, fills in defaults and freezes. Throws ConfigError that names the source's key for values that no
 * model can have.
 */
export function modelConfig(fields: ModelConfigFields, source: ConfigSource): ModelConfig {
  const check = new Validator(source);
  const headDim = fields.headDim ?? defaultHeadDim(fields, check);
  const warnings = [...(fields.warnings ?? [])];
  const { slidingWindow, bosId, ...rest } = fields;
  const config = {
    ...rest,
    headDim,
    nKvHeads: fields.nKvHeads ?? fields.nHeads,
    ropeTheta: fields.ropeTheta ?? 10000,
    rotaryDim: fields.rotaryDim ?? headDim,
    ropeScaling: Object.freeze({ ...(fields.ropeScaling ?? { kind: "none" as const }) }),
    tied: fields.tied ?? false,
    biases: Object.freeze({ ...NO_BIASES, ...fields.biases }),
    eosIds: Object.freeze([...(fields.eosIds ?? [])]),
  };
  checkShapes(config, check);
  checkScaling(config.ropeScaling, config.rotaryDim, check);
  return Object.freeze({
    ...config,
    ...windowOf(slidingWindow, check),
    ...tokensOf(bosId, config.eosIds, config.vocabSize, warnings, check),
    warnings: Object.freeze(warnings),
  });
}

function defaultHeadDim(fields: ModelConfigFields, check: Validator): number {
  const { dim, nHeads } = fields;
  check.integer(check.key("dim"), dim, INTEGER_BOUNDS.dim);
  check.integer(check.key("nHeads"), nHeads, INTEGER_BOUNDS.nHeads);
  if (dim % nHeads !== 0)
    check.fail(check.key("dim"), `a multiple of ${check.key("nHeads")} (${nHeads})`, dim);
  return dim / nHeads;
}

type Shaped = Pick<ModelConfig, keyof typeof INTEGER_BOUNDS | "normEps" | "ropeTheta" | "architecture">;

function checkShapes(config: Shaped, check: Validator): void {
  if (!ARCHITECTURES.includes(config.architecture)) {
    check.fail(check.key("architecture"), `one of ${ARCHITECTURES.join(", ")}`, config.architecture);
  }
  for (const field of Object.keys(INTEGER_BOUNDS) as (keyof typeof INTEGER_BOUNDS)[]) {
    check.integer(check.key(field), config[field], INTEGER_BOUNDS[field]);
  }
  check.number(check.key("normEps"), config.normEps, 0, 1);
  check.number(check.key("ropeTheta"), config.ropeTheta, 1, 1e15);
  const { nHeads, nKvHeads, headDim, rotaryDim } = config;
  if (nHeads % nKvHeads !== 0) {
    check.fail(check.key("nKvHeads"), `a divisor of ${check.key("nHeads")} (${nHeads})`, nKvHeads);
  }
  if (headDim % 2 !== 0) check.fail(check.key("headDim"), "even, as rotary embeddings need pairs", headDim);
  if (rotaryDim % 2 !== 0 || rotaryDim > headDim) {
    check.fail(check.key("rotaryDim"), `even and at most the head's width (${headDim})`, rotaryDim);
  }
  if (nHeads * headDim > MAX_ATTENTION_WIDTH) {
    check.fail(check.key("headDim"), `at most ${MAX_ATTENTION_WIDTH} over all ${nHeads} heads`, headDim);
  }
}

function checkScaling(scaling: RopeScaling, rotaryDim: number, check: Validator): void {
  const at = check.key("ropeScaling");
  const length = (value: number) =>
    check.integer(`${at}.original_max_position_embeddings`, value, INTEGER_BOUNDS.maxSeqLen);
  const perPair = (name: string, factors: ArrayLike<number>) => {
    if (factors.length !== rotaryDim / 2)
      check.fail(`${at}.${name}`, `${rotaryDim / 2} numbers`, factors.length);
    for (let i = 0; i < factors.length; i++) {
      check.number(`${at}.${name}[${i}]`, factors[i], 0, MAX_SCALING_FACTOR);
    }
  };
  if ("factor" in scaling && scaling.factor !== undefined) {
    check.number(`${at}.factor`, scaling.factor, 0, MAX_SCALING_FACTOR);
  }
  if ("attentionFactor" in scaling && scaling.attentionFactor !== undefined) {
    check.number(`${at}.attention_factor`, scaling.attentionFactor, 0, 1024);
  }
  if ("originalMaxSeqLen" in scaling) length(scaling.originalMaxSeqLen);
  switch (scaling.kind) {
    case "none":
    case "linear":
    case "ntk":
      return;
    case "dynamic":
      if (scaling.factor < 1) check.fail(`${at}.factor`, "at least 1", scaling.factor);
      return;
    case "yarn":
      check.number(`${at}.beta_slow`, scaling.betaSlow, 0, 1e6);
      if (!(scaling.betaFast >= scaling.betaSlow && scaling.betaFast <= 1e6)) {
        check.fail(`${at}.beta_fast`, `from beta_slow (${scaling.betaSlow}) to 1000000`, scaling.betaFast);
      }
      return;
    case "llama3":
      check.number(`${at}.low_freq_factor`, scaling.lowFreqFactor, 0, 1e6);
      if (!(scaling.highFreqFactor > scaling.lowFreqFactor && scaling.highFreqFactor <= 1e6)) {
        check.fail(
          `${at}.high_freq_factor`,
          `above low_freq_factor (${scaling.lowFreqFactor})`,
          scaling.highFreqFactor,
        );
      }
      return;
    case "longrope":
      perPair("short_factor", scaling.shortFactors);
      perPair("long_factor", scaling.longFactors);
      return;
    case "factors":
      perPair("rope_freqs", scaling.factors);
      return;
    default:
      check.fail(
        at,
        "one of the known kinds of RoPE scaling",
        (scaling satisfies never as { kind: unknown }).kind,
      );
  }
}

function windowOf(slidingWindow: number | undefined, check: Validator): { slidingWindow?: number } {
  if (slidingWindow === undefined) return {};
  check.integer(check.key("slidingWindow"), slidingWindow, INTEGER_BOUNDS.maxSeqLen);
  return { slidingWindow };
}

/** Token ids outside the vocabulary are common in published files and harmless: dropped with a warning. */
function tokensOf(
  bosId: number | undefined,
  eosIds: readonly number[],
  vocabSize: number,
  warnings: string[],
  check: Validator,
): { bosId?: number; eosIds: readonly number[] } {
  if (eosIds.length > MAX_EOS_IDS)
    check.fail(check.key("eosIds"), `at most ${MAX_EOS_IDS} ids`, eosIds.length);
  const inside = (id: number, field: "bosId" | "eosIds") => {
    const ok = Number.isSafeInteger(id) && id >= 0 && id < vocabSize;
    if (!ok) warnings.push(`${check.key(field)} ${id} is not in the vocabulary of ${vocabSize}: ignored`);
    return ok;
  };
  const kept = Object.freeze([...new Set(eosIds)].filter((id) => inside(id, "eosIds")));
  return bosId !== undefined && inside(bosId, "bosId") ? { bosId, eosIds: kept } : { eosIds: kept };
}

/** The same model with other fields, validated again. */
export function withConfig(
  config: ModelConfig,
  changes: Partial<ModelConfig>,
  source: ConfigSource = { name: "the changed configuration" },
): ModelConfig {
  return modelConfig({ ...config, ...changes }, source);
}
