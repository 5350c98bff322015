/** A server that asks for a key: the page asks the person for it, keeps it, and says when it is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { chromiumPath } from "../browser/chromium.ts";
import { PATIENCE, servedPage } from "./served.ts";

const KEY = "a-key-of-sixteen-characters";

it.skipIf(chromiumPath === undefined)(
  "asks for the key of the server (needs /usr/bin/chromium, or CHROMIUM)",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "cria-key-"));
    const file = join(folder, "keys.txt");
    writeFileSync(file, `${KEY}\n`);
    await using served = await servedPage(["--api-key-file", file]);
    rmSync(folder, { recursive: true });
    const { page, faults } = await served.open();
    const field = page.getByLabel("This server asks for a key");
    await field.fill("wrong");
    await field.press("Enter");
    await field.waitFor();
    await field.fill(KEY);
    await field.press("Enter");
    await field.waitFor({ state: "detached" });
    await page.reload();
    await page.locator("#composer").fill("with a key");
    await page.locator("#composer").press("Enter");
    await page.locator('.message-assistant[data-state="whole"]').waitFor();
    expect(await field.count()).toBe(0);
    expect(faults).toEqual([]);
  },
  10 * PATIENCE,
);
