/**
 * Pictures of every view in light, dark and phone width, for people to look at.
 *
 *     npx tsx --conditions=cria-source test/web/screenshots.ts FOLDER [rtl]
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SAMPLE } from "./samples.ts";
import { servedPage } from "./served.ts";
import { LOOKS, VIEWS } from "./views.ts";

const [folder = "screenshots", direction = "ltr"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

await using served = await servedPage();
for (const [look, options, theme] of LOOKS) {
  const { page, faults } = await served.open(options);
  await page.evaluate(
    (chosen) => localStorage.setItem("cria-preferences", JSON.stringify({ theme: chosen })),
    theme,
  );
  await page.reload();
  await page.locator("#composer").waitFor();
  await page.evaluate((dir) => {
    document.documentElement.dir = dir;
  }, direction);
  await page.keyboard.press("Control+,");
  await page.locator("#import").setInputFiles({
    name: "chats.json",
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(SAMPLE)),
  });
  await page.getByText("Imported").waitFor();
  await page.locator(".toast").waitFor({ state: "detached" });
  for (const [name, lead] of VIEWS) {
    try {
      await lead(page);
      await page.waitForTimeout(250);
    } catch (error) {
      process.stderr.write(
        `${look} ${name}: ${(error as Error).message.split("\n").slice(0, 4).join(" ")}\n`,
      );
    }
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
  }
  process.stdout.write(`${look}: ${faults.length === 0 ? "no faults" : faults.join("\n")}\n`);
}
