/**
 * Cria in a browser page: Chromium loads the bundled package and models over HTTP, and computes what WebAssembly
 * computes under Node, bit for bit; with threads on an isolated page, and on one thread with a warning on any other.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TensorEntry } from "../../src/formats/tensor-file.ts";
import { load } from "../../src/library/load.ts";
import { platform } from "../../src/platform/node.ts";
import { SHIPPED_MODEL } from "../../src/platform/shipped-model.ts";
import { encode } from "../../src/quant/index.ts";
import { type BuiltPackage, buildPackage } from "../e2e/process.ts";
import shipped from "../golden/shipped-model.json" with { type: "json" };
import { sharedData, sharedPath } from "../support/shared-data.ts";
import { tinyTensors, writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { bundlePage, PAGE } from "./bundle.ts";
import { chromiumArguments, chromiumPath } from "./chromium.ts";
import type { PageAnswer, PageRequest } from "./page.ts";
import { type PageServer, servePage } from "./serve.ts";

const config = tinyConfig({ dim: 96, ffnDim: 160, nHeads: 6, headDim: 16, vocabSize: 300, maxSeqLen: 128 });

/** A random model with packed weights. */
function writeTinyModel(path: string): void {
  const tensors = tinyTensors(config).map((tensor): TensorEntry => {
    if (tensor.shape.length === 1) return tensor;
    const dtype = tensor.name.includes("ffn") ? "Q4_0" : "Q8_0";
    const source = tensor.bytes();
    const values = new Float32Array(source.buffer, source.byteOffset, source.byteLength / 4);
    const bytes = encode(dtype, values, tensor.shape.at(-1) as number);
    return { ...tensor, dtype, byteLength: bytes.byteLength, bytes: () => bytes };
  });
  writeTinyGguf(path, config, { tensors });
}

const STORIES = sharedPath("checkpoints/stories260Ktok512.gguf");
const golden = sharedData
  ? JSON.parse(readFileSync(sharedPath("golden/golden.json"), "utf8")).stories260K
  : undefined;
const bitsOf = (rows: readonly Float32Array[]): number[][] =>
  rows.map((row) => [...new Uint32Array(Float32Array.from(row).buffer)]);

/** The same questions, answered under Node. */
async function underNode(path: string, request: PageRequest): Promise<Pick<PageAnswer, "text" | "logits">> {
  const { context, prompt, maxTokens, tokens } = request;
  await using model = await load(path, { context, backend: "wasm", threads: 3 });
  const text = await model.generate(prompt, { temperature: 0, maxTokens }).text();
  return { text, logits: bitsOf(await model.logits(tokens)) };
}

describe.skipIf(chromiumPath === undefined)("in Chromium (needs /usr/bin/chromium, or CHROMIUM)", () => {
  const folder = mkdtempSync(join(tmpdir(), "cria-browser-"));
  const tiny = join(folder, "tiny.gguf");
  let built: BuiltPackage;
  let browser: Browser;
  const servers: PageServer[] = [];
  const pages = new Map<boolean, Page>();

  beforeAll(async () => {
    built = buildPackage();
    writeTinyModel(tiny);
    const files = new Map<string, Uint8Array | string>([
      ["/index.html", PAGE],
      ["/page.js", await bundlePage(built.folder)],
      ["/tiny.gguf", readFileSync(tiny)],
      [`/${SHIPPED_MODEL}`, readFileSync(await platform.shippedModel())],
      ...(sharedData ? [["/stories.gguf", readFileSync(STORIES)] as const] : []),
    ]);
    browser = await chromium.launch({
      executablePath: chromiumPath as string,
      args: [...chromiumArguments],
    });
    for (const isolated of [true, false]) {
      const server = await servePage(files, { isolated });
      servers.push(server);
      const page = await browser.newPage();
      await page.goto(`${server.url}/index.html`);
      await page.waitForFunction("globalThis.criaPage !== undefined");
      pages.set(isolated, page);
    }
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) await server[Symbol.asyncDispose]();
    built?.[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (isolated: boolean, request: PageRequest): Promise<PageAnswer> =>
    pages.get(isolated)!.evaluate((asked) => globalThis.criaPage.run(asked), request);

  const tinyRequest: PageRequest = {
    file: "tiny.gguf",
    prompt: "ab cd",
    maxTokens: 100,
    context: 128,
    threads: 2,
    tokens: [1, 5, 9, 200, 31, 7, 7, 120],
  };

  it.each([1, 2, 3])("computes what Node computes, with %i threads", async (threads) => {
    const found = await ask(true, { ...tinyRequest, threads });
    expect(found.backend).toMatch(new RegExp(`^WebAssembly SIMD128.*, ${threads} threads?$`));
    expect(found.warnings.join()).not.toContain("one thread only");
    expect(found).toMatchObject(await underNode(tiny, tinyRequest));
  });

  it("computes the same on one thread if the page is not isolated, warns, and stays responsive", async () => {
    const found = await ask(false, tinyRequest);
    expect(found.backend).toMatch(/, 1 thread$/);
    expect(found.warnings.join()).toMatch(/one thread only: .*Cross-Origin-Opener-Policy/);
    expect(found).toMatchObject(await underNode(tiny, tinyRequest));
    expect(found.turns).toBeGreaterThan(0);
  });

  it("releases memory: many models one after the other", async () => {
    for (let i = 0; i < 12; i++) await ask(true, { ...tinyRequest, maxTokens: 2, tokens: [1] });
  });

  it("names a missing file", async () => {
    const found = await pages.get(true)!.evaluate(() => globalThis.criaPage.failure("none.gguf"));
    expect(found).toMatch(/^FileError: Cannot open "none.gguf"/);
  });

  it("fetches the package's model from the page's folder and tells the story that Node tells", async () => {
    const { prompt, tokens: maxTokens, text } = shipped;
    const found = await ask(true, { prompt, maxTokens, context: 128, threads: 2, tokens: [1] });
    expect(found.text).toBe(text);
  });

  describe.skipIf(!sharedData)("stories260K (needs ../shared/data)", () => {
    const request: PageRequest = {
      file: "stories.gguf",
      prompt: "",
      maxTokens: 200,
      context: 512,
      threads: 2,
      tokens: sharedData
        ? JSON.parse(readFileSync(sharedPath("golden/golden.json"), "utf8")).logits.tokens
        : [],
    };

    it.each([true, false])("generates the published story, isolated: %s", async (isolated) => {
      const found = await ask(isolated, request);
      expect(found.text).toBe(golden.greedy200Steps);
      expect(found.logits).toEqual((await underNode(STORIES, request)).logits);
      const screenshots = process.env.CRIA_SCREENSHOTS;
      if (screenshots === undefined) return;
      await pages.get(isolated)!.screenshot({ path: join(screenshots, `stories-${isolated}.png`) });
    });
  });
});
