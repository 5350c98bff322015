/** Chains that sample as other programs do; the random numbers are Cria's. */
import { defaultChain } from "./default-chain.ts";
import type { SamplerChain } from "./steps.ts";

/** Meta's sample_top_p: temperature, then the nucleus that keeps a token while the sum before it is ≤ topP. */
export function metaChain({ temperature = 0.8, topP = 0.95 } = {}): SamplerChain {
  const none = { topK: 0, topP: 1, minP: 0 };
  const base = defaultChain({ ...none, temperature });
  if (temperature === 0) return base;
  const nucleus = { kind: "top-p", p: topP, cut: "meta" } as const;
  return [...base.slice(0, -1), nucleus, { kind: "dist" }];
}

/** alpaca.cpp's sampler of March 2023, with its defaults. */
export function alpacaCppChain({
  temperature = 0.1,
  topK = 40,
  topP = 0.95,
  repeatPenalty = 1.3,
  repeatLastN = 64,
} = {}): SamplerChain {
  return [
    { kind: "penalties", lastN: repeatLastN, repeat: repeatPenalty, frequency: 0, presence: 0 },
    { kind: "temperature", temperature },
    { kind: "top-k", k: topK },
    { kind: "top-p", p: topP, cut: "alpaca" },
    { kind: "dist" },
  ];
}
