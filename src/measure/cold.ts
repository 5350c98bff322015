/**
 * What a user gets from a fresh process: seconds to the first token, and tokens per second over the first tokens.
 * Engines take turns within a round, and memory's speed is measured at the round's start and end. A round in which it
 * moved is dropped, because a virtual machine's memory can change its speed within minutes. Ratios and shares are
 * formed within rounds only.
 */
import { median } from "./figures.ts";

export interface ColdRun {
  /** From the start of a process to its end after one token. */
  readonly firstTokenSeconds: number;
  /** Of the tokens after the first, in a fresh process. */
  readonly tokensPerSecond: number;
  readonly peakBytes: number | undefined;
}

export interface ColdRound {
  /** 10⁹ bytes per second that all threads read through huge pages, before and after the engines. */
  readonly readGBs: readonly [before: number, after: number];
  /** One run of each engine, Cria's first. */
  readonly runs: readonly ColdRun[];
}

/** Middle, smallest and largest value. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Most change of memory's speed within a round that counts. */
const MOST_CHANGE = 0.1;

export function isSteady({ readGBs: [before, after] }: ColdRound): boolean {
  return Math.abs(after - before) <= MOST_CHANGE * Math.max(before, after);
}

export interface ColdFigures {
  readonly name: string;
  readonly firstTokenSeconds: Spread;
  readonly tokensPerSecond: Spread;
  /** Bytes of weights that the tokens read, as a share of the round's reading speed. */
  readonly shareOfRead: Spread;
  readonly peakBytes: number | undefined;
  /** Cria's figure divided by this engine's, within rounds; absent for Cria. */
  readonly ratio?: { readonly firstTokenSeconds: Spread; readonly tokensPerSecond: Spread };
}

export interface ColdResult {
  readonly rounds: readonly ColdRound[];
  /** Rounds in which memory kept its speed. Only these count, but all do if there is none. */
  readonly steadyRounds: number;
  readonly readGBs: Spread;
  readonly engines: readonly ColdFigures[];
}

/** @param bytesPerToken bytes of weights that one token reads. */
export function coldResult(
  names: readonly string[],
  rounds: readonly ColdRound[],
  bytesPerToken: number,
): ColdResult {
  const allSteady = rounds.filter(isSteady);
  const steady = allSteady.length === 0 ? rounds : allSteady;
  const readOf = ({ readGBs: [before, after] }: ColdRound) => (before + after) / 2;
  const engines = names.map((name, i): ColdFigures => {
    const each = (of: (run: ColdRun, own: ColdRun, round: ColdRound) => number): Spread =>
      spread(steady.map((round) => of(round.runs[i], round.runs[0], round)));
    const peaks = rounds.flatMap(({ runs }) => runs[i].peakBytes ?? []);
    const ratio = {
      firstTokenSeconds: each((run, own) => own.firstTokenSeconds / run.firstTokenSeconds),
      tokensPerSecond: each((run, own) => own.tokensPerSecond / run.tokensPerSecond),
    };
    return {
      name,
      firstTokenSeconds: each((run) => run.firstTokenSeconds),
      tokensPerSecond: each((run) => run.tokensPerSecond),
      shareOfRead: each((run, _, round) => (run.tokensPerSecond * bytesPerToken) / (1e9 * readOf(round))),
      peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
      ...(i === 0 ? {} : { ratio }),
    };
  });
  return { rounds, steadyRounds: allSteady.length, readGBs: spread(steady.map(readOf)), engines };
}
