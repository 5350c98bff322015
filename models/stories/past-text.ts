/**
 * Text as an earlier commit writes it. The generators grew between the stages of the model; a stage that is to be repeated
 * needs the text that it read.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { RequestError } from "../../src/base/index.ts";
import type { PreparedSource } from "./prepare.ts";

const ROOT = resolve(import.meta.dirname, "../..");

function git(...args: string[]): void {
  const { status, stderr } = spawnSync("git", ["-C", ROOT, ...args], { encoding: "utf8" });
  if (status === 0) return;
  throw new RequestError({
    doing: `read the code of an earlier commit (git ${args.join(" ")})`,
    found: stderr.trim(),
    expected: "a clone with its whole history",
    fix: "git fetch --unshallow",
  });
}

/** The folder of a commit's code in the work folder, checked out at the first use. */
function codeOf(work: string, commit: string): string {
  const folder = resolve(work, `code-${commit}`);
  if (existsSync(join(folder, "package.json"))) return folder;
  git("worktree", "prune");
  git("worktree", "add", "--detach", folder, commit);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Calls that commit's `prepare` in a process of its own: its modules must not mix with today's. */
const CALL = `
const [code, data, output, list] = process.argv.slice(1);
const { prepare } = await import(code);
const { writeFileSync } = await import("node:fs");
writeFileSync(list, JSON.stringify(await prepare({ data, output })));
`;

export interface PastTextOptions {
  readonly data: string;
  readonly work: string;
  readonly commit: string;
  /** Folder for the text. */
  readonly output: string;
}

/** Writes the text of a commit, unless it is there, and returns what `prepare` says of it. */
export function prepareAt({ data, work, commit, output }: PastTextOptions): readonly PreparedSource[] {
  const list = `${output}.json`;
  if (!existsSync(list)) {
    const code = codeOf(work, commit);
    const prepare = pathToFileURL(join(code, "models/stories/prepare.ts")).href;
    const flags = ["--import", "tsx", "--conditions=cria-source", "--input-type=module", "-e", CALL];
    const args = [...flags, prepare, resolve(data), resolve(output), resolve(list)];
    const { status } = spawnSync(process.execPath, args, { cwd: code, stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
  }
  return JSON.parse(readFileSync(list, "utf8")) as PreparedSource[];
}
