/** The table of `cria bench --train` for people. */
import type { TrainingBench } from "../measure/training.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, threeDigits } from "./text.ts";

export function trainingReport(result: TrainingBench): string {
  const { peer, ratio, check, shareOfCeiling: share, ceilingGflops } = result;
  const facts = [
    ["shape", `${result.shape}: ${result.rows} rows of ${result.length} tokens, ${result.precision}`],
    ["backend", result.description],
    ...(peer === undefined ? [] : [["peer", peer.description]]),
    ["check", check === undefined ? "left out" : checkText(check)],
    [
      "ceiling",
      ceilingGflops === undefined
        ? "not measured"
        : `${result.threads} threads reach ${threeDigits(ceilingGflops)} GFLOP/s in ${result.precision}`,
    ],
  ];
  const row = (what: string, own: string, other: string, by: string): string[] =>
    peer === undefined ? [what, own] : [what, own, other, by];
  const rows = [
    row("", "cria", "pytorch", "ratio"),
    row(
      "tokens/s",
      formatCount(Math.round(result.tokensPerSecond)),
      formatCount(Math.round(peer?.tokensPerSecond ?? 0)),
      ratio === undefined ? "" : `${ratio.tokensPerSecond.toFixed(2)} ×`,
    ),
    row("share of ceiling", share === undefined ? "–" : `${threeDigits(100 * share)} %`, "", ""),
    row(
      "peak memory",
      formatBytes(result.peakBytes),
      formatBytes(peer?.peakBytes ?? 0),
      ratio === undefined ? "" : `${ratio.peakBytes.toFixed(2)} ×`,
    ),
  ];
  return `${columns(facts)}\n\n${columns(rows, ["left", "right", "right", "right"])}\n`;
}

function checkText({ gradientNmse, peerLoss }: NonNullable<TrainingBench["check"]>): string {
  const losses =
    peerLoss === undefined ? "" : `; losses against PyTorch: ${peerLoss.toExponential(1)} off at most`;
  return `gradients against the reference in f32: normalised error ${gradientNmse.toExponential(1)}${losses}`;
}
