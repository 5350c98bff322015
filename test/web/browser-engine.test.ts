/** The page on a host of files: the engine in the browser answers, with the bits of Node's WebAssembly, with and without a network. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load } from "../../src/library/load.ts";
import { SHIPPED_MODEL } from "../../src/platform/shipped-model.ts";
import { chromiumArguments, chromiumPath } from "../browser/chromium.ts";
import { type PageServer, servePage } from "../browser/serve.ts";
import { type BuiltPackage, buildPackage } from "../e2e/process.ts";
import { noise } from "../hub/store.ts";
import { writeTinyChatModel } from "../support/tiny-server.ts";
import { PATIENCE } from "./served.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-static-"));
const path = join(folder, "tiny.gguf");
let built: BuiltPackage;
let browser: Browser;
let host: PageServer;
let models: Server;
/** A file that is fetched and not opened. */
const SLOW = noise(8 * 2 ** 20);

function pageFiles(): Map<string, Uint8Array> {
  const root = join(built.folder, "dist/web");
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = new Map(
    names.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [`/${relative(root, file)}`, readFileSync(file)] as const;
    }),
  );
  return new Map([...files, ["/", files.get("/index.html")!], [`/${SHIPPED_MODEL}`, readFileSync(path)]]);
}

/** A host of models that other pages may read, with ranges. */
async function modelHost(): Promise<Server> {
  const tiny = readFileSync(path);
  const server = createServer((request, response) => {
    const headers = {
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "*",
      "access-control-expose-headers": "*",
      "accept-ranges": "bytes",
      etag: '"1"',
    };
    const bytes = request.url === "/slow.gguf" ? SLOW : tiny;
    if (request.url === "/huge.gguf") {
      response.writeHead(200, { ...headers, "content-length": 6e9 });
      response.flushHeaders();
      return;
    }
    const [, from, to] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    if (from === undefined) {
      response
        .writeHead(200, { ...headers, "content-length": bytes.length })
        .end(request.method === "HEAD" ? "" : bytes);
      return;
    }
    const end = to === "" || to === undefined ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
    const part = bytes.subarray(Number(from), end + 1);
    response.writeHead(206, {
      ...headers,
      "content-length": part.length,
      "content-range": `bytes ${from}-${end}/${bytes.length}`,
    });
    if (bytes === SLOW && part.length > 1) void sendHeld(response, part, Number(from));
    else response.end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Where answers with the slow file stop until the test lets them go on, and where each began. */
const held = { at: 0, begins: [] as number[] };

async function sendHeld(response: ServerResponse, part: Uint8Array, from: number): Promise<void> {
  held.begins.push(from);
  const piece = 2 ** 18;
  for (let at = 0; at < part.length; at += piece) {
    while (from + at >= held.at && !response.destroyed)
      await new Promise((resolve) => setTimeout(resolve, 20));
    if (response.destroyed) return;
    response.write(part.subarray(at, at + piece));
    // Progress is shown ten times a second.
    if (at % 2 ** 20 === 0) await new Promise((resolve) => setTimeout(resolve, 150));
  }
  response.end();
}

async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  await page.goto(`${host.url}/`);
  await page.locator("#composer").waitFor();
  return page;
}

const SEED = 11;
const TOKENS = 24;

async function ask(page: Page, question: string): Promise<string> {
  await page.evaluate(
    ([seed, tokens]) =>
      localStorage.setItem(
        "cria-preferences",
        JSON.stringify({
          settings: {
            ...JSON.parse(localStorage.getItem("cria-preferences") ?? "{}").settings,
            seed,
            parameters: { max_tokens: tokens },
          },
        }),
      ),
    [SEED, TOKENS],
  );
  await page.reload();
  await page.locator("#composer").fill(question);
  await page.locator("#composer").press("Enter");
  await page.locator('.message-assistant:is([data-state="whole"], [data-state="failed"])').last().waitFor();
  return page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open("cria");
      opening.onsuccess = () => resolve(opening.result);
    });
    const reading = db.transaction("messages").objectStore("messages").getAll();
    await new Promise((resolve) => {
      reading.onsuccess = resolve;
    });
    const { text, error } = reading.result.filter(({ role }) => role === "assistant").at(-1);
    return error ?? text;
  });
}

async function underNode(question: string): Promise<string> {
  await using model = await load(path, { backend: "wasm", parallel: 1, threads: 2 });
  return await model.chat([{ role: "user", content: question }], { seed: SEED, maxTokens: TOKENS }).text();
}

describe.skipIf(chromiumPath === undefined)(
  "the engine in the page (needs /usr/bin/chromium, or CHROMIUM)",
  () => {
    beforeAll(async () => {
      writeTinyChatModel(path, true);
      built = buildPackage(true);
      browser = await chromium.launch({
        executablePath: chromiumPath as string,
        args: [...chromiumArguments],
      });
      host = await servePage(pageFiles(), { isolated: false });
      models = await modelHost();
    }, 5 * PATIENCE);
    afterAll(async () => {
      await browser?.close();
      await host?.[Symbol.asyncDispose]();
      models?.closeAllConnections();
      models?.close();
      built?.[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    it("offers what the package's model was trained to do", async () => {
      const page = await open();
      const starters = page.locator(".starter");
      await starters.first().waitFor();
      expect(await starters.allTextContents()).toContain("Find an opposite");
      await starters.filter({ hasText: "Order a story" }).click();
      expect(await page.locator("#composer").inputValue()).toBe(
        "Tell me a story about a shy llama and a lantern.",
      );
      await page.context().close();
    });

    it("isolates itself, and answers with the bits of Node's WebAssembly; without a network too", async () => {
      const page = await open();
      await page.waitForFunction(() => crossOriginIsolated);
      const text = await ask(page, "hello");
      expect(text).toBe(await underNode("hello"));
      expect(text.length).toBeGreaterThan(10);
      await page.evaluate(() => {
        location.hash = "#/models";
      });
      await page.locator(".model-card", { hasText: /WebAssembly SIMD128.*[2-9] threads/ }).waitFor();

      await page.context().setOffline(true);
      await page.goto(`${host.url}/`);
      await page.locator("#composer").waitFor();
      expect(await ask(page, "offline now")).toBe(await underNode("offline now"));
      await page.context().close();
    });

    it("answers on one thread where it cannot isolate itself", async () => {
      const page = await open({ serviceWorkers: "block" });
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
      expect(await ask(page, "alone")).toBe(await underNode("alone"));
      await page.context().close();
    });

    it("takes a file of the disk, keeps it, and removes it", async () => {
      const page = await open();
      await page.evaluate(() => {
        location.hash = "#/models";
      });
      await page
        .locator("#model-file")
        .setInputFiles({ name: "mine.gguf", mimeType: "", buffer: readFileSync(path) });
      await page.getByText("mine is here").waitFor();
      await page.goto(`${host.url}/`);
      await page.getByRole("button", { name: "Model: mine" }).waitFor();
      expect(await page.locator(".model-name").textContent()).toBe("mine");
      expect(await ask(page, "from disk")).toBe(await underNode("from disk"));
      await page.evaluate(() => {
        location.hash = "#/models";
      });
      await page.getByRole("button", { name: "Remove mine" }).click();
      await page.getByText("Removed mine").waitFor();
      expect(await page.locator(".shelf li").count()).toBe(1);
      await page
        .locator("#model-file")
        .setInputFiles({ name: "broken.gguf", mimeType: "", buffer: Buffer.from("GGUFxxxxxxxxxxxxxxx") });
      await page.getByText("broken is here").waitFor();
      await page.goto(`${host.url}/`);
      expect(await ask(page, "broken")).toMatch(/broken\.gguf/);
      await page.context().close();
    });

    it("fetches a model from an address, and refuses one that cannot fit", async () => {
      const page = await open();
      const address = `http://127.0.0.1:${(models.address() as AddressInfo).port}`;
      await page.evaluate(() => {
        location.hash = "#/models";
      });
      await page.getByLabel("Address of a model").fill(`${address}/far.gguf`);
      await page.getByRole("button", { name: "Fetch" }).click();
      await page.getByText("far is here").waitFor();
      await page.locator(".shelf li", { hasText: "far" }).getByRole("button", { name: "Chat" }).click();
      expect(await ask(page, "from afar")).toBe(await underNode("from afar"));
      await page.evaluate(() => {
        location.hash = "#/models";
      });
      await page.getByLabel("Address of a model").fill(`${address}/huge.gguf`);
      await page.getByRole("button", { name: "Fetch" }).click();
      expect(await page.getByRole("alert").textContent()).toMatch(
        /does not fit|5\.59 GiB free .* got .*the browser gives a page a share/,
      );
      await page.context().close();
    });

    it("goes on with a transfer that a reload has cut", async () => {
      const page = await open();
      const address = `http://127.0.0.1:${(models.address() as AddressInfo).port}/slow.gguf`;
      await page.evaluate(() => {
        location.hash = "#/models";
      });
      held.at = 5 * 2 ** 20;
      await page.getByLabel("Address of a model").fill(address);
      await page.getByRole("button", { name: "Fetch" }).click();
      await page.locator(".work", { hasText: /[345]\.\d MB of 8/ }).waitFor();
      await page.reload();
      await page.getByText("fetch again to go on").waitFor();
      expect(await page.getByLabel("Address of a model").inputValue()).toBe(address);
      held.at = Number.POSITIVE_INFINITY;
      held.begins.length = 0;
      await page.getByRole("button", { name: "Fetch" }).click();
      await page.getByText("slow is here").waitFor();
      expect(held.begins).toHaveLength(1);
      expect(held.begins[0]).toBeGreaterThanOrEqual(3 * 2 ** 20);
      await page.locator(".shelf li", { hasText: "slow" }).waitFor();
      await page.context().close();
    });
  },
);
