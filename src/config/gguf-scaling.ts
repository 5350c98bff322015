/**
 * Rotary scaling in GGUF ⇄ RopeScaling: keys under `rope.scaling.`, and small tensors of divisors
 * (rope_freqs, rope_factors_long, rope_factors_short) for kinds without keys.
 */
import { UnsupportedError } from "../base/errors.ts";
import { type GgufValue, ggufValue } from "../formats/gguf/value.ts";
import type { ModelConfig, RopeScaling } from "./config.ts";
import type { ConfigReader } from "./reader.ts";
import { frequencyDivisors, ropeFrequencies, yarnAttentionFactor } from "./rope-scaling.ts";
import type { TensorFacts } from "./tensor-facts.ts";

/** A metadata key with its typed value. */
export type Field = readonly [key: string, value: GgufValue];

/** @param key adds the architecture as prefix of a key. */
export function scalingFromGguf(
  reader: ConfigReader,
  key: (rest: string) => string,
  tensors: TensorFacts,
  maxSeqLen: number,
): RopeScaling {
  const kind = reader.string(key("rope.scaling.type")) ?? "linear";
  const factor = reader.number(key("rope.scaling.factor")) ?? reader.number(key("rope.scale_linear")) ?? 1;
  const originalMaxSeqLen = reader.number(key("rope.scaling.original_context_length")) ?? maxSeqLen;
  const attention = reader.number(key("rope.scaling.attn_factor"));
  const betaFast = reader.number(key("rope.scaling.yarn_beta_fast")) ?? 32;
  const betaSlow = reader.number(key("rope.scaling.yarn_beta_slow")) ?? 1;
  if (tensors.has("rope_freqs.weight")) {
    if (kind === "yarn" || kind === "longrope") unsupported(reader.name, `${kind} with rope_freqs.weight`);
    const divisor = kind === "none" ? 1 : factor || 1;
    return { kind: "factors", factors: tensors.floats("rope_freqs.weight"), factor: divisor };
  }
  switch (kind) {
    case "none":
      return { kind: "none" };
    case "linear":
      return factor === 1 || factor === 0 ? { kind: "none" } : { kind: "linear", factor };
    case "yarn": {
      const own = attention === undefined ? {} : { attentionFactor: attention * yarnAttentionFactor(factor) };
      return { kind: "yarn", factor, originalMaxSeqLen, betaFast, betaSlow, ...own };
    }
    case "longrope": {
      const divisors = (length: string) => [...tensors.floats(`rope_factors_${length}.weight`)];
      const own = attention === undefined ? {} : { attentionFactor: attention };
      if (!tensors.has("rope_factors_long.weight") || !tensors.has("rope_factors_short.weight")) {
        reader.fail(
          "rope.scaling.type",
          "rope_factors_long.weight and rope_factors_short.weight",
          "no such tensors",
        );
      }
      const shortFactors = divisors("short");
      return { kind: "longrope", shortFactors, longFactors: divisors("long"), originalMaxSeqLen, ...own };
    }
    default:
      return reader.fail(key("rope.scaling.type"), "none, linear, yarn or longrope", kind);
  }
}

export interface ScalingForm {
  /** Base to store instead of the configuration's. */
  readonly theta: number;
  /** Keys after "rope.scaling.". */
  readonly fields: readonly Field[];
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** Settings that GGUF cannot express. */
  readonly dropped: readonly string[];
}

export function scalingToGguf(config: ModelConfig): ScalingForm {
  const scaling = config.ropeScaling;
  const nothing = { theta: config.ropeTheta, fields: [], tensors: new Map(), dropped: [] };
  const typed = (type: string, factor: number): Field[] => [
    ["type", ggufValue.string(type)],
    ["factor", ggufValue.f32(factor)],
  ];
  switch (scaling.kind) {
    case "none":
      return nothing;
    case "linear":
      return { ...nothing, fields: typed("linear", scaling.factor) };
    case "ntk": {
      // Only θ' changes: the second frequency is θ'^(−2/d).
      const second = ropeFrequencies(config).inverseFrequencies[1];
      return {
        ...nothing,
        theta: second === undefined ? config.ropeTheta : second ** (-config.rotaryDim / 2),
      };
    }
    case "dynamic":
      return { ...nothing, dropped: ["RoPE scaling that depends on the length in use (dynamic NTK)"] };
    case "yarn": {
      const { factor, originalMaxSeqLen, betaFast, betaSlow, attentionFactor } = scaling;
      const fields: Field[] = [
        ...typed("yarn", factor),
        ["original_context_length", ggufValue.u32(originalMaxSeqLen)],
        ["yarn_beta_fast", ggufValue.f32(betaFast)],
        ["yarn_beta_slow", ggufValue.f32(betaSlow)],
      ];
      if (attentionFactor !== undefined) {
        fields.push(["attn_factor", ggufValue.f32(attentionFactor / yarnAttentionFactor(factor))]);
      }
      return { ...nothing, fields };
    }
    case "longrope":
      return {
        ...nothing,
        fields: [
          ["type", ggufValue.string("longrope")],
          ["original_context_length", ggufValue.u32(scaling.originalMaxSeqLen)],
          ["attn_factor", ggufValue.f32(ropeFrequencies(config).attentionFactor)],
        ],
        tensors: new Map([
          ["rope_factors_long.weight", Float32Array.from(scaling.longFactors)],
          ["rope_factors_short.weight", Float32Array.from(scaling.shortFactors)],
        ]),
      };
    case "llama3":
      return { ...nothing, tensors: new Map([["rope_freqs.weight", frequencyDivisors(config)]]) };
    case "factors":
      return {
        ...nothing,
        fields: scaling.factor === 1 ? [] : typed("linear", scaling.factor),
        tensors: new Map([["rope_freqs.weight", scaling.factors]]),
      };
    default:
      return scaling satisfies never;
  }
}

/** Throws the UnsupportedError of `configFromGguf` for valid files that Cria cannot run. */
export function unsupported(name: string, what: string): never {
  throw new UnsupportedError({
    doing: `configure the model from "${name}"`,
    found: `${what}: not supported`,
  });
}
