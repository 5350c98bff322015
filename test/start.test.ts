/** What the command line loads before it knows the verb: tables of options, and no part that does the work. */
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

it("starts with its own files and a few lists of names", async () => {
  const { metafile } = await build({
    entryPoints: [join(root, "src/cli/main.ts")],
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
  const outputs = Object.values(metafile.outputs);
  const pending = outputs.filter(({ entryPoint }) => entryPoint?.endsWith("cli/main.ts"));
  const loaded = new Set<string>();
  for (const output of pending) {
    for (const input of Object.keys(output.inputs)) loaded.add(relative("src", input));
    for (const { path, kind } of output.imports) {
      const next = metafile.outputs[path];
      if (kind === "import-statement" && next !== undefined && !pending.includes(next)) pending.push(next);
    }
  }
  const foreign = [...loaded].filter((file) => !/^(cli|base|schema|platform)\//.test(file));
  expect(loaded.has("cli/verbs.ts")).toBe(true);
  expect(foreign.sort()).toMatchInlineSnapshot(`
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
