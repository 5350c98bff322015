/** The views of the page, and what leads from one to the next. */
import type { Page } from "playwright-core";

const WIDE = { width: 1360, height: 860 };

/** Name of a look, the browser's options, and the theme that is chosen. */
export const LOOKS = [
  ["light", { colorScheme: "light", viewport: WIDE }, "system"],
  ["dark", { colorScheme: "dark", viewport: WIDE }, "system"],
  ["contrast", { colorScheme: "light", viewport: WIDE }, "contrast"],
  [
    "phone",
    {
      colorScheme: "light",
      viewport: { width: 390, height: 800 },
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
    },
    "system",
  ],
] as const;

const openChat = async (page: Page, title: string): Promise<void> => {
  const show = page.getByRole("button", { name: "Show chats", exact: true });
  if (await show.isVisible()) await show.click();
  await page.locator(".chat-link", { hasText: title }).click();
  // Chats are read from a database; until this one is there, what is typed belongs to the one before.
  await page.locator(".chat-title", { hasText: title }).waitFor({ state: "attached" });
};

/** Name of the picture, and what leads to it. */
export const VIEWS: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [
  ["1-welcome", async () => {}],
  ["2-chat", (page) => openChat(page, "A server")],
  [
    "3-maths",
    async (page) => {
      await openChat(page, "Attention");
      await page.locator(".reasoning summary").click();
      await page.locator("math").first().waitFor();
    },
  ],
  ["4-parameters", (page) => page.getByRole("button", { name: "Parameters", exact: true }).click()],
  [
    "5-prompt",
    async (page) => {
      await page.getByRole("button", { name: "Close the parameters" }).click();
      await page.getByRole("button", { name: "Show the chat as the model sees it" }).click();
      await page.locator(".spans").waitFor();
    },
  ],
  [
    "6-palette",
    async (page) => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+k");
    },
  ],
  [
    "7-settings",
    async (page) => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+,");
    },
  ],
  [
    "8-menu",
    async (page) => {
      await page.keyboard.press("Escape");
      const show = page.getByRole("button", { name: "Show chats", exact: true });
      if (await show.isVisible()) await show.click();
      await page.locator(".sidebar-row").nth(2).hover();
      await page.locator(".sidebar-row .menu-root button").nth(2).click();
    },
  ],
  [
    "9-answer",
    async (page) => {
      await page.keyboard.press("Escape");
      await openChat(page, "Names for");
      await page.locator("#composer").fill("Tell me more");
      await page.keyboard.press("Control+Shift+P");
      await page.getByText("Token probabilities").click();
      const longest = page.getByRole("spinbutton", { name: "Longest answer" });
      await longest.fill("40");
      await longest.blur();
      await page.getByRole("button", { name: "Close the parameters" }).click();
      await page.getByRole("button", { name: "Send" }).click();
      await page.locator('[data-state="whole"].message-assistant').waitFor();
      await page.getByRole("button", { name: "Probabilities" }).click();
      await page.locator("button.token").nth(4).click();
    },
  ],
  [
    "10-models",
    async (page) => {
      await page.evaluate(() => {
        location.hash = "#/models";
      });
      await page.locator(".model-card").first().waitFor();
      await page.waitForTimeout(4000);
    },
  ],
];
