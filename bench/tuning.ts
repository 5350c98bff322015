/**
 * Steps of low-rank tuning on one row, by `cria finetune` in a process of its own, as shares of the machine's arithmetic:
 *
 *     npx tsx --conditions=cria-source bench/tuning.ts MODEL [--length 512] [--rank 16] [--steps 3] [--rounds 2]
 *         [--threads N] [--backend NAME] [--memory BYTES] [--vs pytorch]
 *
 * Needs a build (npm run build). Operations are counted as 4·N for the products of the model, forward and backward, and
 * 6·A for those of the adapter, for each token; attention is not counted. The ceiling is measured before and after each
 * run; a share is of their mean. PyTorch trains the same shape and adapter with all weights in f32. The first step of a
 * run does not count. Peak memory includes resident pages of the mapped file. The last line is one JSON object.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { linearLayers } from "../src/adapt/index.ts";
import { runProgram } from "../src/cli/bench-programs.ts";
import type { ModelConfig } from "../src/config/config.ts";
import { countParameters } from "../src/config/parameters.ts";
import { median } from "../src/measure/figures.ts";
import { nativeCeilings } from "../src/measure/native-ceilings.ts";
import { BENCH_OPTIMISER } from "../src/measure/training.ts";
import { openModel } from "../src/open/index.ts";
import { platform } from "../src/platform/node.ts";
import type { RunRecord } from "../src/train/index.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const length = Number(option("length", "512"));
const rank = Number(option("rank", "16"));
const steps = Number(option("steps", "3"));
const rounds = Number(option("rounds", "2"));
const backend = option("backend", "avx2");
const threads = Number(option("threads", String(platform.coreCount)));
const memory = option("memory");
const versus = option("vs");
const CLI = resolve(import.meta.dirname, "../dist/cli/main.js");
const PYTORCH = resolve(import.meta.dirname, "../src/measure/peers/pytorch-train.py");

interface Measured {
  readonly seconds: number;
  readonly peakBytes: number;
}

/** Texts that fill a row each. */
function writeTexts(folder: string): string {
  const words = Array.from({ length: 2 * length }, (_, i) => `word${(i * 7919) % 997}`).join(" ");
  const file = join(folder, "texts.jsonl");
  const lines = Array.from({ length: 40 }, (_, i) => JSON.stringify({ text: `${i} ${words}` }));
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

async function ownRun(folder: string, texts: string, round: number): Promise<Measured> {
  const output = join(folder, `run-${round}`);
  const numbers = { rank, alpha: rank, rows: 1, length, steps: steps + 1, threads, "held-out": 0 };
  const options = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const args = [
    CLI,
    "finetune",
    path,
    texts,
    "-o",
    output,
    "--learn",
    "all",
    "--backend",
    backend,
    ...options,
    ...(memory === undefined ? [] : ["--memory", memory]),
  ];
  const { peakBytes = 0 } = await runProgram(process.execPath, [...args, "--quiet"]);
  const records = readFileSync(join(output, "metrics.jsonl"), "utf8").trim().split("\n");
  const seconds = records
    .map((line) => JSON.parse(line) as RunRecord)
    .flatMap((record) =>
      record.kind === "step" && record.step > 1 ? [length / record.tokensPerSecond] : [],
    );
  return { seconds: median(seconds), peakBytes };
}

async function peerRun({ ropePairing: _, ...config }: ModelConfig): Promise<Measured> {
  const job = { mode: "bench", config, optimiser: BENCH_OPTIMISER, rows: 1, length, steps, threads, rank };
  const { stdout, peakBytes = 0 } = await runProgram("/usr/bin/python3", [PYTORCH], JSON.stringify(job));
  const { seconds } = JSON.parse(stdout) as { seconds: readonly number[] };
  return { seconds: median(seconds), peakBytes };
}

/** 10⁹ operations per second. */
async function ceiling(): Promise<number> {
  const found = await nativeCeilings(platform, backend, threads);
  if (found === undefined) throw new Error(`no ceiling of the backend ${backend}`);
  return found.fmaGflops;
}

/** Parameters in products, without an embedding that is only looked up. */
function productParameters(config: ModelConfig): number {
  return countParameters(config) - (config.tied ? 0 : config.vocabSize * config.dim);
}

function adapterParameters(config: ModelConfig): number {
  return [...linearLayers(config).values()].reduce(
    (sum, [outDim, inDim]) => sum + rank * (outDim + inDim),
    0,
  );
}

async function withCeiling(work: () => Promise<Measured>): Promise<Measured & { readonly ceiling: number }> {
  const before = await ceiling();
  const measured = await work();
  return { ...measured, ceiling: (before + (await ceiling())) / 2 };
}

const config = (await openModel(path)).config;
const flops = (4 * productParameters(config) + 6 * adapterParameters(config)) * length;
const folder = mkdtempSync(join(tmpdir(), "cria-bench-"));
const own: (Measured & { readonly ceiling: number })[] = [];
const peer: Measured[] = [];
try {
  const texts = writeTexts(folder);
  for (let round = 0; round < rounds; round++) {
    own.push(await withCeiling(() => ownRun(folder, texts, round)));
    if (versus === "pytorch") peer.push(await peerRun(config));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const seconds = median(own.map((one) => one.seconds));
const share = median(own.map((one) => flops / one.seconds / 1e9 / one.ceiling));
const peakBytes = Math.max(...own.map((one) => one.peakBytes));
const ratio = peer.length === 0 ? undefined : median(own.map((one, i) => peer[i].seconds / one.seconds));
console.log(`${path}, ${backend}, ${threads} threads: ${seconds.toFixed(1)} s per step of ${length} tokens,`);
console.log(`  ${(100 * share).toFixed(0)} % of the ceiling, peak ${(peakBytes / 2 ** 30).toFixed(2)} GiB`);
if (ratio !== undefined) {
  const [{ seconds: other, peakBytes: peak }] = peer;
  console.log(
    `  PyTorch, f32: ${other.toFixed(1)} s, peak ${(peak / 2 ** 30).toFixed(2)} GiB: ${ratio.toFixed(2)} ×`,
  );
}
console.log(
  JSON.stringify({
    model: path,
    backend,
    threads,
    length,
    rank,
    flops,
    seconds,
    share,
    peakBytes,
    ratio,
    runs: { own, peer },
  }),
);
