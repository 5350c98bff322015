/**
 * Builds the command line. What the start and the generation of text load is in a few large files, because each file
 * costs a process about a millisecond, whatever its size; the rest is split by use.
 */
import { isAbsolute, join, relative } from "node:path";
import { rolldown } from "rolldown";

/** What a process loads at its start, after main.ts, and what to generate text. */
const START = ["src/cli/command.ts"];
const TEXT = ["src/cli/run.ts", "src/engine/backend/native/native.ts"];

/** Folders whose part of what generates text is a file of its own, since commands that open a model need only these. */
const FILES = /^src\/(base|config|formats|platform|quant|schema|tokenizer|weights)\//;

/** @returns paths of the bundled modules. */
export async function buildCommands(root, out, entries) {
  const nameOf = (path) => relative(join(root, "src"), path).replace(/\.ts$/, "");
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((path) => [nameOf(path), path])),
    external: ["koffi"],
    platform: "node",
    transform: { target: "node20.19" },
    resolve: { alias: { "#platform": join(root, "src/platform/node.ts") } },
    // Entries export nothing.
    preserveEntrySignatures: "allow-extension",
  });
  const { output } = await bundle.write({
    dir: out,
    format: "esm",
    entryFileNames: "[name].js",
    // The same depth as the source folders, so that relative paths are valid in both src/ and dist/.
    chunkFileNames: "chunks/[name]-[hash].js",
    sourcemap: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: groups(root), debugName: "start and text" }],
    },
  });
  await bundle.close();
  refuseCycles(new Map(output.map(({ fileName, imports = [] }) => [fileName, imports])));
  return output.flatMap(({ moduleIds = [] }) => moduleIds.map((path) => relative(root, path)));
}

/** A function from a module to the name of its file; null for those that are split by use. */
function groups(root) {
  let start;
  let text;
  return (id, graph) => {
    const reached = (paths) =>
      importedBy(
        paths.map((path) => join(root, path)),
        graph,
      );
    start ??= reached(START);
    text ??= reached(TEXT);
    // The bundler's own helpers are no files.
    if (start.has(id) || !isAbsolute(id)) return "start";
    if (!text.has(id)) return null;
    const path = relative(root, id);
    if (FILES.test(path)) return "files";
    return path.startsWith("src/engine/") ? "engine" : "text";
  };
}

/** The modules, and what they import, not counting what is loaded on demand. */
function importedBy(paths, graph) {
  const found = new Set(paths);
  for (const path of found) for (const next of graph.getModuleInfo(path)?.importedIds ?? []) found.add(next);
  return found;
}

/** Files that import each other would see variables that have no value yet. */
function refuseCycles(importsOf) {
  const finished = new Set();
  const visit = (file, path) => {
    if (path.includes(file)) throw new Error(`files import each other: ${[...path, file].join(", ")}`);
    if (finished.has(file)) return;
    for (const next of importsOf.get(file) ?? []) visit(next, [...path, file]);
    finished.add(file);
  };
  for (const file of importsOf.keys()) visit(file, []);
}
