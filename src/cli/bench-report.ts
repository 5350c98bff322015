/** The table of `cria bench` for people. */
import type { BenchResult } from "../measure/result.ts";
import { colorsFor } from "./colors.ts";
import { type Alignment, columns } from "./table.ts";
import { formatBytes, formatSeconds, threeDigits } from "./text.ts";

const percent = (share: number | undefined): string =>
  share === undefined ? "" : `${threeDigits(100 * share)} %`;
const times = (ratio: number | undefined): string => (ratio === undefined ? "" : `${ratio.toFixed(2)} ×`);
const bytes = (count: number | undefined): string => (count === undefined ? "–" : formatBytes(count));
const seconds = (count: number | undefined): string => (count === undefined ? "–" : formatSeconds(count));

/** Rows of: quantity, Cria, peer, ratio, share of the ceiling. Without a peer its columns are omitted. */
function rows(result: BenchResult): string[][] {
  const { peer, ratio, shareOfCeiling: share } = result;
  const row = (what: string, own: string, other: string, by: string, of = ""): string[] =>
    peer === undefined ? [what, own, of] : [what, own, other, by, of];
  return [
    row("", "cria", peer?.name ?? "", "ratio", share === undefined ? "" : "of ceiling"),
    row(
      `prompt of ${result.promptTokens}, tokens/s`,
      threeDigits(result.promptTokensPerSecond),
      threeDigits(peer?.promptTokensPerSecond ?? Number.NaN),
      times(ratio?.prompt),
      percent(share?.prompt),
    ),
    row(
      `generation of ${result.generatedTokens}, tokens/s`,
      threeDigits(result.generationTokensPerSecond),
      threeDigits(peer?.generationTokensPerSecond ?? Number.NaN),
      times(ratio?.generation),
      percent(share?.generation),
    ),
    row("loading", seconds(result.loadSeconds), seconds(peer?.loadSeconds), ""),
    row(
      "first token of the process",
      seconds(result.firstTokenSeconds),
      seconds(peer?.firstTokenSeconds),
      times(ratio?.firstTokenSeconds),
    ),
    row("peak memory", bytes(result.peakBytes), bytes(peer?.peakBytes), times(ratio?.peakBytes)),
  ];
}

const ALIGNMENTS: readonly Alignment[] = ["left", "right", "right", "right", "right"];

export function benchReport(result: BenchResult): string {
  const { ceilings, check, peer, threads } = result;
  const colors = colorsFor(process.stdout);
  const facts = [
    ["model", `${result.model}, ${result.type}`],
    ["backend", result.description],
    ...(peer === undefined ? [] : [["peer", peer.description]]),
    [
      "check",
      check === undefined
        ? "left out"
        : `${check.tokens} tokens against the reference: normalised error ${check.nmse.toExponential(1)}`,
    ],
    [
      "ceilings",
      ceilings === undefined
        ? "not measured"
        : `${threads} threads read ${threeDigits(ceilings.readGBs)} GB/s, int8 ${threeDigits(ceilings.dotTops)} Tops, ` +
          `f32 ${threeDigits(ceilings.fmaGflops)} GFLOP/s`,
    ],
  ];
  const table = columns(rows(result), ALIGNMENTS);
  return `${columns(facts)}\n\n${table.replace(/^.*/, (line) => colors.bold(line))}\n`;
}
