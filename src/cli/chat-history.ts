/** Input of earlier chats, for the arrow keys: a private file, newest entry last. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const MAX_LINES = 1000;
const MAX_LINE = 10_000;

/** CRIA_HISTORY names the file; if it is empty, nothing is kept. */
export function historyPath(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { CRIA_HISTORY: named, XDG_STATE_HOME: state } = environment;
  if (named !== undefined) return named === "" ? undefined : named;
  return join(state || join(homedir(), ".local", "state"), "cria", "chat-history");
}

/** Newest first, as readline expects; empty without a file. */
export function readHistory(path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    const lines = readFileSync(path, "utf8").split("\n");
    return lines
      .filter((line) => line !== "")
      .slice(-MAX_LINES)
      .reverse();
  } catch {
    return [];
  }
}

/** Replaces the file. A failure to write it must not end a conversation. */
export function writeHistory(path: string | undefined, newestFirst: readonly string[]): void {
  if (path === undefined) return;
  const lines = newestFirst.slice(0, MAX_LINES).reverse();
  const text = lines.map((line) => `${line.slice(0, MAX_LINE).replaceAll("\n", " ")}\n`).join("");
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch {}
}
