/**
 * Builds the package: declarations by the compiler, file by file, and JavaScript by a bundler that leaves one file
 * per public entry and shared chunks. A process that starts then opens a dozen files instead of some three hundred.
 *
 *     node scripts/build.js [--out FOLDER] [--no-types]
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values: options } = parseArgs({
  options: { out: { type: "string", default: "dist" }, "no-types": { type: "boolean" } },
});
const root = join(import.meta.dirname, "..");
const out = resolve(options.out);
const { exports, imports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Every file that package.json names, and what is started as a process of its own. */
const entries = [
  ...Object.values(exports).map((entry) => entry.default),
  ...Object.values(imports["#platform"]),
  ...Object.values(bin),
  "./dist/cli/bench-child.js",
]
  .filter((path) => path?.startsWith("./dist/") || path?.startsWith("dist/"))
  .map((path) => join(root, "src", relative("dist", path).replace(/\.js$/, ".ts")));

rmSync(out, { recursive: true, force: true });
if (!options["no-types"]) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const args = [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", out];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
await build({
  entryPoints: [...new Set(entries)],
  outdir: out,
  outbase: join(root, "src"),
  // As deep as the source's folders are, so that paths relative to a file hold in src/ and in dist/ alike.
  chunkNames: "chunks/[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  packages: "external",
  // Which platform it is, is decided where the package is used.
  external: ["#platform"],
  sourcemap: true,
  logLevel: "warning",
});
