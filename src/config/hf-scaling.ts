/**
 * Rotary scaling in config.json ⇄ RopeScaling. Three historical forms are read: `rope_scaling.type`,
 * `rope_scaling.rope_type`, and `rope_parameters`; the second is written.
 */
import { type ModelConfig, type RopeScaling, withConfig } from "./config.ts";
import type { ConfigReader } from "./reader.ts";
import { asLlama3, yarnAttentionFactor } from "./rope-scaling.ts";

/** @param config the whole file: some keys are outside the object. */
export function scalingFromHf(scaling: ConfigReader, config: ConfigReader, maxSeqLen: number): RopeScaling {
  const kind = scaling.string("rope_type") ?? scaling.string("type") ?? "default";
  const originalMaxSeqLen =
    scaling.number("original_max_position_embeddings") ??
    config.number("original_max_position_embeddings") ??
    maxSeqLen;
  const attention = scaling.number("attention_factor");
  const ownAttention = attention === undefined ? {} : { attentionFactor: attention };
  const factor = () => scaling.requiredNumber("factor");
  const list = (key: string) => scaling.numbers(key) ?? scaling.fail(key, "a list of numbers", "none");
  switch (kind) {
    case "default":
      return { kind: "none" };
    case "linear":
    case "ntk":
      return { kind, factor: factor() };
    case "dynamic":
      // Transformers uses max_position_embeddings here, whatever the object says.
      return { kind, factor: factor(), originalMaxSeqLen: maxSeqLen };
    case "yarn":
      return { ...yarnFromHf(scaling, factor(), originalMaxSeqLen), ...ownAttention };
    case "llama3":
      return {
        kind,
        factor: factor(),
        lowFreqFactor: scaling.requiredNumber("low_freq_factor"),
        highFreqFactor: scaling.requiredNumber("high_freq_factor"),
        originalMaxSeqLen,
      };
    case "su":
    case "longrope": {
      const growth = scaling.number("factor");
      return {
        kind: "longrope",
        shortFactors: list("short_factor"),
        longFactors: list("long_factor"),
        originalMaxSeqLen,
        ...(growth === undefined ? {} : { factor: growth }),
        ...ownAttention,
      };
    }
    default:
      return scaling.fail("rope_scaling.rope_type", "a known kind of RoPE scaling", kind);
  }
}

function yarnFromHf(scaling: ConfigReader, factor: number, originalMaxSeqLen: number) {
  if (scaling.boolean("truncate") === false) scaling.fail("rope_scaling.truncate", "true", false);
  const mscale = scaling.number("mscale");
  const allDim = scaling.number("mscale_all_dim");
  const own =
    mscale && allDim
      ? { attentionFactor: yarnAttentionFactor(factor, mscale) / yarnAttentionFactor(factor, allDim) }
      : {};
  return {
    kind: "yarn" as const,
    factor,
    originalMaxSeqLen,
    betaFast: scaling.number("beta_fast") ?? 32,
    betaSlow: scaling.number("beta_slow") ?? 1,
    ...own,
  };
}

export function scalingToHf(config: ModelConfig): Readonly<Record<string, unknown>> | null {
  const scaling = config.ropeScaling;
  switch (scaling.kind) {
    case "none":
      return null;
    case "linear":
    case "ntk":
      return { rope_type: scaling.kind, factor: scaling.factor };
    case "dynamic":
      return { rope_type: "dynamic", factor: scaling.factor };
    case "yarn":
      return {
        rope_type: "yarn",
        factor: scaling.factor,
        ...original(scaling),
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        ...attention(scaling),
      };
    case "llama3":
      return {
        rope_type: "llama3",
        factor: scaling.factor,
        low_freq_factor: scaling.lowFreqFactor,
        high_freq_factor: scaling.highFreqFactor,
        ...original(scaling),
      };
    case "longrope":
      return {
        rope_type: "longrope",
        short_factor: scaling.shortFactors,
        long_factor: scaling.longFactors,
        ...(scaling.factor === undefined ? {} : { factor: scaling.factor }),
        ...original(scaling),
        ...attention(scaling),
      };
    case "factors": {
      const llama3 = asLlama3(config);
      if (llama3 !== undefined) return scalingToHf(withConfig(config, { ropeScaling: llama3 }));
      // Other divisors: longrope with the same divisors for every length.
      const divisors = Array.from(scaling.factors, (f) => f * scaling.factor);
      return {
        rope_type: "longrope",
        short_factor: divisors,
        long_factor: divisors,
        original_max_position_embeddings: config.maxSeqLen,
        attention_factor: 1,
      };
    }
    default:
      return scaling satisfies never;
  }
}

function original({ originalMaxSeqLen }: { readonly originalMaxSeqLen: number }) {
  return { original_max_position_embeddings: originalMaxSeqLen };
}

function attention({ attentionFactor }: { readonly attentionFactor?: number }) {
  return attentionFactor === undefined ? {} : { attention_factor: attentionFactor };
}
