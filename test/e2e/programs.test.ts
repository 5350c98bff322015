/** The programs of README.md and docs/library.md run unchanged, under the Node that runs the tests. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ggufFromVocabulary } from "../../src/tokenizer/index.ts";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { tinyVocabulary } from "../support/tiny-tokenizer.ts";
import { type BuiltPackage, buildPackage } from "./process.ts";

const root = resolve(import.meta.dirname, "../..");
const TEMPLATE =
  "{{ bos_token }}{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}{% if add_generation_prompt %}a{% endif %}";

let built: BuiltPackage;
let folder: string;
beforeAll(() => {
  built = buildPackage();
  symlinkSync(join(root, "models"), join(built.folder, "models"));
  folder = mkdtempSync(join(tmpdir(), "cria-programs-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(built.folder, join(folder, "node_modules/cria"));
  const vocabulary = tinyVocabulary({ chatTemplate: TEMPLATE });
  writeTinyGguf(
    join(folder, "model.gguf"),
    tinyConfig({ vocabSize: vocabulary.pieces.length, maxSeqLen: 4096 }),
    {
      vocabulary: false,
      metadata: ggufFromVocabulary(vocabulary),
    },
  );
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const programs = ["README.md", "docs/library.md", "docs/structured-output.md"].flatMap((path) =>
  [...readFileSync(join(root, path), "utf8").matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(
    ([, program], i) => [`${path}, program ${i + 1}`, program] as const,
  ),
);

describe("programs of the documentation", () => {
  it("exist", () => {
    expect(programs.length).toBeGreaterThan(7);
  });

  it.each(programs)("%s", (_, program) => {
    const path = join(folder, "program.mjs");
    writeFileSync(path, program);
    const { status, stdout, stderr } = spawnSync(process.execPath, [path], { encoding: "utf8", cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.trim()).not.toBe("");
  });

  it("can be CommonJS", () => {
    writeFileSync(join(folder, "program.cjs"), `console.log(typeof require("cria").load)`);
    const args = ["--no-warnings", join(folder, "program.cjs")];
    const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: folder });
    expect(stdout.trim()).toBe("function");
  });
});
