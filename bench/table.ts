/** Prints objects of `cria bench --json`, one per line, as a table: npx tsx bench/table.ts RESULTS.jsonl */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { BenchResult } from "../src/measure/result.ts";

const fixed = (value: number | undefined | null, digits: number): string =>
  value === undefined || value === null ? "–" : value.toFixed(digits);
const percent = (share: number | undefined): string =>
  share === undefined ? "–" : `${(100 * share).toFixed(0)} %`;
const mib = (bytes: number | undefined): string => (bytes === undefined ? "–" : (bytes / 2 ** 20).toFixed(0));
const pair = (own: string, peer: string): string => `${own} / ${peer}`;

const HEAD = [
  "model",
  "backend, threads",
  "prompt tok/s, peer",
  "ratio",
  "generation tok/s, peer",
  "ratio",
  "of ceiling, prompt / generation",
  "peak MiB, peer",
  "first token s, peer",
  "NMSE",
  "idle before",
];

function row(result: BenchResult): string[] {
  const { peer, ratio, shareOfCeiling: share } = result;
  const idle = [...result.runs, ...(peer?.runs ?? [])].map(({ idleBefore }) => idleBefore);
  return [
    basename(result.model, ".gguf"),
    `${result.backend}, ${result.threads}`,
    pair(fixed(result.promptTokensPerSecond, 1), fixed(peer?.promptTokensPerSecond, 1)),
    fixed(ratio?.prompt, 2),
    pair(fixed(result.generationTokensPerSecond, 1), fixed(peer?.generationTokensPerSecond, 1)),
    fixed(ratio?.generation, 2),
    pair(percent(share?.prompt), percent(share?.generation)),
    pair(mib(result.peakBytes), mib(peer?.peakBytes)),
    pair(fixed(result.firstTokenSeconds, 2), fixed(peer?.firstTokenSeconds, 2)),
    result.check === undefined ? "–" : result.check.nmse.toExponential(1),
    `${percent(Math.min(...idle))}–${percent(Math.max(...idle))}`,
  ];
}

const lines = readFileSync(process.argv[2], "utf8").split("\n");
const rows = lines.filter((line) => line !== "").map((line) => row(JSON.parse(line) as BenchResult));
const table = [HEAD, HEAD.map(() => "---"), ...rows];
console.log(table.map((cells) => `| ${cells.join(" | ")} |`).join("\n"));
