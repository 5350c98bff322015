/** Fine-tuning runs from files to results: they learn, resume bit for bit, and their results remember the template. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { ConfigError, FormatError, RequestError } from "../base/errors.ts";
import { convertCheckpoint } from "../convert/index.ts";
import { load } from "../library/load.ts";
import { openModel } from "../open/open-model.ts";
import type { TuneRecipe } from "./recipe.ts";
import { describeFinetune, finetune } from "./run.ts";

const CONFIG = tinyConfig({
  dim: 64,
  ffnDim: 96,
  nHeads: 2,
  nKvHeads: 1,
  headDim: 32,
  vocabSize: 400,
  maxSeqLen: 64,
});
/** Only letters and spaces, which the tiny vocabulary has. */
const TEMPLATE =
  "{% for m in messages %}{% if m.role == 'user' %}{{ 'q ' + m.content + ' a' }}{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}";
const LETTERS = Array.from("abcdefghijklmnopqrstuvwxyz");

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cria-tune-"));
  writeTinyGguf(at("base.gguf"), CONFIG);
  await convertCheckpoint(at("base.gguf"), at("base-q8.gguf"), { to: "gguf", dtype: "Q8_0" });
  const examples = LETTERS.flatMap((letter, i) => {
    const next = LETTERS[(i + 1) % LETTERS.length];
    return [
      { instruction: `copy ${letter}`, output: letter },
      { instruction: `next ${letter}`, output: next },
      { instruction: `twice ${letter}`, output: `${letter} ${letter}` },
    ];
  });
  writeFileSync(at("tasks.json"), JSON.stringify(examples));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function recipe(output: string, changes: Partial<TuneRecipe> = {}): TuneRecipe {
  return {
    output: at(output),
    model: at("base.gguf"),
    data: { files: [at("tasks.json")], template: TEMPLATE, heldOut: 0.1 },
    batch: { rows: 4, length: 64 },
    optimiser: { learningRate: 0.01 },
    stop: { steps: 6 },
    evaluate: { every: 3 },
    checkpoint: { every: 2, keep: 10 },
    threads: 1,
    ...changes,
  };
}

const METHODS: readonly (readonly [string, Partial<TuneRecipe>])[] = [
  ["lora", { adapter: { rank: 4, dropout: 0.2, targets: ["attention"] } }],
  ["lora over Q8_0", { model: "base-q8.gguf", adapter: { rank: 4, dropout: 0.2 } }],
  ["qlora", { method: "qlora", adapter: { rank: 3, rsLora: true } }],
  ["full, moments of 8 bits", { method: "full", optimiser: { learningRate: 0.003, moments: "8bit" } }],
  ["full", { method: "full", batch: { rows: 4, length: 64, parts: 2 }, newTokens: ["<|im_end|>"] }],
];

/** Losses, norms and evaluations of a run, without times. */
function numbers(output: string): unknown[] {
  return readFileSync(at(`${output}/metrics.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === "step" || kind === "evaluation" || kind === "sample")
    .map(({ seconds: _, tokensPerSecond: __, flops: ___, ...rest }) => rest);
}

const resultOf = (output: string): string =>
  existsSync(at(`${output}/model.gguf`)) ? "model.gguf" : "adapter/adapter_model.safetensors";

describe("finetune", () => {
  it.each(METHODS)("resumes bit for bit: %s", async (name, changes) => {
    const stem = name.replaceAll(/\W/g, "-");
    const model = at(changes.model ?? "base.gguf");
    const whole = recipe(`${stem}-whole`, { ...changes, model });
    await finetune(whole);
    const cut = recipe(`${stem}-cut`, { ...changes, model, name: `${stem}-whole` });
    const stop = new AbortController();
    const stopped = await finetune(cut, {
      stop: stop.signal,
      onRecord: (record) => {
        if (record.kind === "step" && record.step === 3) stop.abort();
      },
    });
    expect(stopped.ended).toBe("stopped");
    // As after a crash: only the checkpoint of step 2 is left.
    for (const step of ["00000003"]) rmSync(at(`${stem}-cut/checkpoints/step-${step}`), { recursive: true });
    expect((await finetune(cut, { resume: true })).ended).toBe("finished");
    expect(numbers(`${stem}-cut`)).toEqual(numbers(`${stem}-whole`));
    const [a, b] = [`${stem}-whole`, `${stem}-cut`].map((run) => readFileSync(at(`${run}/${resultOf(run)}`)));
    expect(a.equals(b)).toBe(true);
  });

  it.each(["lora", "full"] as const)(
    "learns three tasks, and answers with the template that trained it: %s",
    async (method) => {
      const settings = recipe(`tasks-${method}`, {
        method,
        model: at("base-q8.gguf"),
        data: { files: [at("tasks.json")], template: TEMPLATE, heldOut: 0 },
        batch: { rows: 16, length: 32 },
        ...(method === "lora" ? { adapter: { rank: 32, alpha: 64 } } : {}),
        stop: { steps: 400 },
        optimiser: { learningRate: 0.003 },
        evaluate: { every: 1000 },
        checkpoint: { every: 1000 },
      });
      const result = await finetune(settings);
      for (const file of ["recipe.json", "metrics.jsonl", "report.html", "samples.md"])
        expect(existsSync(join(settings.output, file)), file).toBe(true);
      const path = String(result.model);
      await using model =
        method === "lora"
          ? await load(settings.model, { adapters: [path], threads: 1 })
          : await load(path, { threads: 1 });
      expect(model.chatTemplate).toBe(TEMPLATE);
      const tasks: readonly { instruction: string; output: string }[] = JSON.parse(
        readFileSync(at("tasks.json"), "utf8"),
      );
      let right = 0;
      for (const { instruction, output } of tasks) {
        const answer = await model
          .chat([{ role: "user", content: instruction }], { temperature: 0, maxTokens: 6 })
          .text();
        if (answer.trim() === output) right++;
      }
      expect(right / tasks.length).toBeGreaterThan(0.95);
      const samples = readFileSync(join(settings.output, "samples.md"), "utf8");
      expect(samples).toMatch(/After step 0:[\s\S]*After step 400:/);
    },
  );

  it("writes a whole model with the template and new tokens", async () => {
    await finetune(
      recipe("tokens", { method: "full", newTokens: ["<|im_end|>", "[PAD]"], stop: { steps: 1 } }),
    );
    using opened = openModel(at("tokens/model.gguf"));
    expect(opened.chatTemplate).toBe(TEMPLATE);
    expect(opened.config.vocabSize).toBe(402);
    const id = opened.tokenizer?.idOf("<|im_end|>");
    expect(id).toBe(400);
    expect(opened.tokenizer?.isEog(400)).toBe(true);
  });

  it("does not resume over another model or other data", async () => {
    const changes = { adapter: { rank: 4 }, stop: { steps: 2 } };
    await finetune(recipe("other", changes));
    const another = recipe("other", { ...changes, model: at("base-q8.gguf") });
    await expect(finetune(another, { resume: true })).rejects.toThrow(FormatError);
    writeFileSync(at("more.json"), JSON.stringify([{ instruction: "copy a", output: "a" }]));
    const data = { files: [at("more.json")], template: TEMPLATE, heldOut: 0 };
    await expect(finetune(recipe("other", { ...changes, data }), { resume: true })).rejects.toThrow(
      RequestError,
    );
  });

  it.each([
    ["rank 0", { adapter: { rank: 0 } }, RequestError, '"adapter.rank": expected at least 1'],
    ["a misspelt field", { adaptor: {} } as never, RequestError, 'did you mean "adapter"?'],
    ["steps and epochs", { stop: { steps: 2, epochs: 1 } }, ConfigError, "stop.steps or stop.epochs"],
    ["new tokens without their rows", { newTokens: ["<x>"] }, ConfigError, "newTokens only with"],
    ["rows beyond the context", { batch: { length: 65 } }, ConfigError, "the model's context"],
    ["no such layers", { adapter: { targets: ["wz"] } }, ConfigError, '"wz"'],
    ["rows in unequal parts", { batch: { rows: 3, parts: 2 } }, ConfigError, "multiple of batch.parts"],
  ])("refuses %s", async (_, changes, type, words) => {
    const running = finetune(recipe("refused", changes as Partial<TuneRecipe>));
    await expect(running).rejects.toThrow(type);
    await expect(running).rejects.toThrow(words);
    expect(existsSync(at("refused"))).toBe(false);
  });
});

describe("describeFinetune", () => {
  it("counts what is trained and what stays frozen", async () => {
    const { plan, memory, data } = await describeFinetune(
      recipe("dry", {
        model: at("base-q8.gguf"),
        adapter: { rank: 2, targets: ["v_proj"] },
        stop: { epochs: 2 },
      }),
    );
    expect(plan.parameters).toBe(2 * 2 * (64 + 32));
    expect(memory.moments).toBe(2 * 4 * plan.parameters);
    expect(memory.weights).toBeLessThan(4 * 2 * 400 * 64);
    expect(data.examples.train + data.examples.heldOut).toBe(78);
    expect(plan.steps).toBeGreaterThan(3);
    expect(existsSync(at("dry"))).toBe(false);
  });
});
