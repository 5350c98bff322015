/**
 * Builds the chat page from the built package, as any user's bundler would: apps/web imports public entries only.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

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
  const files = readdirSync(outDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(outDir, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((name) => name !== "service-worker.js" && name !== "index.html" && !name.includes("pdf"))
    .sort();
  // What the service worker keeps for use without a network.
  writeFileSync(join(outDir, "files.json"), JSON.stringify(files));
  return [output].flat().flatMap(({ output: chunks }) => chunks.flatMap(({ moduleIds = [] }) => moduleIds));
}
