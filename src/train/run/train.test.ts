/** Whole runs of a tiny model on the reference backend, from a recipe and a corpus to a model that generates. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { packTiny } from "../../../test/support/tiny-corpus.ts";
import { ConfigError, FileError, RequestError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { load } from "../../library/index.ts";
import { platform } from "../../platform/node.ts";
import type { RunRecord, StepRecord } from "./metrics.ts";
import type { Recipe } from "./recipe.ts";
import { train } from "./train.ts";

let folder: string;
let corpus: string;
const output = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cria-train-run-"));
  const random = new Random(2);
  const words = ["a llama", "the hill", "sees", "eats", "grass", "and", "the baby", "sleeps"];
  const text = (): string =>
    Array.from({ length: 6 + random.below(20) }, () => words[random.below(words.length)]).join(" ");
  const texts = { stories: Array.from({ length: 60 }, text), notes: Array.from({ length: 20 }, text) };
  corpus = (await packTiny(folder, texts, { heldOut: 0.15 })).path;
});
afterAll(() => rmSync(folder, { recursive: true }));

function recipe(name: string, changes: Partial<Recipe> = {}): Recipe {
  return {
    output: output(name),
    model: { dim: 16, layers: 2, heads: 2, ffnDim: 32 },
    data: { corpus },
    batch: { rows: 2, length: 32 },
    optimiser: { learningRate: 1e-2 },
    stop: { steps: 12 },
    evaluate: { every: 5, tokens: 400 },
    checkpoint: { every: 4, keep: 2 },
    backend: "reference",
    ...changes,
  };
}

/** Results that must not depend on how often a run was interrupted. */
function figures(records: readonly RunRecord[]): unknown[] {
  return records
    .filter((record): record is StepRecord => record.kind === "step")
    .map(({ step, loss, norm, learningRate, tokens, epochs }) => ({
      step,
      loss,
      norm,
      learningRate,
      tokens,
      epochs,
    }));
}

const metricsOf = (name: string): RunRecord[] =>
  readFileSync(join(output(name), "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RunRecord);

const weightsOf = (name: string): Buffer => readFileSync(join(output(name), "model.gguf"));

describe("train", () => {
  it("learns, evaluates, writes samples and checkpoints, and produces a model that generates", async () => {
    const samples = { every: 6, prompts: ["a llama", ""], tokens: 8 };
    const result = await train(recipe("whole", { samples }));
    expect(result).toMatchObject({ ended: "finished", steps: 12, tokens: 12 * 64 });
    const records = metricsOf("whole");
    const steps = records.filter((record) => record.kind === "step");
    expect(steps).toHaveLength(12);
    expect(steps[11].loss).toBeLessThan(0.9 * (steps[0].loss as number));
    const evaluations = records.filter((record) => record.kind === "evaluation");
    expect(evaluations.map(({ step }) => step)).toEqual([0, 5, 10, 12]);
    expect(evaluations[0].sources.map(({ source }) => source)).toEqual(["stories", "notes"]);
    expect(evaluations[3].bitsPerByte).toBeLessThan(evaluations[0].bitsPerByte);
    expect(records.filter((record) => record.kind === "sample").map(({ prompt }) => prompt)).toEqual([
      "a llama",
      "",
      "a llama",
      "",
    ]);
    expect(readdirSync(join(output("whole"), "checkpoints")).length).toBeLessThanOrEqual(3);
    for (const path of [result.model, result.checkpoint]) {
      await using model = await load(path as string, { backend: "reference" });
      expect(await model.generate("a llama", { maxTokens: 5, temperature: 0 }).text()).not.toBe("");
    }
  });

  it("evaluates the mixture that it trains on", async () => {
    const sources = [
      { name: "stories", weight: 3 },
      { name: "notes", weight: 1 },
    ];
    await train(recipe("mixture", { data: { corpus, sources }, stop: { steps: 2 } }));
    await train(recipe("one-source", { data: { corpus, sources: sources.slice(0, 1) }, stop: { steps: 2 } }));
    const [{ nats, bitsPerByte, sources: parts }, { bitsPerByte: ofOne, sources: all }] = [
      "mixture",
      "one-source",
    ].map((name) => metricsOf(name).find((record) => record.kind === "evaluation")!);
    const [stories, notes] = parts;
    expect(nats).toBeCloseTo((3 * stories.nats + notes.nats) / 4, 6);
    const bytes = (3 * stories.bytes) / stories.tokens + notes.bytes / notes.tokens;
    expect(bitsPerByte).toBeCloseTo((3 * stories.nats + notes.nats) / bytes / Math.LN2, 6);
    expect(ofOne).toBeCloseTo(all[0].bitsPerByte, 6);
  });

  it("resumes bit for bit after a stop at any step", async () => {
    await train(recipe("uninterrupted"));
    for (const at of [1, 4, 7, 11]) {
      const name = `stopped-${at}`;
      const stop = new AbortController();
      const cut = await train(recipe(name), {
        stop: stop.signal,
        onRecord: (record) => record.kind === "step" && record.step === at && stop.abort(),
      });
      expect(cut).toMatchObject({ ended: "stopped", steps: at, model: undefined });
      await train(recipe(name), { resume: true });
      expect(figures(metricsOf(name))).toEqual(figures(metricsOf("uninterrupted")));
      expect(weightsOf(name).subarray(-2000).equals(weightsOf("uninterrupted").subarray(-2000))).toBe(true);
    }
  });

  it("resumes bit for bit from a checkpoint although later steps were recorded", async () => {
    const name = "crashed";
    const kept = output("crashed-copy");
    const stop = new AbortController();
    await train(recipe(name), {
      stop: stop.signal,
      onRecord: (record) => {
        if (record.kind !== "step") return;
        // The state on disk in the middle of step 8: with a checkpoint of step 4 and records of 7 steps.
        if (record.step === 7) cpSync(output(name), kept, { recursive: true });
        if (record.step === 8) stop.abort();
      },
    });
    rmSync(output(name), { recursive: true });
    cpSync(kept, output(name), { recursive: true });
    await train(recipe(name), { resume: true });
    expect(figures(metricsOf(name))).toEqual(figures(metricsOf("uninterrupted")));
  });

  it("has each record once after an interruption before or at its first checkpoint", async () => {
    const evaluations = (name: string) =>
      metricsOf(name).flatMap((record) => (record.kind === "evaluation" ? [record.step] : []));
    for (const name of ["no-checkpoint", "first-checkpoint"]) {
      const stop = new AbortController();
      stop.abort();
      await train(recipe(name), { stop: stop.signal });
      if (name === "no-checkpoint") rmSync(join(output(name), "checkpoints"), { recursive: true });
      await train(recipe(name), name === "no-checkpoint" ? {} : { resume: true });
      expect(evaluations(name)).toEqual(evaluations("uninterrupted"));
      expect(figures(metricsOf(name))).toEqual(figures(metricsOf("uninterrupted")));
    }
  });

  it("computes the same in parts as at once", async () => {
    await train(recipe("parts", { batch: { rows: 2, length: 32, parts: 2 } }));
    const [parts, whole] = ["parts", "uninterrupted"].map((name) =>
      metricsOf(name).filter((record): record is StepRecord => record.kind === "step"),
    );
    parts.forEach(({ loss, norm }, i) => {
      expect(loss).toBeCloseTo(whole[i].loss as number, 4);
      expect(norm).toBeCloseTo(whole[i].norm as number, 3);
    });
  });

  it("multiplies in the recipe's precision, and resumes in no other", async () => {
    await train(recipe("rounded", { precision: "bf16" }));
    const losses = (name: string) => figures(metricsOf(name)) as readonly { readonly loss: number }[];
    const [f32, bf16] = [losses("whole"), losses("rounded")];
    expect(bf16).toHaveLength(12);
    bf16.forEach(({ loss }, step) => {
      expect(loss).not.toBe(f32[step].loss);
      expect(Math.abs(loss / f32[step].loss - 1)).toBeLessThan(0.01);
    });
    const other = recipe("rounded");
    await expect(train(other, { resume: true })).rejects.toThrow("precision as it was");
  });

  it("continues from another model's weights, whatever the order of its rotary pairs", async () => {
    const from = join(output("whole"), "model.gguf");
    const records: RunRecord[] = [];
    await train(
      recipe("continued", { model: { from }, optimiser: { learningRate: 1e-9 }, stop: { steps: 1 } }),
      {
        onRecord: (record) => records.push(record),
      },
    );
    const best = metricsOf("whole")
      .filter((record) => record.kind === "evaluation")
      .map((one) => one.bitsPerByte);
    const first = records.find((record) => record.kind === "evaluation");
    expect(first?.bitsPerByte).toBeCloseTo(Math.min(...best), 4);
  });

  it("fails with a clear error when the disk is full, and resumes from the last checkpoint", async () => {
    const create = platform.createFolder;
    const full = vi.spyOn(platform, "createFolder");
    full.mockImplementation((path, options) => {
      if (path.endsWith("8"))
        throw new FileError({ doing: `write folder "${path}"`, found: "no space is left" });
      return create(path, options);
    });
    await expect(train(recipe("full"))).rejects.toThrow("no space is left");
    full.mockRestore();
    expect(readdirSync(join(output("full"), "checkpoints")).at(-1)).toBe("step-00000005");
    await train(recipe("full"), { resume: true });
    expect(figures(metricsOf("full"))).toEqual(figures(metricsOf("uninterrupted")));
  });

  it("stops at the time limit, with a checkpoint", async () => {
    const result = await train(recipe("timed", { stop: { steps: 1000, minutes: 0.005 } }));
    expect(result.ended).toBe("time");
    expect(existsSync(result.checkpoint)).toBe(true);
  });
});

describe("train refuses", () => {
  it.each<[string, Partial<Recipe>, unknown, string]>([
    [
      "rows that do not divide",
      { batch: { rows: 3, length: 32, parts: 2 } },
      ConfigError,
      "multiple of batch.parts",
    ],
    ["no end", { stop: {} }, ConfigError, "stop.steps or stop.tokens, got neither"],
    [
      "a warm-up longer than the run",
      { optimiser: { learningRate: 1e-3, warmup: 12 } },
      ConfigError,
      "warmup",
    ],
    ["heads that do not divide", { model: { dim: 16, layers: 1, heads: 3 } }, ConfigError, "model.heads"],
    ["a corpus that is not there", { data: { corpus: "/nowhere" } }, FileError, "/nowhere"],
    ["a missing source", { data: { corpus: "", sources: [{ name: "x", weight: 1 }] } }, RequestError, '"x"'],
    ["sizes in addition to a checkpoint", { model: { from: "x.gguf", dim: 3 } }, FileError, "x.gguf"],
  ])("%s", async (_, changes, type, text) => {
    const data = changes.data?.corpus === "" ? { ...changes.data, corpus } : (changes.data ?? { corpus });
    const running = train(recipe("refused", { ...changes, data }));
    await expect(running).rejects.toThrow(type as new () => Error);
    await expect(train(recipe("refused", { ...changes, data }))).rejects.toThrow(text);
    expect(existsSync(join(output("refused"), "checkpoints"))).toBe(false);
  });

  it("a precision that the backend does not have", async () => {
    const running = train(recipe("refused", { precision: "bf16", backend: "wasm" }));
    await expect(running).rejects.toThrow(RequestError);
    await expect(running).rejects.toThrow(/Cannot train in bf16: .*wasm.*precision: f32/);
    expect(existsSync(join(output("refused"), "checkpoints"))).toBe(false);
  });

  it("a misspelt name, with the nearest", async () => {
    const wrong = { ...recipe("refused"), optimiser: { learningrate: 1 } } as unknown as Recipe;
    await expect(train(wrong)).rejects.toThrow('did you mean "learningRate"?');
  });

  it("an output with a run in it, a resume without one, and another recipe", async () => {
    await expect(train(recipe("whole"))).rejects.toThrow("--resume");
    await expect(train(recipe("new"), { resume: true })).rejects.toThrow("without --resume");
    const changed = recipe("whole", { optimiser: { learningRate: 2e-2 }, stop: { steps: 20 } });
    await expect(train(changed, { resume: true })).rejects.toThrow("optimiser as it was");
  });
});
