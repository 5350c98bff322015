/**
 * The library in realms without `Symbol.dispose` (Safari, older Chrome and Firefox, vm contexts of Jest and Vitest).
 * A fresh vm context simulates them; Node defines the symbols only in its main realm.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "./support/tiny-checkpoint.ts";
import { tinyConfig } from "./support/tiny-model.ts";

const root = resolve(import.meta.dirname, "..");
let folder: string;
let script: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cria-realm-"));
  writeTinyGguf(join(folder, "tiny.gguf"), tinyConfig());
  const { outputFiles } = await build({
    stdin: { contents: `export * from "./src/browser.ts";`, resolveDir: root, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "cria",
    platform: "browser",
    target: "es2022",
    alias: { "#platform": join(root, "src/platform/browser.ts") },
    logLevel: "silent",
  });
  script = outputFiles[0].text;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Globals of a page in an older browser. */
function realm() {
  const { console, performance, setTimeout, clearTimeout, TextDecoder, TextEncoder, URL } = globalThis;
  const { AbortController, AbortSignal, structuredClone, queueMicrotask, MessageChannel, crypto } =
    globalThis;
  const own = { console, performance, setTimeout, clearTimeout, TextDecoder, TextEncoder, URL };
  const more = { AbortController, AbortSignal, structuredClone, queueMicrotask, MessageChannel, crypto };
  const context = createContext({ ...own, ...more, navigator: { hardwareConcurrency: 1 } });
  runInContext(script, context);
  return context;
}

const GENERATE = `(async () => {
  cria.registerFile("tiny.gguf", Uint8Array.from(bytes));
  const model = await cria.load("tiny.gguf", { threads: 1 });
  const { tokens } = await model.generate("ab", { temperature: 0, maxTokens: 4, ignoreEos: true }).result();
  const disposes = typeof model[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")];
  await model.dispose();
  return tokens.length + " " + disposes + " " + Object.getOwnPropertyNames(Object.getPrototypeOf(model)).includes("undefined");
})()`;

describe("a realm without Symbol.dispose", () => {
  it("loads a model, generates and disposes, with no method named undefined", async () => {
    const context = realm();
    context.bytes = Array.from(readFileSync(join(folder, "tiny.gguf")));
    expect(await runInContext(GENERATE, context)).toBe("4 function false");
  });
});
