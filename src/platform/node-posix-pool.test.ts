/** System threads on Linux: what native-host.test.ts does not show, which runs kernels on them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNative } from "./node-native.ts";
import { startNativeThreads } from "./node-native-threads.ts";

const root = resolve(import.meta.dirname, "../..");
const isHere = process.platform === "linux" && process.arch === "x64";

/** `void f(int64_t *block)`: adds 1 to the block's word. */
const COUNT_UP = Uint8Array.of(0x48, 0xff, 0x07, 0xc3); // inc qword [rdi]; ret
const threadsNow = (): number => readdirSync("/proc/self/task").length;

describe.runIf(isHere)("PosixPool", () => {
  const machine = openNative();

  it("calls the function once per block, call after call, and starts no thread twice", async () => {
    using memory = machine.allocate(4096);
    using code = machine.code(COUNT_UP);
    const words = new BigInt64Array(memory.buffer);
    const blocks = (count: number) =>
      Array.from({ length: count }, (_, i) => memory.address + BigInt(64 * i));
    const counts = () => [0, 1, 2, 3].map((i) => Number(words[8 * i]));

    const four = startNativeThreads(4);
    for (let call = 0; call < 300; call++) await four.run(code.address, blocks((call % 4) + 1));
    expect(counts()).toEqual([300, 225, 150, 75]);

    const before = threadsNow();
    four.dispose();
    await four.exited;
    for (let round = 0; round < 5; round++) {
      const again = startNativeThreads(4);
      await again.run(code.address, blocks(4));
      again.dispose();
      await again.exited;
    }
    expect(counts()).toEqual([305, 230, 155, 80]);
    expect(threadsNow()).toBe(before);
  });

  it("queues calls that overlap", async () => {
    using memory = machine.allocate(4096);
    using code = machine.code(COUNT_UP);
    const threads = startNativeThreads(2);
    const blocks = [memory.address, memory.address + 64n];
    await Promise.all(Array.from({ length: 50 }, () => threads.run(code.address, blocks)));
    expect(new BigInt64Array(memory.buffer)[0]).toBe(50n);
    threads.dispose();
  });

  it("leaves the threads free to run on every processor of the process", async () => {
    const threads = startNativeThreads(3);
    using memory = machine.allocate(4096);
    using code = machine.code(COUNT_UP);
    for (let call = 0; call < 100; call++)
      await threads.run(
        code.address,
        [0n, 64n, 128n].map((offset) => memory.address + offset),
      );
    const allowed = readdirSync("/proc/self/task").map(
      (thread) => /Cpus_allowed:\s*(\S+)/.exec(readFileSync(`/proc/self/task/${thread}/status`, "utf8"))?.[1],
    );
    expect(new Set(allowed).size).toBe(1);
    threads.dispose();
  });
});

/** A call that never returns, in a process that ends as requested. */
const PROGRAM = `
import { openNative } from "./src/platform/node-native.ts";
import { startNativeThreads } from "./src/platform/node-native-threads.ts";
const machine = openNative();
const code = machine.code(Uint8Array.of(0xeb, 0xfe)); // jmp to itself
const threads = startNativeThreads(2);
if (process.argv[2] !== "idle") {
  let stopped = false;
  void threads.run(code.address, [0n, 0n], () => { stopped = true; });
  process.on("exit", () => console.log(stopped ? "stopped" : "not stopped"));
}
if (process.argv[2] === "exit") setTimeout(() => process.exit(3), 50);
if (process.argv[2] === "error") setTimeout(() => { throw new Error("a fault of the program's"); }, 50);
`;

describe.runIf(isHere)("a process with system threads", () => {
  let folder: string;
  let script: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cria-pool-"));
    script = join(folder, "program.mjs");
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules")); // where the bundle looks for koffi
    await build({
      stdin: { contents: PROGRAM, resolveDir: root, loader: "ts" },
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

  it.each([
    ["idle", 0, ""],
    ["exit", 3, "stopped\n"],
    ["error", 1, "stopped\n"],
  ])("ends when it wants to (%s)", (how, status, stdout) => {
    const ended = spawnSync(process.execPath, [script, how], { encoding: "utf8", timeout: 20_000 });
    expect([ended.status, ended.stdout]).toEqual([status, stdout]);
  });

  it("stays alive while a call runs", () => {
    const ended = spawnSync(process.execPath, [script, "busy"], { encoding: "utf8", timeout: 1500 });
    expect(ended.signal).toBe("SIGTERM");
  });
});
