/**
 * Native pages are freed with their worker thread, however it ends; checked with the system's list of
 * mappings.
 */
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mappingSupport } from "./node-map.ts";

const root = resolve(import.meta.dirname, "../..");
const works =
  process.platform === "linux" && process.arch === "x64" && mappingSupport(import.meta.filename).works;

/**
 * Maps 64 MiB that differ from other mappings, a file, and code; reports the addresses; ends as requested.
 */
const WORKER = `
import { parentPort, workerData } from "node:worker_threads";
import { openNative } from "./src/platform/node-native.ts";
import { openFile } from "./src/platform/node-source.ts";
const machine = openNative();
const memory = machine.allocate(64 << 20);
new Uint8Array(memory.buffer).fill(1);
const freed = machine.allocate(32 << 20);
const file = openFile(workerData.file);
const code = machine.code(Uint8Array.of(0xc3));
const places = [memory.address, file.address, code.address, freed.address].map(String);
freed.dispose();
parentPort.postMessage(places);
if (workerData.how === "exit") process.exit(0);
if (workerData.how === "error") setTimeout(() => { throw new Error("a fault of the program's"); });
setInterval(() => {}, 1000);
`;

const mapped = (): Set<string> =>
  new Set(
    [...readFileSync("/proc/self/maps", "utf8").matchAll(/^([0-9a-f]+)-/gm)].map(
      ([, at]) => `${BigInt(`0x${at}`)}`,
    ),
  );

describe.skipIf(!works)("a worker thread (Linux x64 with koffi)", () => {
  let folder: string;
  let script: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cria-thread-"));
    script = join(folder, "worker.mjs");
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules")); // where the bundle looks for koffi
    await build({
      stdin: { contents: WORKER, resolveDir: root, loader: "ts" },
      bundle: true,
      outfile: script,
      format: "esm",
      platform: "node",
      target: "node20.19",
      alias: { "#platform": join(root, "src/platform/node.ts") },
      logLevel: "silent",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(["terminate", "exit", "error"])("that ends by %s leaves no pages behind", async (how) => {
    const worker = new Worker(script, { workerData: { how, file: import.meta.filename } });
    const errors: unknown[] = [];
    worker.on("error", (error) => errors.push(error));
    const ended = new Promise((done) => worker.on("exit", done));
    const places = await new Promise<string[]>((done, fail) => {
      worker.on("message", done);
      if (how !== "error") worker.on("error", fail); // its message may arrive after its error
    });
    if (how === "terminate") void worker.terminate();
    await ended;
    const left = mapped();
    expect(places.filter((place) => left.has(place))).toEqual([]);
    expect(errors).toHaveLength(how === "error" ? 1 : 0);
  });
});
