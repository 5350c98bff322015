/** `cria train` from outside: a real process over real files, killed at any moment. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.ts";
import type { RunRecord } from "../../src/train/index.ts";
import { packTiny } from "../support/tiny-corpus.ts";
import { type BuiltPackage, buildPackage, ENVIRONMENT, runCria } from "./process.ts";

let built: BuiltPackage;
let folder: string;

beforeAll(async () => {
  built = buildPackage();
  folder = mkdtempSync(join(tmpdir(), "cria-train-"));
  const random = new Random(2);
  const words = ["the ant", "to", "the tan", "an ant", "on", "that"];
  const text = (): string =>
    Array.from({ length: 5 + random.below(30) }, () => words[random.below(words.length)]).join(" ");
  await packTiny(folder, { stories: Array.from({ length: 80 }, text) }, { heldOut: 0.1 });
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const STEPS = 60;

/** A recipe file for a run of this name. */
function recipe(name: string, changes = ""): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `output: runs/${name}
model: { dim: 32, layers: 2, heads: 2, ffnDim: 48 }
data: { corpus: corpus }
batch: { rows: 4, length: 32, parts: 2 }
optimiser: { learningRate: 0.005, warmup: 4 }
stop: { steps: ${STEPS} }
evaluate: { every: 20, tokens: 300 }
checkpoint: { every: 7, keep: 2 }
${changes}`,
  );
  return path;
}

const at = (name: string, file: string): string => join(folder, "runs", name, file);

/** Results that must not depend on where a run was interrupted. */
function figures(name: string): unknown[] {
  return readFileSync(at(name, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RunRecord)
    .flatMap((record) => {
      if (record.kind === "step") return [[record.step, record.loss, record.norm, record.learningRate]];
      return record.kind === "evaluation" ? [[record.step, record.nats, record.bitsPerByte]] : [];
    });
}

/** Runs until this many steps were reported, then kills the process. */
async function killAfter(path: string, steps: number, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [built.main, "train", path, "--json", ...args], {
    env: ENVIRONMENT,
  });
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text.split('"kind":"step"').length - 1;
    if (seen >= steps) child.kill("SIGKILL");
  });
  await new Promise((done) => child.on("close", done));
}

describe("cria train", () => {
  it("gives the same bits however often it is killed and resumed", async () => {
    const whole = await runCria(built.main, ["train", recipe("whole"), "--quiet"]);
    expect(whole).toEqual({ code: 0, stdout: "", stderr: "" });
    const random = new Random(8);
    const path = recipe("killed");
    for (let i = 0; i < 10; i++) {
      const begun =
        existsSync(at("killed", "checkpoints")) &&
        readdirSync(at("killed", "checkpoints")).some((name) => name.startsWith("step-"));
      await killAfter(path, 1 + random.below(9), begun ? ["--resume"] : []);
    }
    const last = await runCria(built.main, ["train", path, "--resume", "--quiet"]);
    expect(last).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(figures("killed")).toEqual(figures("whole"));
    const [killed, unkilled] = ["killed", "whole"].map((name) => readFileSync(at(name, "model.gguf")));
    // The file has the name, followed by the weights.
    const length = 40_000;
    expect(killed.subarray(-length).equals(unkilled.subarray(-length))).toBe(true);
  });

  it("ends at Ctrl-C with a checkpoint and says how to resume", async () => {
    const path = recipe("stopped");
    const result = await runCria(built.main, ["train", path], {
      onStart: (child) => {
        const poll = setInterval(() => {
          if (!existsSync(at("stopped", "metrics.jsonl"))) return;
          clearInterval(poll);
          child.kill("SIGINT");
        }, 20);
      },
    });
    expect(result.code).toBe(130);
    expect(result.stdout).toContain(`cria train ${path} --resume`);
    expect(readdirSync(at("stopped", "checkpoints")).length).toBeGreaterThan(0);
    const again = await runCria(built.main, ["train", path, "--resume"]);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("model.gguf");
  });

  it("reports the cost of a run without starting it", async () => {
    const { code, stdout } = await runCria(built.main, ["train", recipe("dry"), "--dry-run", "--json"]);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ steps: STEPS, stepTokens: 128, memory: { keep: "all" } });
    expect(summary.memory.weights).toBe(4 * summary.parameters);
    expect(existsSync(at("dry", ""))).toBe(false);
  });

  it("writes a report that escapes the model's texts", async () => {
    const path = recipe(
      "report",
      'samples: { every: 30, prompts: ["<script>alert(1)</script>"], tokens: 4 }',
    );
    expect((await runCria(built.main, ["train", path, "--quiet"])).code).toBe(0);
    const page = readFileSync(at("report", "report.html"), "utf8");
    expect(page).toContain("&lt;script&gt;alert(1)");
    expect(page).not.toContain("<script>alert(1)");
    expect(page).toContain("uPlot");
  });

  it("names the file, the place and the remedy of an error", async () => {
    const failure = async (args: readonly string[]): Promise<string> => {
      const { code, stderr } = await runCria(built.main, ["train", ...args]);
      expect(code).toBeGreaterThan(1);
      return stderr;
    };
    expect(await failure([join(folder, "none.yaml")])).toContain("none.yaml");
    writeFileSync(join(folder, "broken.yaml"), "output: [runs\n  - x: {");
    expect(await failure([join(folder, "broken.yaml")])).toContain("correct that line");
    expect(await failure([recipe("wrong", "optimizer: {}")])).toContain('did you mean "optimiser"?');
    expect(await failure([recipe("mixture", "").replace(/$/, "")].concat("--resume"))).toContain(
      "without --resume",
    );
  });
});
