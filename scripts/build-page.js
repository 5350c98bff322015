/**
 * Builds the chat page from the built package, as any user's bundler would: apps/web imports public entries only.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";

/**
 * Writes the page to `dist/web`.
 * @returns paths of the bundled modules.
 */
export async function buildPage(root, dist) {
  const { build } = await import("vite");
  process.env.CRIA_DIST = dist;
  const outDir = join(dist, "web");
  const output = await build({
    configFile: join(root, "apps/web/vite.config.js"),
    logLevel: "warn",
    build: { outDir, emptyOutDir: true },
  });
  copyCharacterMaps(root, join(outDir, "cmaps"));
  const files = readdirSync(outDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(outDir, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((name) => !/^(?:service-worker\.js|index\.html|cmaps\/.*)$/.test(name))
    .sort();
  const index = readFileSync(join(outDir, "index.html"), "utf8");
  const isFirst = (name) => index.includes(name) || name === "page.json";
  // What the service worker keeps for use without a network: at once, and when nothing else is to do.
  const kept = { first: files.filter(isFirst), later: files.filter((name) => !isFirst(name)) };
  writeFileSync(join(outDir, "files.json"), JSON.stringify(kept));
  return [output].flat().flatMap(({ output: chunks }) => chunks.flatMap(({ moduleIds = [] }) => moduleIds));
}

/** PDFs in Chinese, Japanese and Korean name tables of characters instead of holding them; pdf.js fetches those it needs. */
function copyCharacterMaps(root, to) {
  const pdfjs = dirname(createRequire(join(root, "package.json")).resolve("pdfjs-dist/package.json"));
  cpSync(join(pdfjs, "cmaps"), to, { recursive: true });
}
