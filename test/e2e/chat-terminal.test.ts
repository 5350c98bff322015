/** A chat in a terminal. Node cannot create one, so Python does; without Python these tests are reported as skipped. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { type BuiltPackage, buildPackage } from "./process.ts";

const hasTerminals = spawnSync("python3", ["-c", "import pty"]).status === 0;
if (!hasTerminals) console.info("chat-terminal: python3 with pty is missing, terminals are not tested");

let built: BuiltPackage;
let folder: string;
beforeAll(() => {
  if (!hasTerminals) return;
  built = buildPackage();
  folder = mkdtempSync(join(tmpdir(), "cria-terminal-"));
  writeTinyGguf(join(folder, "model.gguf"), tinyConfig({ vocabSize: 300, maxSeqLen: 512 }));
});
afterAll(() => {
  if (!hasTerminals) return;
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const PROMPT = "> ";
/** A cursor movement follows the prompt once it is complete. */
const READY = `${PROMPT}\u001b[3G`;

/** Types each text, waits for the expected output, and returns the output after each. */
function type(steps: readonly (readonly [keys: string, until: string])[], ...options: string[]): string[] {
  const driver = join(import.meta.dirname, "chat-terminal.py");
  const command = [process.execPath, built.main, "chat", join(folder, "model.gguf"), "--template", "zephyr"];
  const args = [
    driver,
    JSON.stringify([["", READY], ...steps]),
    ...command,
    "-t",
    "0",
    "-n",
    "4",
    ...options,
  ];
  const env = { PATH: process.env.PATH, TERM: "xterm", NO_COLOR: "1", CRIA_HISTORY: join(folder, "history") };
  const { stdout, stderr } = spawnSync("python3", args, { encoding: "utf8", env });
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as string[]).slice(1);
}
const saved = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as { content: string }[];

describe.skipIf(!hasTerminals)("cria chat in a terminal", () => {
  it("takes pastes, blocks and commands, and keeps the conversation", () => {
    const file = join(folder, "talk.json");
    const came = type(
      [
        ["\u001b[200~one\ntwo\u001b[201~\r", READY],
        ['"""\r', PROMPT],
        ["three\r", PROMPT],
        ['four"""\r', READY],
        [`/save ${file}\r`, READY],
        ["/undo\r", READY],
        ["/system be kind\r", READY],
        ["/retry\r", READY],
        ["/save\r", READY],
        ["/tokens\r", READY],
        ["/bye\r", "\u001b[?2004l"],
      ],
      "--ignore-eos",
    );
    expect(came[4]).toContain("4 messages written");
    expect(came[8]).toContain("3 messages written");
    expect(came[9]).toMatch(/\d+ of 512 tokens, 3 messages/);
    expect(
      saved("talk.json")
        .map(({ content }) => content)
        .slice(0, 2),
    ).toEqual(["be kind", "one\ntwo"]);
    const again = type([
      [`/load ${file}\r`, READY],
      ["\u001b[A\u001b[A", "/bye"],
      ["\u0003", READY],
      ["\u0003", "\u001b[?2004l"],
    ]);
    expect(again[0]).toContain("3 messages read");
    expect(again[1]).toContain("/bye");
  });

  it("holds keys typed during an answer, and Ctrl-C stops the answer", () => {
    const came = type(
      [
        ["go\r", "\n"],
        ["held", ""],
        ["\u0003", `${PROMPT}held\u001b[7G`], // the cursor is behind what was typed
        ["\u0015/bye\r", "\u001b[?2004l"],
      ],
      "-n",
      "100000",
      "--ignore-eos",
    );
    expect(came.slice(0, 2).join("")).not.toContain("held");
  });
});
