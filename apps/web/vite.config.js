/**
 * The page's build. Engine, KaTeX, uPlot and pdf.js are imported where they are first used, so each is a file of its own.
 *
 * CRIA_DIST names the folder of the built package, of which the page uses public entries only.
 */
import { join, resolve } from "node:path";
import { defineConfig } from "vite";

const dist = resolve(process.env.CRIA_DIST ?? join(import.meta.dirname, "../../dist"));
const source = (path) => join(import.meta.dirname, path);

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  resolve: {
    alias: {
      "cria/browser": join(dist, "browser.js"),
      "cria/generation": join(dist, "generation/index.js"),
      "#platform": join(dist, "platform/browser.js"),
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: source("index.html"), "service-worker": source("src/browser/service-worker.ts") },
      output: {
        // A service worker's scope is its folder, and its address must stay the same.
        entryFileNames: ({ name }) => (name === "service-worker" ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
    reportCompressedSize: false,
  },
  // The engine's worker lies beside the page: it looks for the package's model in its own folder.
  worker: { format: "es", rolldownOptions: { output: { entryFileNames: "[name]-[hash].js" } } },
});
