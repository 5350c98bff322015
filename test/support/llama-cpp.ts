/**
 * llama.cpp as an oracle, through node-llama-cpp, if it is installed in bench/ (see bench/README.md). CRIA_LLAMA_CPP
 * names another node_modules folder that has it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.env.CRIA_LLAMA_CPP ?? resolve(import.meta.dirname, "../../bench/node_modules");
const entry = join(modules, "node-llama-cpp/dist/index.js");

export const hasLlamaCpp = existsSync(entry);

export const llamaCppTitle = (title: string): string =>
  hasLlamaCpp ? title : `${title} (not run: no node-llama-cpp in ${modules})`;

const child = join(import.meta.dirname, "llama-cpp-child.js");

export interface LlamaCppRequest {
  readonly model: string;
  readonly adapters: readonly { readonly filePath: string; readonly scale: number }[];
  readonly tokens: readonly number[];
}

/** Raw logits by token of the vocabulary, one row for each token of the text. */
export function logitsByLlamaCpp(request: LlamaCppRequest): Float32Array[] {
  const args = [child, pathToFileURL(entry).href, JSON.stringify(request)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`node-llama-cpp failed:\n${stderr}`);
  const line = stdout.trim().split("\n").at(-1) ?? "[]";
  return (JSON.parse(line) as number[][]).map((row) => Float32Array.from(row));
}
