/**
 * The header of llama2.c's files ⇄ ModelConfig. Other settings are fixed in llama2.c's run.c: epsilon 1e-5, θ
 * 10000, interleaved pairs; generation ends at BOS (1), which separates its training texts, and at EOS.
 */
import { UnsupportedError } from "../base/errors.ts";
import type { Llama2cHeader } from "../formats/llama2c/layout.ts";
import { type ModelConfig, modelConfig } from "./config.ts";

const FIXED = { normEps: 1e-5, ropeTheta: 10000 } as const;
const BOS = 1;
const EOS = 2;

export function configFromLlama2c(header: Llama2cHeader, name: string): ModelConfig {
  const { dim, ffnDim, nLayers, nHeads, nKvHeads, vocabSize, maxSeqLen, tied } = header;
  const shape = { dim, ffnDim, nLayers, nHeads, nKvHeads, vocabSize, maxSeqLen, tied };
  return modelConfig(
    {
      architecture: "llama",
      ...shape,
      ...FIXED,
      ropePairing: "interleaved",
      bosId: BOS,
      eosIds: [EOS, BOS],
    },
    { name },
  );
}

/**
 * The inverse of `configFromLlama2c`.
 * @throws UnsupportedError for settings that llama2.c's program does not support: another θ or epsilon,
 * scaled rotary embeddings, biases, a window, a head width other than dim / nHeads.
 */
export function configToLlama2c(config: ModelConfig, version: Llama2cHeader["version"]): Llama2cHeader {
  const problems = [
    config.ropeTheta !== FIXED.ropeTheta && `RoPE base ${config.ropeTheta} (it has ${FIXED.ropeTheta})`,
    Math.fround(config.normEps) !== Math.fround(FIXED.normEps) &&
      `norm epsilon ${config.normEps} (it has ${FIXED.normEps})`,
    config.ropeScaling.kind !== "none" && `RoPE scaling "${config.ropeScaling.kind}"`,
    config.slidingWindow !== undefined && `a sliding window of ${config.slidingWindow}`,
    Object.values(config.biases).some(Boolean) &&
      `biases on ${Object.entries(config.biases)
        .flatMap(([part, has]) => (has ? [part] : []))
        .join(", ")}`,
    config.headDim * config.nHeads !== config.dim && `heads of ${config.headDim} in a width of ${config.dim}`,
    config.rotaryDim !== config.headDim && `rotation of ${config.rotaryDim} of ${config.headDim} elements`,
  ].filter((problem) => problem !== false);
  if (problems.length > 0) {
    throw new UnsupportedError({
      doing: "write a llama2.c file",
      found: `${problems.join("; ")}: its header cannot express that`,
      fix: "write GGUF or safetensors instead",
    });
  }
  const { dim, ffnDim, nLayers, nHeads, nKvHeads, vocabSize, maxSeqLen, tied } = config;
  return { version, dim, ffnDim, nLayers, nHeads, nKvHeads, vocabSize, maxSeqLen, tied };
}
