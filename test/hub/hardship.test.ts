/** Transfers under hardship: a thousand cuts, killed processes, two processes at once, other programs' stores. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findModel } from "../../src/hub/find.ts";
import { type PullOptions, pull } from "../../src/hub/pull.ts";
import { sha256, TestHub } from "./server.ts";
import { noise, type TestStore, testStore } from "./store.ts";

const root = resolve(import.meta.dirname, "../..");
let hub: TestHub;
let store: TestStore;
beforeEach(async () => {
  hub = await TestHub.start();
  store = testStore(hub);
});
afterEach(async () => {
  store[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
});

/** The same cuts in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a thousand cuts at random bytes", () => {
  const PIECE = 16_384;

  it("leave the file right, and nothing is fetched twice but what was in flight", async () => {
    const CUTS = 1000;
    const model = noise(12_000_000);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
    const random = randomNumbers(7);
    let cuts = 0;
    hub.behaviour.cutAfter = () => (cuts++ < CUTS ? Math.floor(random() * 20_000) : undefined);
    const retry = { attempts: 50, firstDelay: 0 };
    const options = { ...store.options, retry, segmentBytes: 2_000_000, connections: 3 };
    const { path, receivedBytes } = await pull("hf:owner/name", options);
    expect(cuts).toBeGreaterThan(CUTS);
    expect(sha256(readFileSync(path))).toBe(sha256(model));
    expect(receivedBytes).toBe(model.byteLength);
    expect(hub.sentBytes - model.byteLength).toBeLessThanOrEqual(CUTS * PIECE);
  });
});

describe("processes", () => {
  let folder: string;
  let script: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cria-pull-"));
    script = join(folder, "pull.mjs");
    await build({
      entryPoints: [join(root, "test/hub/pull-child.ts")],
      bundle: true,
      outfile: script,
      format: "esm",
      platform: "node",
      target: "node20.19",
      external: ["koffi"],
      alias: { "#platform": join(root, "src/platform/node.ts") },
      logLevel: "silent",
    });
  });
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  function start(options: PullOptions): ChildProcess {
    const args = [script, "hf:owner/name", JSON.stringify(options)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    return child;
  }

  function result(child: ChildProcess): Promise<{ receivedBytes: number; path: string }> {
    return new Promise((resolve, reject) => {
      let out = "";
      let error = "";
      child.stdout?.on("data", (text) => {
        out += text;
      });
      child.stderr?.on("data", (text) => {
        error += text;
      });
      child.on("close", (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(error))));
    });
  }

  it("that are killed a hundred times leave a store that verifies, and the next finishes", async () => {
    const KILLS = 100;
    const model = noise(6_000_000, 3);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model, "README.md": "card" } });
    const random = randomNumbers(11);
    const refs = join(store.cache, "models--owner--name", "refs");
    for (let kill = 0; kill < KILLS; kill++) {
      hub.behaviour.bytesPerSecond = 20_000_000;
      const requests = hub.requests.length;
      const child = start(store.options);
      const ended = new Promise((resolve) => child.once("close", resolve));
      // From the first request on, at any moment of the transfer.
      while (hub.requests.length === requests && child.exitCode === null) await sleep(1);
      await sleep(random() * 60);
      child.kill("SIGKILL");
      await ended;
      checkBlobs(join(store.cache, "models--owner--name", "blobs"));
      // The transfer must stay unfinished for the kills that follow.
      if (kill < KILLS - 1 && hasEntries(refs)) rmSync(store.cache, { recursive: true, force: true });
    }
    hub.behaviour.bytesPerSecond = undefined;
    const { path } = await result(start(store.options));
    expect(sha256(readFileSync(path))).toBe(sha256(model));
    expect(readdirSync(join(store.cache, "models--owner--name", "blobs")).length).toBe(2);
  });

  it("that pull at the same time make one transfer", async () => {
    const model = noise(3_000_000, 4);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
    hub.behaviour.bytesPerSecond = 6_000_000;
    const [a, b, c] = await Promise.all(Array.from({ length: 3 }, () => result(start(store.options))));
    expect(a.receivedBytes + b.receivedBytes + c.receivedBytes).toBe(model.byteLength);
    expect(hub.sentBytes).toBe(model.byteLength);
    expect([b.path, c.path]).toEqual([a.path, a.path]);
  });

  it("take over from one that was killed in the middle, with its bytes", async () => {
    const model = noise(4_000_000, 5);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": model } });
    hub.behaviour.bytesPerSecond = 8_000_000;
    const first = start(store.options);
    const second = start(store.options);
    while (hub.sentBytes < 2_500_000) await sleep(5);
    const names = readdirSync(join(store.cache, ".locks", "models--owner--name"));
    const owner = JSON.parse(
      readFileSync(join(store.cache, ".locks", "models--owner--name", names[0]), "utf8"),
    );
    const [loser, winner] = owner.pid === first.pid ? [first, second] : [second, first];
    loser.kill("SIGKILL");
    const { path, receivedBytes } = await result(winner);
    expect(sha256(readFileSync(path))).toBe(sha256(model));
    expect(receivedBytes).toBeLessThan(model.byteLength - 1_000_000);
  });
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function hasEntries(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}

/** Every file with the name of a blob has that checksum. */
function checkBlobs(folder: string): void {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names.filter((each) => /^[0-9a-f]{64}$/.test(each))) {
    expect(sha256(readFileSync(join(folder, name)))).toBe(name);
  }
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) console.warn("no python3: Hugging Face's rules for caches are not checked");

describe.runIf(hasPython)("Hugging Face's rules for caches", () => {
  const rules = (...args: string[]) =>
    JSON.parse(execFileSync("python3", [join(root, "test/hub/hf-cache.py"), ...args], { encoding: "utf8" }));

  it("hold for what pull writes, also after cuts and a moved branch", async () => {
    const model = noise(30_000);
    const first = hub.add("owner/name", {
      files: { "m.Q4_0.gguf": model, "README.md": "1", "sub/x.Q8_0.gguf": model },
    });
    await pull("hf:owner/name", store.options);
    await pull("hf:owner/name:sub/x.Q8_0.gguf", store.options);
    const second = hub.add("owner/name", { files: { "m.Q4_0.gguf": model, "README.md": "2" } });
    await pull("hf:owner/name", store.options);
    hub.add("owner/name", { files: { "m.Q4_0.gguf": noise(20_000, 9) }, revision: "refs/pr/1" });
    hub.behaviour.cutAfter = () => 0;
    await expect(
      pull("hf:owner/name@refs/pr/1", { ...store.options, retry: { attempts: 3, firstDelay: 0 } }),
    ).rejects.toThrow();
    hub.behaviour = {};
    const third = await pull("hf:owner/name@refs/pr/1", store.options);
    expect(rules("check", store.cache)).toEqual({
      "owner/name": {
        refs: { main: second, "refs/pr/1": third.commit },
        snapshots: {
          [first]: { "m.Q4_0.gguf": 30_000, "README.md": 1, "sub/x.Q8_0.gguf": 30_000 },
          [second]: { "m.Q4_0.gguf": 30_000, "README.md": 1 },
          [third.commit ?? ""]: { "m.Q4_0.gguf": 20_000 },
        },
      },
    });
  });

  it("make a cache that is found without the network", async () => {
    mkdirSync(store.folder, { recursive: true });
    const model = join(store.folder, "model");
    writeFileSync(model, noise(1000));
    const commit = rules("make", store.cache, "some/one", "main", `m.Q5_K_M.gguf=${model}`);
    const offline = { ...store.options, settings: { ...store.options.settings, offline: true } };
    const { path } = await findModel("hf:some/one", offline);
    expect(path).toBe(join(store.cache, "models--some--one", "snapshots", commit, "m.Q5_K_M.gguf"));
    expect(readFileSync(path).byteLength).toBe(1000);
    await expect(findModel("hf:some/one:Q8_0", offline)).rejects.toThrow(/not fetched/);
    expect(hub.requests).toEqual([]);
  });
});
