/** The table of `cria bench --cold` for people. */
import type { ColdFigures, Spread } from "../measure/cold.ts";
import type { ColdBench } from "./bench-cold.ts";
import { colorsFor } from "./colors.ts";
import { type Alignment, columns } from "./table.ts";
import { formatBytes, threeDigits } from "./text.ts";

const ALIGNMENTS: readonly Alignment[] = ["left", "right", "right", "right", "right"];

const number = ({ median, least, most }: Spread): string =>
  `${threeDigits(median)} (${threeDigits(least)}–${threeDigits(most)})`;
const percent = ({ median }: Spread): string => `${threeDigits(100 * median)} %`;
const times = (ratio: Spread | undefined): string =>
  ratio === undefined ? "" : `${ratio.median.toFixed(2)} ×`;

function row({
  name,
  firstTokenSeconds,
  tokensPerSecond,
  shareOfRead,
  peakBytes,
  ratio,
}: ColdFigures): string[] {
  return [
    name,
    number(firstTokenSeconds),
    times(ratio?.firstTokenSeconds),
    number(tokensPerSecond),
    times(ratio?.tokensPerSecond),
    percent(shareOfRead),
    peakBytes === undefined ? "–" : formatBytes(peakBytes),
  ];
}

export function coldReport(result: ColdBench): string {
  const { model, type, threads, generatedTokens, rounds, steadyRounds, readGBs, engines } = result;
  const colors = colorsFor(process.stdout);
  const counted = steadyRounds === 0 ? "so all count" : "which count";
  const facts = columns([
    ["model", `${model}, ${type}`],
    ["rounds", `${rounds.length} of fresh processes; memory kept its speed in ${steadyRounds}, ${counted}`],
    ["memory", `${threads} threads read ${number(readGBs)} GB/s through huge pages`],
  ]);
  const head = [
    "",
    "first token, s",
    "cria's",
    `${generatedTokens} tokens, tokens/s`,
    "cria's",
    "of memory",
    "peak",
  ];
  const table = columns([head, ...engines.map(row)], ALIGNMENTS);
  return `${facts}\n\n${table.replace(/^.*/, (line) => colors.bold(line))}\n`;
}
