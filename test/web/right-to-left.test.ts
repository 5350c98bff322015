/** The page from right to left: styles that know no left and right, sides that swap, and nothing outside the screen. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../browser/chromium.ts";
import { SAMPLE } from "./samples.ts";
import { PATIENCE, type ServedPage, servedPage } from "./served.ts";
import { LOOKS, VIEWS } from "./views.ts";

const STYLES = join(import.meta.dirname, "../../apps/web/src/styles");
/** Properties and values that name a side; the logical ones name a beginning and an end. */
const SIDED =
  /^\s*(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)|border-(?:top|bottom)-(?:left|right)-radius|left|right|(?:min-|max-)?width)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)\b/;

describe("styles", () => {
  it.each(readdirSync(STYLES))("%s names no left or right", (name) => {
    const lines = readFileSync(join(STYLES, name), "utf8").split("\n");
    expect(lines.filter((line) => SIDED.test(line))).toEqual([]);
  });
});

/** What is visible and reaches outside the screen, unless something around it scrolls or clips it. */
function outside(): string[] {
  const clips = (element: Element): boolean => getComputedStyle(element).overflowX !== "visible";
  const isClipped = (element: Element): boolean => {
    for (let at = element.parentElement; at !== null && at !== document.body; at = at.parentElement)
      if (clips(at)) return true;
    return false;
  };
  return [...document.body.querySelectorAll("*")].flatMap((element) => {
    const { left, right, width, height } = element.getBoundingClientRect();
    const isInside = left >= -1 && right <= innerWidth + 1;
    const isHidden = width <= 1 || height <= 1 || getComputedStyle(element).visibility === "hidden";
    if (isInside || isHidden || isClipped(element)) return [];
    return [`${element.tagName}.${element.className} ${Math.round(left)} to ${Math.round(right)}`];
  });
}

describe.skipIf(chromiumPath === undefined)("right to left (needs /usr/bin/chromium, or CHROMIUM)", () => {
  let served: ServedPage;
  beforeAll(async () => {
    served = await servedPage();
  }, 5 * PATIENCE);
  afterAll(() => served?.[Symbol.asyncDispose]());

  it.each(LOOKS.filter(([look]) => look === "light" || look === "phone"))(
    "%s: nothing reaches outside the screen, and the chats are on the right",
    async (look, options) => {
      const { page, context } = await served.open(options);
      await turn(page);
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
        expect(await page.evaluate(() => document.documentElement.dir)).toBe("rtl");
        for (const element of await page.evaluate(outside)) found.push(`${view}: ${element}`);
        const edge = await page.evaluate(
          () => document.querySelector(".sidebar")?.getBoundingClientRect().right ?? innerWidth,
        );
        expect(edge).toBeCloseTo(options.viewport.width, 0);
      }
      if (look === "light") expect(await page.locator(".sidebar").count()).toBe(1);
      await context.close();
      expect(found).toEqual([]);
    },
    10 * PATIENCE,
  );
});

async function turn(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.dir = "rtl";
  });
}
