/** Arithmetic on measured values. */
import { dtypeInfo } from "../base/dtypes.ts";
import type { Ceilings } from "./ceilings.ts";
import type { Work } from "./workload.ts";

/** The middle of the sorted values; for an even number the mean of the middle two; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value that the share `p` of all values does not exceed (nearest rank). */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)];
}

/** Σ(a − b)² / Σb²: the energy of the error as a share of the energy of the expected values. */
export function nmse(actual: readonly Float32Array[], expected: readonly Float32Array[]): number {
  let error = 0;
  let energy = 0;
  expected.forEach((row, t) => {
    row.forEach((value, i) => {
      error += (actual[t][i] - value) ** 2;
      energy += value ** 2;
    });
  });
  return energy === 0 ? (error === 0 ? 0 : Number.POSITIVE_INFINITY) : error / energy;
}

export interface Shares {
  readonly prompt: number;
  readonly generation: number;
}

/** Rates as shares of the ceilings. Float weights are multiplied as floats, quantised ones as 8-bit integers. */
export function sharesOfCeiling(
  rates: { readonly promptTokensPerSecond: number; readonly generationTokensPerSecond: number },
  work: Work,
  ceilings: Ceilings,
): Shares {
  const isFloat = dtypeInfo(work.type).blockLength === 1;
  const perSecond = isFloat ? ceilings.fmaGflops * 1e9 : ceilings.dotTops * 1e12;
  return {
    prompt: (work.operationsPerToken * rates.promptTokensPerSecond) / perSecond,
    generation: (work.bytesPerToken * rates.generationTokensPerSecond) / (ceilings.readGBs * 1e9),
  };
}
