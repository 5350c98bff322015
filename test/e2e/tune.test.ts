/** Fine-tuning from outside: a run from the command line, its adapter in a chat, merged, and converted. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { type BuiltPackage, buildPackage, runCria } from "./process.ts";

let built: BuiltPackage;
let folder: string;
const at = (name: string): string => join(folder, name);
const cria = (...args: string[]) => runCria(built.main, args);
beforeAll(() => {
  built = buildPackage();
  folder = mkdtempSync(join(tmpdir(), "cria-tune-e2e-"));
  const config = tinyConfig({
    dim: 32,
    nHeads: 1,
    nKvHeads: 1,
    headDim: 32,
    ffnDim: 64,
    vocabSize: 60,
    maxSeqLen: 64,
  });
  writeTinyGguf(at("base.gguf"), config);
  writeFileSync(
    at("template.jinja"),
    "{% for m in messages %}{% if m.role == 'user' %}{{ 'q ' + m.content + ' a' }}{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}",
  );
  const examples = Array.from("abcdefghij", (letter) => ({ instruction: `copy ${letter}`, output: letter }));
  writeFileSync(at("data.jsonl"), `${examples.map((each) => JSON.stringify(each)).join("\n")}\n`);
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const SETTINGS = [
  "--template",
  "template.jinja",
  "--length",
  "32",
  "--rows",
  "2",
  "--steps",
  "4",
  "--rank",
  "2",
];

describe("cria finetune", () => {
  it("trains an adapter, which chat, adapter show, merge and convert take", async () => {
    const settings = SETTINGS.map((word) => (word === "template.jinja" ? at(word) : word));
    const args = ["finetune", at("base.gguf"), at("data.jsonl"), "-o", at("run"), ...settings];
    const dry = await cria(...args, "--dry-run", "--json");
    expect(JSON.parse(dry.stdout)).toMatchObject({
      steps: 4,
      data: { examples: { train: expect.any(Number) } },
    });
    const run = await cria(...args);
    expect({ code: run.code, result: run.stdout.includes(at("run/adapter")) }).toEqual({
      code: 0,
      result: true,
    });
    expect(run.stderr).toContain("Alpaca (instruction, input, output), on lines, 10 records");
    const adapter = at("run/adapter");
    expect(JSON.parse(readFileSync(join(adapter, "adapter_config.json"), "utf8"))).toMatchObject({ r: 2 });

    const shown = await cria("adapter", "show", adapter, "--base", at("base.gguf"), "--json");
    expect(JSON.parse(shown.stdout)).toMatchObject({ format: "peft", layers: { length: 14 } });
    const chat = (...more: string[]) =>
      cria(
        "chat",
        at("base.gguf"),
        "copy a",
        "--lora",
        `${adapter}=2`,
        "-n",
        "3",
        "-t",
        "0",
        "--json",
        ...more,
      );
    const answer = await chat();
    expect({ code: answer.code, stderr: answer.stderr }).toEqual({ code: 0, stderr: "" });
    expect((await chat("--template", "alpaca")).stderr).toContain("is not the template");

    const merged = await cria("adapter", "merge", at("base.gguf"), `${adapter}=2`, "-o", at("merged.gguf"));
    expect(merged.stdout).toContain("merged");
    const prompt = ["-p", "q copy a a", "-n", "4", "-t", "0", "--json"];
    const [apart, together] = [
      await cria("run", at("base.gguf"), "--lora", `${adapter}=2`, ...prompt),
      await cria("run", at("merged.gguf"), ...prompt),
    ];
    expect(JSON.parse(apart.stdout).tokens).toEqual(JSON.parse(together.stdout).tokens);

    const convert = await cria("adapter", "convert", adapter, at("tone.gguf"), "--base", at("base.gguf"));
    expect({ code: convert.code, made: existsSync(at("tone.gguf")) }).toEqual({ code: 0, made: true });
  });

  it("refuses a run into a folder that has one, a missing output, and rank 0", async () => {
    const again = await cria("finetune", at("base.gguf"), at("data.jsonl"), "-o", at("run"));
    expect({ code: again.code, fix: again.stderr.includes("--resume") }).toEqual({ code: 3, fix: true });
    const none = await cria("finetune", at("base.gguf"), at("data.jsonl"));
    expect({ code: none.code, fix: none.stderr.includes("-o FOLDER") }).toEqual({ code: 2, fix: true });
    const zero = await cria("finetune", at("base.gguf"), at("data.jsonl"), "-o", at("zero"), "--rank", "0");
    expect(zero.code).toBe(2);
  });
});
