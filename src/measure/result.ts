/** Result of a benchmark: the object that `cria bench --json` prints. */
import type { Ceilings } from "./ceilings.ts";
import type { Loaded, Rates } from "./engine.ts";
import { median, type Shares, sharesOfCeiling } from "./figures.ts";
import type { Work } from "./workload.ts";

export interface Run extends Rates {
  /** The idle share of the processors' time just before the run. */
  readonly idleBefore: number;
}

/** All runs of an engine. */
export interface Measured {
  readonly name: string;
  readonly loaded: Loaded;
  readonly runs: readonly Run[];
  readonly peakBytes: number | undefined;
}

export interface EngineFigures extends Rates, Loaded {
  readonly name: string;
  readonly peakBytes: number | undefined;
  readonly runs: readonly Run[];
}

/** Comparison of logits with those of the reference backend. */
export interface Check {
  readonly tokens: number;
  readonly nmse: number;
}

export interface BenchResult extends Rates, Omit<Loaded, "description"> {
  readonly model: string;
  /** Storage type of most bytes of the weights. */
  readonly type: string;
  readonly threads: number;
  readonly backend: string;
  readonly description: string;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly peakBytes: number | undefined;
  /** Absent with --no-check. */
  readonly check: Check | undefined;
  /** Absent if no generated code can run. */
  readonly ceilings: Ceilings | undefined;
  readonly shareOfCeiling: Shares | undefined;
  readonly runs: readonly Run[];
  readonly peer: EngineFigures | undefined;
  /** Cria's figure divided by the peer's; for seconds and bytes less is better. */
  readonly ratio: Ratios | undefined;
}

export interface Ratios {
  readonly prompt: number;
  readonly generation: number;
  readonly firstTokenSeconds: number;
  readonly peakBytes: number | undefined;
}

/** Medians of the runs. */
function figures({ name, loaded, runs, peakBytes }: Measured): EngineFigures {
  return {
    name,
    ...loaded,
    promptTokensPerSecond: median(runs.map((run) => run.promptTokensPerSecond)),
    generationTokensPerSecond: median(runs.map((run) => run.generationTokensPerSecond)),
    peakBytes,
    runs,
  };
}

function ratios(own: EngineFigures, peer: EngineFigures): Ratios {
  const { peakBytes } = peer;
  return {
    prompt: own.promptTokensPerSecond / peer.promptTokensPerSecond,
    generation: own.generationTokensPerSecond / peer.generationTokensPerSecond,
    firstTokenSeconds: own.firstTokenSeconds / peer.firstTokenSeconds,
    peakBytes: own.peakBytes === undefined || peakBytes === undefined ? undefined : own.peakBytes / peakBytes,
  };
}

export interface Findings {
  readonly model: string;
  readonly threads: number;
  readonly backend: string;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly work: Work;
  readonly check: Check | undefined;
  readonly ceilings: Ceilings | undefined;
  readonly own: Measured;
  readonly peer: Measured | undefined;
}

export function benchResult(findings: Findings): BenchResult {
  const { model, threads, backend, promptTokens, generatedTokens, work, check, ceilings } = findings;
  const { name: _, ...own } = figures(findings.own);
  const peer = findings.peer === undefined ? undefined : figures(findings.peer);
  return {
    model,
    type: work.type,
    threads,
    backend,
    promptTokens,
    generatedTokens,
    ...own,
    check,
    ceilings,
    shareOfCeiling: ceilings === undefined ? undefined : sharesOfCeiling(own, work, ceilings),
    peer,
    ratio: peer === undefined ? undefined : ratios({ name: "cria", ...own }, peer),
  };
}
