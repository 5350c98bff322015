/**
 * Builds the package: declarations by the compiler, file by file, and JavaScript by a bundler, with one file per public
 * entry and shared chunks, once for the library and once for the command line (build-commands.js). So a process opens a
 * dozen files at its start instead of some three hundred.
 *
 *     node scripts/build.js [--out FOLDER] [--no-types] [--no-page]
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { buildCommands } from "./build-commands.js";
import { buildPage } from "./build-page.js";
import { finishDeclarations } from "./declarations.js";

const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: "dist" },
    "no-types": { type: "boolean" },
    "no-page": { type: "boolean" },
  },
});
const root = join(import.meta.dirname, "..");
const out = resolve(options.out);
const { exports, imports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Every file that package.json names, and the scripts of processes and threads. */
const entries = [
  ...Object.values(exports).map((entry) => entry.default),
  ...Object.values(imports["#platform"]),
  ...Object.values(bin),
  "./dist/cli/bench-child.js",
  "./dist/data/encode-thread.js",
]
  .filter((path) => path?.startsWith("./dist/") || path?.startsWith("dist/"))
  .map((path) => join(root, "src", relative("dist", path).replace(/\.js$/, ".ts")));

rmSync(out, { recursive: true, force: true });
if (!options["no-types"]) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const args = [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", out];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  const named = Object.values(exports).flatMap(({ types }) =>
    types === undefined ? [] : [relative("dist", types)],
  );
  finishDeclarations(out, join(root, "scripts/types"), named);
}

const shared = {
  outdir: out,
  outbase: join(root, "src"),
  // The same depth as the source folders, so that relative paths are valid in both src/ and dist/.
  chunkNames: "chunks/[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  sourcemap: true,
  metafile: true,
  logLevel: "warning",
};
const isCommand = (path) => path.startsWith(join(root, "src/cli/"));
const sources = [...new Set(entries)];

// Packages are bundled, so that installing Cria installs nothing but koffi, and a process opens few files. The platform
// is chosen where the package is used.
const library = await build({
  ...shared,
  entryPoints: sources.filter((path) => !isCommand(path)),
  external: ["#platform", "koffi"],
});
const commandModules = await buildCommands(root, out, sources.filter(isCommand));

const pageModules = options["no-page"] ? [] : await buildPage(root, out);

/** Files that are read as text at run time. */
const assets = JSON.parse(readFileSync(join(root, "src/platform/assets.json"), "utf8"));
mkdirSync(join(out, "assets"), { recursive: true });
for (const [name, path] of Object.entries(assets)) copyFileSync(join(root, path), join(out, "assets", name));

/** Name, version and licence text of every package whose code is in the bundles. */
function bundledPackages(inputs) {
  const folders = new Set(
    inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.slice(0, 1) ?? []),
  );
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} is bundled but has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
  });
}

const inputs = [
  ...Object.keys(library.metafile.inputs),
  ...commandModules,
  ...Object.values(assets),
  ...pageModules.map((path) => path.replace(/^.*\/(?=node_modules\/)/, "").replace(/[?].*$/, "")),
];
const rule = `\n${"-".repeat(80)}\n\n`;
writeFileSync(join(out, "THIRD-PARTY-LICENSES.txt"), bundledPackages(inputs).join(rule));
