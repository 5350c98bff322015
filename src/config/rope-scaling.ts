/**
 * Rotary frequencies of every kind of context extension, as one table from the kind to its formula. Position
 * m rotates pair i of a head by m·inverseFrequencies[i]; cos and sin are multiplied by `attentionFactor`.
 *
 * Without scaling, f_i = θ^(−2i/d) with d = rotaryDim [RoPE]. Sources of the others: linear: position
 * interpolation (arXiv 2306.15595); ntk and dynamic: the NTK-aware change of base; yarn: [YaRN] §3.2 and
 * §3.4; llama3: Llama 3.1's published model code; longrope: arXiv 2402.13753. Where papers leave details
 * open, the forms are those of published checkpoints.
 */
import type { ModelConfig, RopeScaling } from "./config.ts";

export interface RopeFrequencies {
  /** Radians per position, rotaryDim/2 of them, highest first (unscaled: 1 … θ^(−(d−2)/d)). */
  readonly inverseFrequencies: Float64Array;
  /** Multiplies cos and sin. 1 for most kinds. */
  readonly attentionFactor: number;
}

type RopeConfig = Pick<ModelConfig, "rotaryDim" | "ropeTheta" | "ropeScaling" | "maxSeqLen">;

/**
 * @param seqLen longest sequence that will be run; used only by kinds that depend on the length in use
 * (dynamic, longrope). Default: the model's maxSeqLen.
 */
export function ropeFrequencies(config: RopeConfig, seqLen: number = config.maxSeqLen): RopeFrequencies {
  const scale = FORMULAS[config.ropeScaling.kind] as Formula<RopeScaling>;
  return scale(config.ropeScaling, config, seqLen);
}

/**
 * If the model's scaling depends on the length in use, texts up to this length use the short form; Infinity
 * if it does not.
 */
export function unscaledLength({ ropeScaling }: Pick<ModelConfig, "ropeScaling">): number {
  const { kind } = ropeScaling;
  if (kind !== "dynamic" && kind !== "longrope") return Number.POSITIVE_INFINITY;
  return ropeScaling.originalMaxSeqLen;
}

type Formula<Scaling> = (scaling: Scaling, config: RopeConfig, seqLen: number) => RopeFrequencies;

const FORMULAS: { readonly [Kind in RopeScaling["kind"]]: Formula<Extract<RopeScaling, { kind: Kind }>> } = {
  none: (_, { rotaryDim, ropeTheta }) => plain(base(rotaryDim, ropeTheta)),

  linear: ({ factor }, { rotaryDim, ropeTheta }) => plain(base(rotaryDim, ropeTheta).map((f) => f / factor)),

  ntk: ({ factor }, { rotaryDim, ropeTheta }) =>
    plain(base(rotaryDim, stretchedTheta(ropeTheta, factor, rotaryDim))),

  dynamic({ factor, originalMaxSeqLen }, { rotaryDim, ropeTheta }, seqLen) {
    const length = Math.max(seqLen, originalMaxSeqLen);
    const stretch = (factor * length) / originalMaxSeqLen - (factor - 1);
    return plain(base(rotaryDim, stretchedTheta(ropeTheta, stretch, rotaryDim)));
  },

  yarn(scaling, { rotaryDim, ropeTheta }) {
    const { factor, originalMaxSeqLen, betaFast, betaSlow } = scaling;
    // The (fractional) pair that makes `rotations` rotations within the trained context.
    const pairOf = (rotations: number) =>
      (rotaryDim * Math.log(originalMaxSeqLen / (rotations * 2 * Math.PI))) / (2 * Math.log(ropeTheta));
    const low = Math.max(Math.floor(pairOf(betaFast)), 0);
    const high = Math.min(Math.ceil(pairOf(betaSlow)), rotaryDim - 1);
    const frequencies = base(rotaryDim, ropeTheta).map((f, i) => {
      const interpolated = clamp01((i - low) / Math.max(high - low, 0.001));
      return (f / factor) * interpolated + f * (1 - interpolated);
    });
    return {
      inverseFrequencies: frequencies,
      attentionFactor: scaling.attentionFactor ?? yarnAttentionFactor(factor),
    };
  },

  llama3({ factor, lowFreqFactor, highFreqFactor, originalMaxSeqLen }, { rotaryDim, ropeTheta }) {
    const frequencies = base(rotaryDim, ropeTheta).map((f) => {
      const rotations = (originalMaxSeqLen * f) / (2 * Math.PI); // within the trained context
      const kept = clamp01((rotations - lowFreqFactor) / (highFreqFactor - lowFreqFactor));
      return (1 - kept) * (f / factor) + kept * f;
    });
    return plain(frequencies);
  },

  longrope(scaling, { rotaryDim, ropeTheta, maxSeqLen }, seqLen) {
    const { shortFactors, longFactors, originalMaxSeqLen } = scaling;
    const divisors = seqLen > originalMaxSeqLen ? longFactors : shortFactors;
    const growth = scaling.factor ?? maxSeqLen / originalMaxSeqLen;
    const attention = growth <= 1 ? 1 : Math.sqrt(1 + Math.log(growth) / Math.log(originalMaxSeqLen));
    return {
      inverseFrequencies: base(rotaryDim, ropeTheta).map((f, i) => f / divisors[i]),
      attentionFactor: scaling.attentionFactor ?? attention,
    };
  },

  factors: ({ factors, factor }, { rotaryDim, ropeTheta }) =>
    plain(base(rotaryDim, ropeTheta).map((f, i) => f / factors[i] / factor)),
};

function plain(inverseFrequencies: Float64Array): RopeFrequencies {
  return { inverseFrequencies, attentionFactor: 1 };
}

/** θ^(−2i/d), i < d/2. */
function base(rotaryDim: number, theta: number): Float64Array {
  return Float64Array.from({ length: rotaryDim / 2 }, (_, i) => theta ** ((-2 * i) / rotaryDim));
}

/** θ·s^(d/(d−2)): the lowest frequency shrinks by exactly s, the highest stays 1. d = 2 has only the latter. */
function stretchedTheta(theta: number, stretch: number, rotaryDim: number): number {
  return rotaryDim <= 2 ? theta : theta * stretch ** (rotaryDim / (rotaryDim - 2));
}

/**
 * [YaRN] §3.4's temperature, as the factor on cos and sin. `mscale` scales the logarithm (1 in the paper).
 */
export function yarnAttentionFactor(factor: number, mscale = 1): number {
  return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
}

function clamp01(x: number): number {
  return Math.min(1, Math.max(0, x));
}

/**
 * The same frequencies as divisors of the unscaled ones, the form in which GGUF stores scaling kinds without
 * keys (`rope_freqs.weight`).
 */
export function frequencyDivisors(config: RopeConfig): Float32Array {
  const scaled = ropeFrequencies(config).inverseFrequencies;
  return Float32Array.from(base(config.rotaryDim, config.ropeTheta), (f, i) => f / scaled[i]);
}

/**
 * The llama3 scaling that produced the stored divisors, if there is one: files keep only the divisors, other
 * formats need the four parameters. Tries the ramp of all published models (1, 4, 8192) with the largest
 * divisor.
 */
export function asLlama3(config: RopeConfig): Extract<RopeScaling, { kind: "llama3" }> | undefined {
  const { ropeScaling } = config;
  if (ropeScaling.kind === "llama3") return ropeScaling;
  if (ropeScaling.kind !== "factors" || ropeScaling.factor !== 1) return undefined;
  const candidate = {
    kind: "llama3",
    factor: Math.max(...ropeScaling.factors),
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxSeqLen: 8192,
  } as const;
  const divisors = frequencyDivisors({ ...config, ropeScaling: candidate });
  const same = divisors.every((divisor, i) => Math.abs(divisor / ropeScaling.factors[i] - 1) < 1e-4);
  return same ? candidate : undefined;
}
