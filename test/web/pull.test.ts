/** The models page fetches models of a hub into the server's store: licence first, with progress, over a reload. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../browser/chromium.ts";
import { TestHub } from "../hub/server.ts";
import { noise } from "../hub/store.ts";
import { writeTinyChatModel } from "../support/tiny-server.ts";
import { PATIENCE, type ServedPage, servedPage } from "./served.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-web-pull-"));
const LARGE = 12 * 2 ** 20;
let hub: TestHub;
let served: ServedPage;

async function open(): Promise<Page> {
  const { page } = await served.open({ at: "/#/models" });
  return page;
}

async function fetchModel(page: Page, reference: string): Promise<void> {
  await page.getByLabel("Address of a model").fill(reference);
  await page.getByRole("button", { name: "Fetch" }).click();
}

describe.skipIf(chromiumPath === undefined)("fetching models (needs /usr/bin/chromium, or CHROMIUM)", () => {
  beforeAll(async () => {
    hub = await TestHub.start();
    const model = join(folder, "tiny.gguf");
    writeTinyChatModel(model, true);
    const card = "---\nlicense: llama3.2\n---\nA small model.";
    hub.add("maker/small", {
      files: { "README.md": card, LICENSE: "Be kind to llamas.", "small-Q4_0.gguf": readFileSync(model) },
    });
    hub.add("maker/large", {
      files: { "README.md": "---\nlicense: mit\n---\n", "large-Q4_0.gguf": noise(LARGE) },
    });
    served = await servedPage(["--allow-pull"], {
      HF_ENDPOINT: hub.endpoint,
      HF_HUB_CACHE: join(folder, "hub"),
      CRIA_HOME: join(folder, "cria"),
    });
  }, 5 * PATIENCE);
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows the licence before any weights, then fetches, and the model answers", async () => {
    const page = await open();
    await fetchModel(page, "hf:maker/small");
    const terms = page.getByRole("alert");
    await terms.getByText("Be kind to llamas.").waitFor();
    expect(await terms.textContent()).toContain("llama3.2");
    expect(hub.requests.some(({ server }) => server === "storage")).toBe(false);
    await page.getByRole("button", { name: "Accept and fetch" }).click();
    await page.locator(".toast", { hasText: "is here" }).getByRole("button", { name: "Chat" }).click();
    await page.locator(".model-name", { hasText: "small" }).waitFor();
    await page.locator("#composer").fill("hello");
    const [request] = await Promise.all([
      page.waitForRequest("**/v1/chat/completions"),
      page.locator("#composer").press("Enter"),
    ]);
    expect(request.postDataJSON().model).toMatch(/small/);
    await page.locator('.message-assistant[data-state="whole"]').waitFor();
    await page.context().close();
  });

  it("shows how far it is, and goes on after a reload in the middle", async () => {
    const page = await open();
    hub.behaviour = { totalBytesPerSecond: 2 ** 21 };
    await fetchModel(page, "hf:maker/large");
    await page.locator(".work", { hasText: /Fetching hf:maker\/large – [4-9](?:\.\d)? MB of 12/ }).waitFor();
    await page.reload();
    await page.getByText("fetch again to go on").waitFor();
    expect(await page.getByLabel("Address of a model").inputValue()).toBe("hf:maker/large");
    hub.behaviour = {};
    const before = hub.requests.length;
    // The server notices that the page has left when it next writes.
    await expect
      .poll(
        async () => {
          await page.getByRole("button", { name: "Fetch" }).click();
          const problem = page.getByRole("alert");
          await problem.waitFor();
          return problem.textContent();
        },
        { timeout: PATIENCE },
      )
      .toContain("large");
    const again = hub.requests
      .slice(before)
      .filter(({ path, range }) => /gguf|storage/.test(path) || range !== undefined);
    const sent = again.reduce((sum, each) => sum + each.sent, 0);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(LARGE - 2 * 2 ** 20);
    await page.context().close();
  });

  it("tells what the hub answers", async () => {
    const page = await open();
    await fetchModel(page, "hf:maker/absent");
    expect(await page.getByRole("alert").textContent()).toMatch(/absent/);
    await fetchModel(page, "https://elsewhere.example/model.gguf");
    await page.getByText('named "hf:owner/repo"').waitFor();
    await page.context().close();
  });
});
