/**
 * What the command line loads: before it knows the verb, tables of options and no part that does the work; for `cria run`
 * with a local GGUF file and a plain prompt, what opens the file and continues the text.
 */
import { dirname, join, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
/** The program, and what it loads at once. */
const START = ["cli/main.ts", "cli/command.ts"];
let inputs: Metafile["inputs"];

beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/cli/main.ts"],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    outdir: "out",
    format: "esm",
    platform: "node",
    packages: "external",
    alias: { "#platform": join(root, "src/platform/node.ts") },
    logLevel: "silent",
  });
  ({ inputs } = metafile);
});

/** Modules, packages and modules of Node that these files import, not counting what is loaded on demand. */
function loadedBy(...files: string[]): { files: string[]; packages: string[]; builtin: string[] } {
  const found = new Set(files.map((file) => `src/${file}`));
  const packages = new Set<string>();
  const builtin = new Set<string>();
  for (const file of found) {
    for (const { path, kind, external = false } of inputs[file].imports) {
      if (kind !== "import-statement") continue;
      if (path.startsWith("node:")) builtin.add(path);
      else if (external) packages.add(path);
      else found.add(path);
    }
  }
  return {
    files: [...found].map((file) => file.slice("src/".length)).sort(),
    packages: [...packages].sort(),
    builtin: [...builtin].sort(),
  };
}

describe("before the verb is known", () => {
  it("loads its own files and a few lists of names", () => {
    const { files } = loadedBy(...START);
    const foreign = files.filter((file) => !/^(cli|base|schema|platform)\//.test(file));
    expect(files).toContain("cli/verbs.ts");
    expect(foreign).toMatchInlineSnapshot(`
      [
        "adapt/files/dtypes.ts",
        "data/documents/formats.ts",
        "engine/backend/names.ts",
        "engine/graph/ops/matmul-precision.ts",
        "generation/chat/builtin.ts",
        "generation/chat/plain-text.ts",
        "generation/chat/types.ts",
        "generation/grammar/limits.ts",
        "generation/samplers/default-chain.ts",
        "generation/speculation/names.ts",
        "library/options/generate-options.ts",
        "library/options/load-options.ts",
        "measure/training-shapes.ts",
        "model/defaults.ts",
        "server/log.ts",
        "server/settings.ts",
        "tune/choices.ts",
        "tune/published.ts",
      ]
    `);
  });

  it("loads no package that only some verbs need", () => {
    expect(loadedBy(...START).packages).toMatchInlineSnapshot(`
      [
        "commander",
        "picocolors",
        "zod/mini",
      ]
    `);
  });
});

describe("cria run with a local GGUF file and a plain prompt", () => {
  const load = () => loadedBy(...START, "cli/run.ts", "engine/backend/native/native.ts");

  it("loads no package besides", () => {
    expect(load().packages).toEqual(loadedBy(...START).packages);
  });

  // Node compiles its modules when they are first loaded: `process.getBuiltinModule` does it where one is needed.
  it("loads the modules of Node that it needs", () => {
    expect(load().builtin).toMatchInlineSnapshot(`
      [
        "node:fs",
        "node:fs/promises",
        "node:module",
        "node:net",
        "node:os",
        "node:path",
        "node:stream",
        "node:url",
        "node:v8",
        "node:worker_threads",
      ]
    `);
  });

  // A folder that appears here costs every start: load it with `import()` where it is needed.
  it("loads only the folders of its work", () => {
    const folders = new Set(load().files.map((file) => dirname(file).split("/").slice(0, 3).join("/")));
    expect([...folders].sort()).toMatchInlineSnapshot(`
      [
        "adapt",
        "adapt/files",
        "base",
        "cache",
        "cli",
        "config",
        "data/documents",
        "engine/backend",
        "engine/backend/native",
        "engine/backend/program",
        "engine/graph",
        "engine/graph/ops",
        "engine/jit",
        "engine/jit/language",
        "engine/jit/x64",
        "engine/kernels",
        "engine/kernels/attention",
        "engine/kernels/elementwise",
        "engine/kernels/embedding",
        "engine/kernels/matmul",
        "engine/kernels/norm",
        "engine/kernels/rope",
        "engine/kernels/rounding",
        "formats/gguf",
        "formats/hf",
        "generation",
        "generation/chat",
        "generation/grammar",
        "generation/samplers",
        "generation/speculation",
        "generation/tools",
        "hub",
        "hub/store",
        "library",
        "library/options",
        "measure",
        "model",
        "open",
        "platform",
        "quant",
        "schema",
        "server",
        "tokenizer",
        "tune",
        "weights",
      ]
    `);
  });

  it("loads few files of folders that it hardly needs", () => {
    const folders =
      /^(adapt|config|formats\/hf|generation\/(chat|grammar|tools)|hub|library|open|server|tokenizer|tune|weights)\//;
    expect(load().files.filter((file) => folders.test(file))).toMatchInlineSnapshot(`
      [
        "adapt/base-model.ts",
        "adapt/files/dtypes.ts",
        "adapt/opened-base.ts",
        "config/config-of.ts",
        "config/config.ts",
        "config/gguf-scaling.ts",
        "config/gguf.ts",
        "config/parameters.ts",
        "config/reader.ts",
        "config/rope-scaling.ts",
        "formats/hf/folder.ts",
        "formats/hf/json.ts",
        "generation/chat/builtin.ts",
        "generation/chat/plain-text.ts",
        "generation/chat/types.ts",
        "generation/grammar/given.ts",
        "generation/grammar/limits.ts",
        "generation/tools/answer-parser.ts",
        "generation/tools/call-scanner.ts",
        "generation/tools/messages.ts",
        "hub/fit.ts",
        "hub/local.ts",
        "hub/obligations.ts",
        "hub/reference.ts",
        "hub/safe-names.ts",
        "hub/store/notes.ts",
        "hub/terms.ts",
        "library/load.ts",
        "library/model-adapters.ts",
        "library/model.ts",
        "library/named-model.ts",
        "library/on-demand.ts",
        "library/options/generate-options.ts",
        "library/options/load-options.ts",
        "library/sampling-defaults.ts",
        "open/ends.ts",
        "open/on-demand.ts",
        "open/open-with.ts",
        "server/log.ts",
        "server/settings.ts",
        "tokenizer/byte-alphabet.ts",
        "tokenizer/byte-encoder.ts",
        "tokenizer/char-class.ts",
        "tokenizer/charsmap.ts",
        "tokenizer/cut-passes.ts",
        "tokenizer/cut-steps.ts",
        "tokenizer/from-gguf.ts",
        "tokenizer/gguf-keys.ts",
        "tokenizer/letter-ranges.ts",
        "tokenizer/merge-lines.ts",
        "tokenizer/merge-rules.ts",
        "tokenizer/merge.ts",
        "tokenizer/merges.ts",
        "tokenizer/named-steps.ts",
        "tokenizer/normalizer.ts",
        "tokenizer/pair-table.ts",
        "tokenizer/pattern-trie.ts",
        "tokenizer/piece-pairs.ts",
        "tokenizer/pretokenizers.ts",
        "tokenizer/scanners.ts",
        "tokenizer/special.ts",
        "tokenizer/spm-encoder.ts",
        "tokenizer/stream.ts",
        "tokenizer/symbols.ts",
        "tokenizer/text-table.ts",
        "tokenizer/text.ts",
        "tokenizer/tokenizer.ts",
        "tokenizer/unigram-encoder.ts",
        "tokenizer/vocabulary.ts",
        "tune/choices.ts",
        "tune/published.ts",
        "weights/folder.ts",
        "weights/gguf-sampling.ts",
        "weights/names.ts",
        "weights/open-with.ts",
        "weights/recognise.ts",
        "weights/sidecars.ts",
      ]
    `);
  });
});
