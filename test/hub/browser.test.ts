/** Models by name in a page: fetched from a mirror, kept in the origin's private file system, found without network. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load } from "../../src/library/load.ts";
import { chromiumArguments, chromiumPath } from "../browser/chromium.ts";
import { type PageServer, servePage } from "../browser/serve.ts";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { TestHub } from "./server.ts";
import { noise } from "./store.ts";

const root = resolve(import.meta.dirname, "../..");

async function pageScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "page.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { "#platform": join(root, "src/platform/browser.ts") },
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

describe.skipIf(chromiumPath === undefined)("in Chromium (needs /usr/bin/chromium, or CHROMIUM)", () => {
  const folder = mkdtempSync(join(tmpdir(), "cria-hub-page-"));
  const tiny = join(folder, "tiny.gguf");
  let hub: TestHub;
  let server: PageServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    writeTinyGguf(tiny, tinyConfig());
    hub = await TestHub.start();
    hub.add("owner/tiny", {
      files: { "tiny.Q4_0.gguf": new Uint8Array(readFileSync(tiny)), "README.md": "x" },
    });
    const html = `<!doctype html><script type="module" src="/page.js"></script>`;
    const files = new Map([
      ["/index.html", html],
      ["/page.js", await pageScript()],
    ]);
    server = await servePage(files, { isolated: false });
    browser = await chromium.launch({ executablePath: chromiumPath as string, args: [...chromiumArguments] });
    context = await browser.newContext();
    page = await newPage();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function newPage(): Promise<Page> {
    const fresh = await context.newPage();
    await fresh.goto(`${server.url}/index.html`);
    await fresh.waitForFunction("globalThis.hubPage !== undefined");
    return fresh;
  }

  const run = (name: string, offline: boolean) =>
    page.evaluate(([n, e, o]) => globalThis.hubPage.run(n, e, o), [name, hub.endpoint, offline] as const);
  const fetchSome = (name: string, stopAt: number) =>
    page.evaluate(([n, e, s]) => globalThis.hubPage.fetchSome(n, e, s), [
      name,
      hub.endpoint,
      stopAt,
    ] as const);
  const store = () => page.evaluate(() => globalThis.hubPage.store());

  it("fetches a reference, computes what Node computes, and finds it again without the network", async () => {
    await using model = await load(tiny, { threads: 1, backend: "wasm" });
    const { tokens } = await model.generate("ab", { maxTokens: 5, temperature: 0, ignoreEos: true }).result();
    const first = await run("hf:owner/tiny", false);
    expect(first.tokens).toEqual([...tokens]);
    expect(first.fetched).toBeGreaterThan(10_000);
    page = await newPage();
    const requests = hub.requests.length;
    expect(await run("hf:owner/tiny", true)).toEqual({ tokens: [...tokens], fetched: 0 });
    expect(hub.requests.length).toBe(requests);
    const { models, damaged, files } = await store();
    expect(models.map(({ reference }) => reference)).toEqual(["hf:owner/tiny:Q4_0"]);
    expect([files, damaged]).toEqual([0, []]);
  });

  it("continues what was interrupted, in another page too, and refuses wrong bytes", async () => {
    const model = noise(6_000_000, 21);
    hub.add("owner/big", { files: { "m.Q4_0.gguf": model } });
    // Four segments are fetched at a time: the fifth is refused, after one of them came whole.
    hub.behaviour.status = ({ range }) =>
      Number(/=(\d+)/.exec(range ?? "")?.[1]) >= 4_000_000 ? 404 : undefined;
    expect(await fetchSome("hf:owner/big", Number.POSITIVE_INFINITY)).toMatch(/NetworkError/);
    page = await newPage();
    hub.behaviour = {};
    const rest = Number(await fetchSome("hf:owner/big", Number.POSITIVE_INFINITY));
    expect(rest).toBeGreaterThan(0);
    expect(rest).toBeLessThanOrEqual(model.byteLength - 1_000_000);
    hub.add("owner/wrong", { files: { "m.Q4_0.gguf": noise(100_000, 5) } });
    hub.behaviour.corrupt = true;
    expect(await fetchSome("hf:owner/wrong", Number.POSITIVE_INFINITY)).toMatch(/FormatError: .*checksum/);
    hub.behaviour = {};
    expect((await store()).models.map(({ reference }) => reference)).toEqual([
      "hf:owner/big:Q4_0",
      "hf:owner/tiny:Q4_0",
    ]);
  });

  it("lets one of two pages fetch", async () => {
    const model = noise(4_000_000, 22);
    hub.add("owner/shared", { files: { "m.Q4_0.gguf": model } });
    hub.behaviour.bytesPerSecond = 16_000_000;
    const other = await newPage();
    const before = hub.sentBytes;
    const both = await Promise.all(
      [page, other].map((each) =>
        each.evaluate(([e]) => globalThis.hubPage.fetchSome("hf:owner/shared", e, 1e12), [
          hub.endpoint,
        ] as const),
      ),
    );
    hub.behaviour = {};
    expect(both).toEqual([expect.any(Number), expect.any(Number)]);
    expect(both.map(Number).reduce((a, b) => a + b)).toBe(model.byteLength);
    expect(hub.sentBytes - before).toBe(model.byteLength);
    await other.close();
  });

  it("checks the quota first", async () => {
    hub.add("owner/huge", { files: { "m.Q4_0.gguf": "x" } });
    hub.behaviour.tree = (entries) =>
      entries.map((entry) => ({ ...entry, lfs: { oid: "0".repeat(64), size: 10 ** 15 } }));
    expect(await fetchSome("hf:owner/huge", 1)).toMatch(/FileError: .*free for/);
    hub.behaviour = {};
  });

  it("removes what is named, and what is unfinished", async () => {
    await page.evaluate(() => globalThis.hubPage.remove("hf:owner/big"));
    await page.evaluate(() => globalThis.hubPage.prune());
    expect((await store()).models.map(({ reference }) => reference)).toEqual([
      "hf:owner/shared:Q4_0",
      "hf:owner/tiny:Q4_0",
    ]);
  });
});
