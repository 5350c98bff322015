/** The whole page on a host of files, with the package's model: how long a person waits for the first word. */
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { SHIPPED_MODEL } from "../../src/platform/shipped-model.ts";
import { chromiumArguments, chromiumPath } from "../../test/browser/chromium.ts";
import { countingHost } from "./host.ts";

export interface FirstAnswer {
  /** Of the page, before the engine is needed; compressed. */
  readonly firstLoadBytes: number;
  /** From the question to the first word: nothing is kept yet, and at the next visit. */
  readonly firstTokenMs: number;
  readonly firstTokenCachedMs: number;
  /** As the page shows it at the second visit. */
  readonly tokensPerSecond: number;
}

/** @param built folder of the built package. @param model the package's model. */
export async function measureFirstAnswer(built: string, model: string): Promise<FirstAnswer> {
  const web = join(built, "dist/web");
  await using host = await countingHost((path) => {
    if (path === `/${SHIPPED_MODEL}`) return model;
    return join(web, path === "/" ? "index.html" : path);
  });
  const browser = await chromium.launch({
    executablePath: chromiumPath as string,
    args: [...chromiumArguments],
  });
  try {
    const context = await browser.newContext();
    const first = await ask(context, host.url, () => host.sent().code);
    const second = await ask(context, host.url, () => 0);
    return {
      firstLoadBytes: first.loadBytes,
      firstTokenMs: first.tokenMs,
      firstTokenCachedMs: second.tokenMs,
      tokensPerSecond: second.tokensPerSecond,
    };
  } finally {
    await browser.close();
  }
}

async function ask(context: BrowserContext, url: string, sent: () => number) {
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  await page.goto(`${url}/`);
  await page.locator("#composer").waitFor();
  const loadBytes = sent();
  // What a person types is one event here, so the engine has no head start while they write.
  await page.locator("#composer").fill("Tell me a story about a llama.");
  const asked = performance.now();
  await page.locator("#composer").press("Enter");
  await page.locator(".message-assistant .markdown:not(:empty)").last().waitFor();
  const tokenMs = Math.round(performance.now() - asked);
  await page.locator('.message-assistant[data-state="whole"]').last().waitFor();
  const shown = (await page.locator(".stats summary").last().textContent()) ?? "";
  await page.close();
  return { loadBytes, tokenMs, tokensPerSecond: Number.parseFloat(shown) };
}
