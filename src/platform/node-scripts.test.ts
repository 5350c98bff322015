import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeviceError } from "../base/errors.ts";
import { scriptThreads } from "./node-scripts.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-scripts-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A script with the protocol of `serve`. */
function script(name: string, handler: string): URL {
  const path = join(folder, name);
  const source = `import { parentPort, workerData } from "node:worker_threads";
    const handle = ${handler};
    parentPort.on("message", (message) => {
      try { parentPort.postMessage({ value: handle(message, workerData) }); }
      catch (error) { parentPort.postMessage({ error }); }
    });`;
  writeFileSync(path, source);
  return pathToFileURL(path);
}

describe("script threads", () => {
  it("answer each call with its own result, in order", async () => {
    using thread = scriptThreads.start(script("twice.mjs", "(message, data) => data.factor * message"), {
      factor: 3,
    });
    expect(await Promise.all([1, 2, 3].map((number) => thread.call(number)))).toEqual([3, 6, 9]);
    expect(await thread.call(4)).toBe(12);
  });

  it("take over transferred memory", async () => {
    using thread = scriptThreads.start(script("length.mjs", "(message) => message.length"), undefined);
    const bytes = new Uint8Array(1000);
    expect(await thread.call(bytes, [bytes.buffer])).toBe(1000);
    expect(bytes.length).toBe(0);
  });

  it("report a call's error, and continue", async () => {
    const url = script(
      "throws.mjs",
      '(message) => { if (message === 0) throw new RangeError("zero"); return 1 / message; }',
    );
    using thread = scriptThreads.start(url, undefined);
    await expect(thread.call(0)).rejects.toThrow("zero");
    expect(await thread.call(2)).toBe(0.5);
  });

  it("fail every pending and later call when they end", async () => {
    using thread = scriptThreads.start(script("ends.mjs", "() => process.exit(3)"), undefined);
    const calls = [thread.call(1), thread.call(2)];
    for (const call of calls) await expect(call).rejects.toThrow(/ended with code 3/);
    await expect(thread.call(3)).rejects.toBeInstanceOf(DeviceError);
  });

  it("run files that Node can run directly", () => {
    expect(scriptThreads.canRun(new URL("./node-scripts.ts", import.meta.url))).toBe(false);
    expect(scriptThreads.canRun(pathToFileURL(join(folder, "missing.js")))).toBe(false);
    writeFileSync(join(folder, "there.js"), "");
    expect(scriptThreads.canRun(pathToFileURL(join(folder, "there.js")))).toBe(true);
    expect(scriptThreads.canRun(new URL("data:text/javascript,"))).toBe(false);
  });
});
