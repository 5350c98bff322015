/**
 * Training of vocabularies compared with SentencePiece's trainer, with the same options on the same text:
 *
 *     npx tsx --conditions=cria-source bench/tokenizer-training.ts TEXT HELD_OUT [--sizes 2048,4096,8192,32000]
 *         [--rounds 3] [--sentencepiece FOLDER]
 *
 * TEXT and HELD_OUT are plain text without separators. It needs `npm run build`, and spm_train and spm_encode in the
 * path or in FOLDER. Peak memory is that of each process (Linux). The last line is one JSON object.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { vocabularyFromSpm } from "../src/tokenizer/index.ts";
import { option } from "./options.ts";

const [text, heldOut] = process.argv.slice(2);
const sizes = option("sizes", "2048,4096,8192,32000").split(",").map(Number);
const rounds = Number(option("rounds", "3"));
const spm = (name: string): string => join(option("sentencepiece", ""), name);
const cria = resolve(import.meta.dirname, "../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "cria-bench-"));

const SPM_OPTIONS = [
  ...["--model_type=bpe", "--normalization_rule_name=identity", "--remove_extra_whitespaces=false"],
  ...["--character_coverage=0.99995", "--byte_fallback=true", "--split_digits=true"],
  ...["--allow_whitespace_only_pieces=true", "--max_sentence_length=1073741824", "--minloglevel=2"],
];

interface Run {
  readonly seconds: number;
  /** Processor time, which is less affected by other programs. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** Hertz of the times in /proc. */
const CLOCK_TICKS = 100;

/** Runs a program to its end. Its memory and processor time are sampled while it runs. */
async function run(command: string, args: readonly string[]): Promise<Run> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  let [peakKiB, ticks] = [0, 0];
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakKiB = Math.max(peakKiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      const times = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
      ticks = Math.max(ticks, Number(times[11]) + Number(times[12]));
    } catch {} // it has ended
  }, 20);
  const code = await new Promise((done) => child.on("close", done));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, cpuSeconds: ticks / CLOCK_TICKS, peakMiB: peakKiB / 1024 };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const middle = (runs: readonly Run[]) => ({
  seconds: median(runs.map(({ seconds }) => seconds)),
  cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
  peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB)),
});

function tokensOf(model: string): number {
  const args = [`--model=${model}`, "--output_format=id", `--input=${heldOut}`];
  const { stdout } = spawnSync(spm("spm_encode"), args, { encoding: "utf8", maxBuffer: 2 ** 30 });
  return stdout.split(/\s+/).filter(Boolean).length;
}

async function compare(size: number) {
  const [ours, theirs] = [join(folder, `cria-${size}.model`), join(folder, `spm-${size}`)];
  const criaArgs = [
    cria,
    "tokenizer",
    "train",
    text,
    "--vocab",
    `${size}`,
    "-o",
    ours,
    "--held-out",
    "0",
    "--force",
  ];
  const spmArgs = [`--input=${text}`, `--model_prefix=${theirs}`, `--vocab_size=${size}`, ...SPM_OPTIONS];
  const runs: { cria: Run[]; spm: Run[] } = { cria: [], spm: [] };
  for (let round = 0; round < rounds; round++) {
    runs.cria.push(await run(process.execPath, criaArgs));
    runs.spm.push(await run(spm("spm_train"), spmArgs));
  }
  const [a, b] = [ours, `${theirs}.model`].map((path) => vocabularyFromSpm(readFileSync(path), path));
  const known = new Set(b.pieces);
  const bytes = readFileSync(heldOut).length;
  const tokens = { cria: tokensOf(ours), spm: tokensOf(`${theirs}.model`) };
  return {
    size,
    cria: { ...middle(runs.cria), bytesPerToken: bytes / tokens.cria },
    spm: { ...middle(runs.spm), bytesPerToken: bytes / tokens.spm },
    piecesOnlyInCria: a.pieces.filter((piece) => !known.has(piece)).length,
    otherIds: a.pieces.filter((piece, id) => piece !== b.pieces[id]).length,
  };
}

function line({ seconds, cpuSeconds, peakMiB, bytesPerToken }: Run & { bytesPerToken: number }): string {
  const time = `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processors)`;
  return `${time}, ${peakMiB.toFixed(0)} MiB, ${bytesPerToken.toFixed(4)} bytes per token`;
}

try {
  const results = [];
  for (const size of sizes) {
    const result = await compare(size);
    const { cria: own, spm: other, piecesOnlyInCria, otherIds } = result;
    console.log(
      `${size}: cria ${line(own)}; spm_train ${line(other)}; ${piecesOnlyInCria} pieces differ, ${otherIds} ids`,
    );
    results.push(result);
  }
  console.log(JSON.stringify({ textBytes: readFileSync(text).length, rounds, results }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
