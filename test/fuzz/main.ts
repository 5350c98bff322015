/**
 * npm run fuzz -- [--cases N] [--seed S] [--target gguf,llama2c] [--time seconds] [--out folder]
 *
 * N cases (default 100,000) are divided among the targets. The log says how far cases got. Files that break a reader
 * are saved, and the exit code is then 1. The same seed gives the same cases.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freshSeed } from "../../src/base/random.ts";
import { type Failure, fuzz, type Report } from "./run.ts";
import { TARGETS } from "./targets.ts";

const USAGE = "npm run fuzz -- [--cases N] [--seed S] [--target a,b] [--time seconds] [--out folder]";

/** Whole models take longer per case; the time limit is checked between batches. */
const BATCH_CASES: Readonly<Record<string, number>> = {
  model: 1000,
  template: 4000,
  grammar: 2000,
  llama2c: 5000,
};

function fail(message: string): never {
  console.error(`${message}\n${USAGE}`);
  process.exit(2);
}

function wholeNumber(name: string, text: string | undefined, fallback: number, most = 2 ** 32 - 1): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && value <= most
    ? value
    : fail(`--${name} must be from 0 to ${most}`);
}

function save(failure: Failure, seed: number, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${failure.target}-${seed}-${failure.index}.bin`);
  writeFileSync(path, failure.bytes);
  console.log(`\nFAILED ${failure.target}, case ${failure.index}, saved as ${path}\n${failure.reason}`);
}

function summary({ target, cases, counts, stages, millis }: Report): string {
  const kinds = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  const rate = Math.round(cases / (millis / 1000));
  const list = (pairs: readonly (readonly [string, number])[]): string =>
    pairs.map(([what, count]) => `${count} ${what}`).join(", ");
  const far = Object.entries(stages);
  const reached = far.length === 0 ? "" : `\n  reached: ${list(far)}`;
  return `${target}: ${cases} cases, ${rate}/s: ${list(kinds)}${reached}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: Object.fromEntries(
      ["cases", "seed", "target", "time", "out"].map((name) => [name, { type: "string" as const }]),
    ) as Record<"cases" | "seed" | "target" | "time" | "out", { type: "string" }>,
  });
  const names = values.target?.split(",") ?? TARGETS.map(({ name }) => name);
  const targets = names.map(
    (name) => TARGETS.find((row) => row.name === name) ?? fail(`no target "${name}"`),
  );
  const seed = wholeNumber("seed", values.seed, freshSeed());
  const cases = Math.ceil(wholeNumber("cases", values.cases, 100_000) / targets.length);
  if (cases > 2 ** 21) fail(`at most ${2 ** 21} cases for each target; run again with another seed`);
  const seconds = values.time === undefined ? undefined : wholeNumber("time", values.time, 0);
  const limit = seconds === undefined ? {} : { maxMillis: (1000 * seconds) / targets.length };
  const folder = values.out ?? join(tmpdir(), "cria-fuzz");
  console.log(`seed ${seed}, ${cases} cases for each of ${targets.map(({ name }) => name).join(", ")}`);
  let failures = 0;
  for (const target of targets) {
    const report = await fuzz(target, {
      cases,
      seed,
      batchCases: BATCH_CASES[target.name] ?? 10_000,
      ...limit,
    });
    console.log(summary(report));
    for (const failure of report.failures) save(failure, seed, folder);
    failures += report.failures.length;
  }
  console.log(failures === 0 ? "no failures" : `${failures} failures`);
  process.exitCode = failures === 0 ? 0 : 1;
}

await main();
