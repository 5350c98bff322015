/** A vocabulary and a corpus from prepared text, and runs, by the commands that a user has. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { writeText } from "./files.ts";
import type { PreparedSource } from "./prepare.ts";

/** As installed: built by npm ci. */
const CLI = resolve(import.meta.dirname, "../../dist/cli/main.js");

/** ChatML, tools, and filling in the middle: reserved now, so that fine-tuning does not change the vocabulary. */
const RESERVED = [
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

/** Runs cria in a folder; ends the process if it fails. */
export function cria(args: readonly string[], cwd: string): void {
  const { status } = spawnSync(process.execPath, [CLI, ...args], { cwd, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

export interface Run {
  readonly verb: "train" | "finetune";
  /** Name and text of the recipe, which is written to the work folder; its places are relative to that. */
  readonly recipe: string;
  readonly text: string;
  /** The recipe's output, in the work folder. */
  readonly output: string;
}

/** Trains a model unless it exists; a run that was interrupted goes on. */
export function trainOnce(work: string, { verb, recipe, text, output }: Run): void {
  if (existsSync(join(work, output, "model.gguf"))) return;
  writeText(join(work, recipe), text);
  const begun = existsSync(join(work, output, "checkpoints"));
  cria([verb, recipe, ...(begun ? ["--resume"] : [])], work);
}

export interface CorpusOptions {
  /** Folder of the vocabulary and the corpus. */
  readonly folder: string;
  /** Folder of the prepared text. */
  readonly text: string;
  readonly sources: readonly PreparedSource[];
  readonly vocabulary: number;
  /** Name of its folder. Default: "corpus". */
  readonly corpus?: string;
}

/** Trains tokenizer.model and packs the corpus in the folder, unless they exist. */
export function makeCorpus({ folder, text, sources, vocabulary, corpus = "corpus" }: CorpusOptions): void {
  const pathOf = ({ file }: PreparedSource): string => join(text, file);
  if (!existsSync(join(folder, "tokenizer.model"))) {
    const reserved = RESERVED.flatMap((piece) => ["--control-symbols", piece]);
    const options = ["--vocab", `${vocabulary}`, ...reserved, "-o", "tokenizer.model"];
    const texts = sources.filter((source) => !source.afterVocabulary).map(pathOf);
    cria(["tokenizer", "train", ...texts, ...options], folder);
  }
  if (existsSync(join(folder, corpus))) return;
  const named = sources.flatMap((source) => ["--source", `${source.name}=${pathOf(source)}`]);
  const heldOut = ["--held-out", "0.01", "--held-out-source", `tinystories=${join(text, "held-out.jsonl")}`];
  cria(["data", "pack", ...named, ...heldOut, "--tokenizer", "tokenizer.model", "-o", corpus], folder);
}
