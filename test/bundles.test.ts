/** Bundles of programs that use Cria run in both of Node's module forms: CommonJS ones have no `import.meta.url`. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type Format } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "./support/tiny-checkpoint.ts";
import { tinyConfig } from "./support/tiny-model.ts";

const root = resolve(import.meta.dirname, "..");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-bundle-"));
  writeTinyGguf(join(folder, "tiny.gguf"), tinyConfig());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Loads a model, generates with two threads, encodes with two threads, and describes the machine. */
const PROGRAM = `
import { load } from "./src/index.ts";
import { createEncoder } from "./src/data/encode-pool.ts";
import { describeMachine } from "./src/platform/node.ts";
(async () => {
  const model = await load(process.argv[2], { threads: 2 });
  const { tokens } = await model.generate("ab", { temperature: 0, maxTokens: 4, ignoreEos: true }).result();
  const encoder = createEncoder(model.tokenizer, { bos: false, eos: false }, 2);
  const { ids } = await encoder.encode([{ text: "ab", continues: false, goesOn: false }]);
  await model.dispose();
  console.log(JSON.stringify({ tokens: tokens.length, ids: ids.length > 0, node: describeMachine().versions.node }));
  process.exit(0);
})();`;

describe.each([
  ["esm", "mjs"],
  ["cjs", "cjs"],
])("a bundle of the form %s", (format, ending) => {
  it("loads and generates", async () => {
    const outfile = join(folder, `app.${ending}`);
    await build({
      stdin: { contents: PROGRAM, resolveDir: root, loader: "ts" },
      bundle: true,
      outfile,
      format: format as Format,
      platform: "node",
      target: "node20.19",
      alias: { "#platform": join(root, "src/platform/node.ts") },
      logLevel: "silent",
    });
    const run = () =>
      execFileSync(process.execPath, [outfile, join(folder, "tiny.gguf")], { encoding: "utf8" });
    expect(JSON.parse(run())).toEqual({ tokens: 4, ids: true, node: process.versions.node });
  });
});
