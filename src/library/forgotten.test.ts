/** An unreachable model releases its memory; a model whose text still runs does not. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { mappingSupport } from "../platform/node-map.ts";
import { load } from "./load.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const folder = mkdtempSync(join(tmpdir(), "cria-forgotten-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Linux lists each mapped file by its path. */
const isMapped = (path: string): boolean => readFileSync("/proc/self/maps", "utf8").includes(path);
const canTell = process.platform === "linux" && mappingSupport(import.meta.filename).works;

async function collected(path: string): Promise<boolean> {
  for (let i = 0; i < 50 && isMapped(path); i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return !isMapped(path);
}

describe.skipIf(!canTell)("a model that nobody disposes (Linux with koffi)", () => {
  it("is released when it is garbage, but not while its text runs", async () => {
    const path = join(folder, "model.gguf");
    writeTinyGguf(path, tinyConfig());
    const start = async () => {
      const model = await load(path, { threads: 1, backend: "reference" });
      return model.generate("ab", { temperature: 0, ignoreEos: true, maxTokens: 60 }).result();
    };
    const running = start();
    await expect.poll(() => isMapped(path)).toBe(true);
    for (let i = 0; i < 5; i++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await running).tokens).toHaveLength(60);
    expect(await collected(path)).toBe(true);
  });
});
