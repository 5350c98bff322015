/** `cria bench` from outside, over a tiny model, against a fake peer. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ColdBench } from "../../src/cli/bench-cold.ts";
import { BACKEND_NAMES } from "../../src/engine/backend/names.ts";
import { selectBackend } from "../../src/engine/backend/select.ts";
import type { BenchResult } from "../../src/measure/result.ts";
import { platform } from "../../src/platform/node.ts";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { type BuiltPackage, buildPackage, runCria } from "./process.ts";

let built: BuiltPackage;
let folder: string;
let model: string;
beforeAll(() => {
  built = buildPackage();
  folder = mkdtempSync(join(tmpdir(), "cria-bench-"));
  model = join(folder, "tiny.gguf");
  writeTinyGguf(model, tinyConfig());
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const QUICK = ["--prompt", "8", "--generate", "4", "--patience", "0"];
const bench = (...args: string[]) => runCria(built.main, ["bench", model, ...QUICK, ...args]);

/** A fake llama-bench with constant figures, which fails for an unexpected model and for flags that its help lacks. */
function fakeLlamaBench(help = "-rtr --no-warmup"): string {
  const path = join(folder, "llama-bench");
  const row = { build_commit: "abc1234", build_number: 7, cpu_info: "none" };
  writeFileSync(
    path,
    `#!${process.execPath}
const args = process.argv.slice(2);
const help = ${JSON.stringify(help)}.split(" ");
if (args[0] === "--help") { console.log(help.join(" ")); process.exit(0); }
if (["-rtr", "--no-warmup"].some((flag) => args.includes(flag) && !help.includes(flag))) process.exit(4);
if (help.includes("-rtr") && !args.includes("-rtr")) process.exit(5);
const value = (flag) => args[args.indexOf(flag) + 1];
if (value("-m") !== ${JSON.stringify(model)} || value("-o") !== "json") process.exit(3);
const row = ${JSON.stringify(row)};
const rows = [];
if (+value("-p") > 0) rows.push({ ...row, n_prompt: +value("-p"), n_gen: 0, avg_ts: 100 });
if (+value("-n") > 0) rows.push({ ...row, n_prompt: 0, n_gen: +value("-n"), avg_ts: 50 });
console.log(JSON.stringify(rows));
`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** A fake llama-completion, which prints a prompt's and a generation's times as llama.cpp does. */
function fakeLlamaCompletion(): string {
  const path = join(folder, "llama-completion");
  writeFileSync(
    path,
    `#!${process.execPath}
console.error("prompt eval time = 1.00 ms / 2 tokens ( 0.50 ms per token, 2000.00 tokens per second)");
console.error("       eval time = 1.00 ms / 4 runs ( 40.00 ms per token,    25.00 tokens per second)");
`,
  );
  chmodSync(path, 0o755);
  return path;
}

describe("cria bench --cold", () => {
  it("measures fresh processes of every engine in turn", async () => {
    const peers = [`bench=${fakeLlamaBench()}`, `text=${fakeLlamaCompletion()}`].flatMap((vs) => [
      "--vs",
      vs,
    ]);
    const { code, stdout } = await bench("--cold", ...peers, "--repeat", "1", "--json");
    expect(code).toBe(0);
    const { engines, rounds, generatedTokens } = JSON.parse(stdout) as ColdBench;
    expect(generatedTokens).toBe(4);
    expect(rounds.length).toBeGreaterThan(0);
    expect(engines.map(({ name }) => name)).toEqual(["cria", "bench", "text"]);
    const [own, ...others] = engines;
    expect(own.tokensPerSecond.median).toBeGreaterThan(0);
    expect(own.firstTokenSeconds.median).toBeGreaterThan(0);
    expect(own.peakBytes).toBeGreaterThan(10e6);
    expect(others.map(({ tokensPerSecond }) => tokensPerSecond.median)).toEqual([50, 25]);
    for (const { ratio } of others) expect(ratio?.firstTokenSeconds.median).toBeGreaterThan(0);
  });

  it.each([
    ["ik_llama.cpp", "-rtr -w"],
    ["llama.cpp", "--no-warmup"],
  ])("calls the llama-bench of %s with flags that it has", async (_, help) => {
    const { code, stdout } = await bench(
      "--vs",
      fakeLlamaBench(help),
      "--repeat",
      "1",
      "--no-check",
      "--json",
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).peer).toMatchObject({ promptTokensPerSecond: 100 });
  });

  it("measures with the options of loading", async () => {
    const { code, stdout } = await bench("--cold", "--precision", "bf16", "--backend", "wasm", "--json");
    expect(code).not.toBe(0);
    expect(JSON.parse(stdout).error.message).toMatch(/multiply in bf16/);
  });

  it("refuses a peer that it cannot read", async () => {
    const { code, stdout } = await bench("--cold", "--vs", `x=${model}`, "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error.expected).toMatch(/llama-bench or llama-completion/);
  });

  it("refuses several peers without --cold", async () => {
    const { code, stdout } = await bench("--vs", "a", "--vs", "b", "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error).toMatchObject({ expected: "one --vs, or --cold", found: "2" });
  });
});

describe("cria bench", () => {
  it("checks, measures and compares, in one JSON object", async () => {
    const { code, stdout, stderr } = await bench("--vs", fakeLlamaBench(), "--repeat", "2", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const result = JSON.parse(stdout) as BenchResult;
    const best = (await selectBackend(platform, { threads: 1 })).backend;
    best.dispose();
    expect(result).toMatchObject({ model, type: "F32", backend: best.name, promptTokens: 8 });
    if (best.name !== "reference") expect(result.check?.nmse).toBeLessThan(1e-6);
    expect(result.runs).toHaveLength(2);
    for (const key of ["promptTokensPerSecond", "generationTokensPerSecond", "firstTokenSeconds"] as const)
      expect(result[key]).toBeGreaterThan(0);
    expect(result.peer).toMatchObject({ promptTokensPerSecond: 100, generationTokensPerSecond: 50 });
    expect(result.ratio?.prompt).toBeCloseTo(result.promptTokensPerSecond / 100);
    expect(result.ratio?.generation).toBeCloseTo(result.generationTokensPerSecond / 50);
  });

  it("measures with the options of loading", async () => {
    const { code, stdout } = await bench("--precision", "bf16", "--backend", "wasm", "--json");
    expect(code).not.toBe(0);
    expect(JSON.parse(stdout).error.message).toMatch(/multiply in bf16/);
  });

  it("prints a table for people", async () => {
    expect(BACKEND_NAMES).toContain("reference");
    const { code, stdout } = await bench("--backend", "reference", "--repeat", "1");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^backend +reference/m);
    expect(stdout).toMatch(/^prompt of 8, tokens\/s +\d/m);
    expect(stdout).toMatch(/^peak memory +[\d.]+ MiB/m);
  });

  it("reports which peer it cannot find", async () => {
    const { code, stdout } = await bench("--vs", join(folder, "nowhere"), "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "REQUEST", found: join(folder, "nowhere") } });
  });
});
