/**
 * Builds the story model from text to file in one command:
 *
 *     npm run stories -- --data ../shared/data --work /tmp/stories
 *
 * A stage whose result exists is not repeated, so an interrupted run resumes. The manifest has the
 * hashes of everything that determines the result. The same data and kind of processor give the same bytes.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { RequestError } from "../../src/base/index.ts";
import { writeText } from "./files.ts";
import { hashOf, type PreparedSource, prepare } from "./prepare.ts";

const here = import.meta.dirname;
/** As installed: built by npm ci. */
const cli = resolve(here, "../../dist/cli/main.js");

/** ChatML, tools, and filling in the middle: reserved now, so that fine-tuning does not change the vocabulary. */
export const RESERVED = [
  "<|im_start|>",
  "<|im_end|>",
  "<tool_call>",
  "</tool_call>",
  "<tool_response>",
  "</tool_response>",
  "<|fim_prefix|>",
  "<|fim_middle|>",
  "<|fim_suffix|>",
];

/** One training run: its recipe, and the folder of its results. */
export interface Stage {
  readonly recipe: string;
  readonly output: string;
}

/** In order; each continues from the model of the one before. */
export const STAGES: readonly Stage[] = [
  { recipe: "recipe.yaml", output: "run" },
  { recipe: "finish.yaml", output: "finish" },
];

const VOCABULARY = 4096;
const WORLD_BYTES = 24e6;
const SEED = 11;

export interface Manifest {
  readonly code: string;
  readonly seed: number;
  readonly worldBytes: number;
  readonly vocabulary: number;
  readonly sources: readonly PreparedSource[];
  /** SHA-256 of each stage's recipe. */
  readonly recipes: Readonly<Record<string, string>>;
}

/** Runs cria; ends the process if it fails. */
function cria(args: readonly string[], cwd: string): void {
  const { status } = spawnSync(process.execPath, [cli, ...args], { cwd, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

async function recipeHash({ recipe }: Stage): Promise<[string, string]> {
  return [recipe, await hashOf(join(here, recipe))];
}

/** The commit of the code that makes the text and the model. */
function codeVersion(): string {
  const { stdout } = spawnSync("git", ["-C", here, "rev-parse", "HEAD"], { encoding: "utf8" });
  return stdout?.trim() || "unknown";
}

async function makeText(data: string, work: string): Promise<Manifest> {
  const path = join(work, "manifest.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const sources = await prepare({ data, output: join(work, "text"), worldBytes: WORLD_BYTES, seed: SEED });
  const manifest: Manifest = {
    code: codeVersion(),
    seed: SEED,
    worldBytes: WORLD_BYTES,
    vocabulary: VOCABULARY,
    sources,
    recipes: Object.fromEntries(await Promise.all(STAGES.map(recipeHash))),
  };
  writeText(path, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

const textOf = ({ file }: PreparedSource): string => join("text", file);

function makeVocabulary(work: string, sources: readonly PreparedSource[]): void {
  if (existsSync(join(work, "tokenizer.model"))) return;
  const reserved = RESERVED.flatMap((piece) => ["--control-symbols", piece]);
  const size = ["--vocab", `${VOCABULARY}`];
  cria(["tokenizer", "train", ...sources.map(textOf), ...size, ...reserved, "-o", "tokenizer.model"], work);
}

function makeCorpus(work: string, sources: readonly PreparedSource[]): void {
  if (existsSync(join(work, "corpus"))) return;
  const named = sources.flatMap((source) => ["--source", `${source.name}=${textOf(source)}`]);
  const heldOut = ["--held-out", "0.01", "--held-out-source", "tinystories=text/held-out.jsonl"];
  cria(["data", "pack", ...named, ...heldOut, "--tokenizer", "tokenizer.model", "-o", "corpus"], work);
}

function train(work: string, { recipe, output }: Stage): void {
  if (existsSync(join(work, output, "model.gguf"))) return;
  copyFileSync(join(here, recipe), join(work, recipe));
  const begun = existsSync(join(work, output, "checkpoints"));
  cria(["train", recipe, ...(begun ? ["--resume"] : [])], work);
}

function makeModel(work: string): void {
  for (const stage of STAGES) train(work, stage);
  const trained = join(STAGES[STAGES.length - 1].output, "model.gguf");
  cria(["convert", trained, "cria-stories-q8_0.gguf", "--dtype", "Q8_0", "--force"], work);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, work: { type: "string" } } });
  const { data, work } = values;
  if (data === undefined || work === undefined) {
    throw new RequestError({
      doing: "make the story model",
      expected: "--data FOLDER (the training text) and --work FOLDER (for all results)",
      found: data === undefined ? "no --data" : "no --work",
    });
  }
  mkdirSync(join(work, "text"), { recursive: true });
  const { sources } = await makeText(data, work);
  makeVocabulary(work, sources);
  makeCorpus(work, sources);
  makeModel(work);
}

if (process.argv[1] === import.meta.filename) await main();
