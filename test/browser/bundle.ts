/** Bundles the compiled package and the test page into one script, as an application's bundler does. */
import { join } from "node:path";
import { build } from "esbuild";

/** @param folder a compiled package, whose package.json selects `#platform`. */
export async function bundlePage(folder: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "page.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    tsconfigRaw: {},
    logLevel: "silent",
    plugins: [
      {
        name: "compiled package",
        setup(builder) {
          builder.onResolve({ filter: /src\/browser\.ts$/ }, () => ({
            path: join(folder, "dist/browser.js"),
          }));
        },
      },
    ],
  });
  return outputFiles[0].text;
}

export const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Cria</title>
<style>body { font: 16px/1.5 sans-serif; max-width: 44em; margin: 2em auto } pre { white-space: pre-wrap }</style>
<h1>Cria in this browser</h1>
<p id="backend"></p>
<pre id="warnings"></pre>
<pre id="text"></pre>
<script type="module" src="/page.js"></script>`;
