/**
 * Makes the compiler's declarations self-contained: programs need neither the DOM's types nor Node's nor zod's, and no
 * compiler newer than TypeScript 5.4.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Typed arrays have a type parameter only since TypeScript 5.7. */
const ARRAYS = /\b((?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array|ArrayBufferView)<ArrayBuffer(?:Like)?>/g;

/**
 * @param {string} out folder of the built package
 * @param {string} types folder of the declarations to add
 * @param {readonly string[]} entries declarations that package.json names, relative to `out`
 */
export function finishDeclarations(out, types, entries) {
  const added = join(out, "types");
  mkdirSync(added, { recursive: true });
  for (const name of readdirSync(types)) copyFileSync(join(types, name), join(added, name));
  const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".d.ts"),
  );
  for (const name of files) {
    const path = join(out, name);
    if (name.startsWith("types")) continue;
    // The command line and its server are not part of the library.
    if (/^(?:cli|server)\b/.test(name)) {
      rmSync(path);
      continue;
    }
    const from = relative(dirname(path), added).replaceAll("\\", "/");
    const near = from.startsWith(".") ? from : `./${from}`;
    const text = readFileSync(path, "utf8")
      .replace(ARRAYS, "$1")
      .replace(/"zod\/mini"/g, `"${near}/zod.js"`);
    const head = entries.includes(name) ? `/// <reference path="${near}/globals.d.ts" />\n` : "";
    writeFileSync(path, head + text);
  }
}
