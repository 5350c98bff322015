/** axe-core finds no serious issue on any view: light, dark, high contrast and on a phone. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../browser/chromium.ts";
import { SAMPLE } from "./samples.ts";
import { PATIENCE, type ServedPage, servedPage } from "./served.ts";
import { LOOKS, VIEWS } from "./views.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Serious and critical issues, one line each. */
async function issues(page: Page): Promise<string[]> {
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 300)}`),
    );
}

describe.skipIf(chromiumPath === undefined)("accessibility (needs /usr/bin/chromium, or CHROMIUM)", () => {
  let served: ServedPage;
  beforeAll(async () => {
    served = await servedPage();
  }, 5 * PATIENCE);
  afterAll(() => served?.[Symbol.asyncDispose]());

  it.each(LOOKS)(
    "%s",
    async (_look, options, theme) => {
      // The policy would refuse the checker's script; the page itself is the same.
      const { page, context } = await served.open({ ...options, bypassCSP: true });
      await page.evaluate(
        (chosen) => localStorage.setItem("cria-preferences", JSON.stringify({ theme: chosen })),
        theme,
      );
      await page.reload();
      await page.locator("#composer").waitFor();
      await page.evaluate(AXE);
      await page.keyboard.press("Control+,");
      const buffer = Buffer.from(JSON.stringify(SAMPLE));
      await page
        .locator("#import")
        .setInputFiles({ name: "chats.json", mimeType: "application/json", buffer });
      await page.getByText("Imported").waitFor();
      const found: string[] = [];
      for (const [view, lead] of VIEWS) {
        await lead(page);
        await page.waitForTimeout(300);
        for (const issue of await issues(page)) found.push(`${view}: ${issue}`);
      }
      await context.close();
      expect(found).toEqual([]);
    },
    10 * PATIENCE,
  );
});
