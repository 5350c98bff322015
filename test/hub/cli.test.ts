/** The command line with models by name, against a hub on this machine. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BuiltPackage, buildPackage, type RunOptions, runCria } from "../e2e/process.ts";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { TestHub, TOKEN } from "./server.ts";
import { noise } from "./store.ts";

let built: BuiltPackage;
let model: Uint8Array;
let hub: TestHub;
let home: string;
beforeAll(() => {
  built = buildPackage();
  writeTinyGguf(join(built.folder, "tiny.gguf"), tinyConfig());
  model = new Uint8Array(readFileSync(join(built.folder, "tiny.gguf")));
});
afterAll(() => built[Symbol.dispose]());
beforeEach(async () => {
  hub = await TestHub.start();
  home = mkdtempSync(join(tmpdir(), "cria-home-"));
  const card = "---\nlicense: mit\n---\n# Tiny\n";
  hub.add("owner/tiny", { files: { "tiny-Q4_0.gguf": model, "tiny-Q8_0.gguf": model, "README.md": card } });
});
afterEach(async () => {
  rmSync(home, { recursive: true, force: true });
  await hub[Symbol.asyncDispose]();
});

const cria = (args: readonly string[], options: RunOptions = {}) =>
  runCria(built.main, args, {
    ...options,
    env: {
      HOME: home,
      HF_HOME: join(home, "hf"),
      HF_ENDPOINT: hub.endpoint,
      HF_TOKEN: TOKEN,
      ...options.env,
    },
  });

const hasTerminals = spawnSync("python3", ["-c", "import pty"]).status === 0;
if (!hasTerminals) console.info("hub: python3 with pty is missing, questions in terminals are not tested");

/** Types into a terminal; see chat-terminal.py. The hub answers meanwhile. */
function inTerminal(
  args: readonly string[],
  steps: readonly (readonly [string, string])[],
): Promise<string[]> {
  const driver = join(import.meta.dirname, "../e2e/chat-terminal.py");
  const command = [driver, JSON.stringify(steps), process.execPath, built.main, ...args];
  const env = { PATH: process.env.PATH, TERM: "xterm", NO_COLOR: "1", HOME: home, HF_ENDPOINT: hub.endpoint };
  const child = spawn("python3", command, { env, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (text) => {
    out += text;
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", () => done(JSON.parse(out) as string[]));
  });
}

describe("cria", () => {
  it("runs a reference: one line fetches, one line says what", async () => {
    const args = ["run", "hf:owner/tiny:Q8_0", "ab", "-n", "3", "-t", "0", "--threads", "1"];
    const first = await cria(args);
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/^owner\/tiny: Q8_0 \(as named\), /);
    const before = hub.requests.length;
    const again = await cria([...args, "--quiet"]);
    expect([again.code, again.stdout, again.stderr]).toEqual([0, first.stdout, ""]);
    expect(hub.requests.length).toBe(before);
  });

  it("pulls, lists, aliases, shows, converts, verifies and removes", async () => {
    const pulled = await cria(["pull", "hf:owner/tiny"]);
    expect([pulled.code, pulled.stderr]).toEqual([0, expect.stringMatching(/Q4_0 \(Q4_0 by default\)/)]);
    expect(pulled.stdout).toMatch(/fetched .*, verified\n$/);
    await cria(["cp", "hf:owner/tiny:Q4_0", "t"]);
    const { models } = JSON.parse((await cria(["list", "--json"])).stdout);
    expect(models).toMatchObject([{ reference: "hf:owner/tiny:Q4_0", aliases: ["t"], source: "hub" }]);
    expect((await cria(["list"])).stdout).toMatch(/^hf:owner\/tiny:Q4_0 .* t\n$/);
    expect((await cria(["show", "t"])).stdout).toMatch(/architecture/);
    expect((await cria(["tokenize", "t", "ab", "--count"])).code).toBe(0);
    const converted = await cria(["convert", "t", join(home, "out.gguf"), "--json"]);
    expect(converted.code).toBe(0);
    expect((await cria(["verify"])).stdout).toMatch(/^2 files, .*: 0 damaged\n$/);
    expect((await cria(["rm", "hf:owner/tiny"])).stdout).toMatch(
      /removed .*models--owner--tiny\n.* freed\n$/,
    );
    expect(JSON.parse((await cria(["list", "--json"])).stdout)).toEqual({ models: [] });
    expect((await cria(["prune", "--json"])).code).toBe(0);
  });

  it("prints events as JSON", async () => {
    const { stdout, stderr } = await cria(["pull", "hf:owner/tiny", "--json"]);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(stderr).toBe("");
    expect(events[0]).toMatchObject({ event: "progress", done: expect.any(Number) });
    expect(events.at(-1)).toMatchObject({ event: "result", reference: "hf:owner/tiny", license: "mit" });
  });

  it("shows a table of what fits without fetching it", async () => {
    const { stdout } = await cria(["pull", "hf:owner/tiny", "--dry-run", "-c", "64"]);
    expect(stdout).toMatch(/memory at 64 tokens/);
    expect(stdout).toMatch(/› +Q4_0 .* fits/);
    expect(stdout).toMatch(/Licence: mit/);
    expect(JSON.parse((await cria(["list", "--json"])).stdout).models).toEqual([]);
    const json = JSON.parse((await cria(["pull", "hf:owner/tiny", "--dry-run", "--json"])).stdout);
    expect(json.rows).toMatchObject([{ label: "Q4_0", chosen: true, fits: true }, { label: "Q8_0" }]);
  });

  it("tells in doctor where models are, and that there is a token", async () => {
    const { stdout } = await cria(["doctor"]);
    expect(stdout).toContain(join(home, "hf", "hub"));
    expect(stdout).toMatch(/^hub +http:\/\/127\.0\.0\.1:\d+, with a token$/m);
    const json = await cria(["doctor", "--json"], { env: { HF_HUB_OFFLINE: "1" } });
    expect(JSON.parse(json.stdout).store).toMatchObject({
      hasToken: true,
      offline: true,
      endpoint: hub.endpoint,
    });
    expect(stdout + json.stdout).not.toContain(TOKEN);
  });

  it("searches", async () => {
    expect((await cria(["search", "tiny"])).stdout).toMatch(/^hf:owner\/tiny +10 downloads +2026-01-02\n$/);
  });

  it("needs --accept-licence in scripts for licences that are not open", async () => {
    const files = { "m.Q4_0.gguf": model, "README.md": "---\nlicense: llama3\n---\n" };
    hub.add("meta/llama", { files });
    const refused = await cria(["pull", "hf:meta/llama"]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/--accept-licence/)]);
    expect((await cria(["pull", "hf:meta/llama", "--accept-licence"])).code).toBe(0);
    expect((await cria(["tokenize", "hf:meta/llama", "ab", "--count"])).code).toBe(0);
  });

  it.skipIf(!hasTerminals)("shows card and licence on a terminal and asks, once", async () => {
    const card = "---\nlicense: llama3.2\n---\n# A card\n";
    hub.add("meta/llama", { files: { "m.Q4_0.gguf": model, "README.md": card, "LICENSE.txt": "The terms" } });
    const pull = ["pull", "hf:meta/llama"];
    const [refused] = await inTerminal(pull, [
      ["", "[y/N]"],
      ["n\r", "accepted first"],
    ]);
    expect(refused).toMatch(/llama3\.2[\s\S]*# A card[\s\S]*The terms[\s\S]*Built with Llama/);
    const [, interrupted] = await inTerminal(pull, [
      ["", "[y/N]"],
      ["\u0003", "\n"],
    ]);
    expect(interrupted).not.toMatch(/verified|bug in Cria/);
    const [, accepted] = await inTerminal(pull, [
      ["", "[y/N]"],
      ["y\r", "verified"],
    ]);
    expect(accepted).toMatch(/verified/);
    const [again] = await inTerminal(pull, [["", "verified"]]);
    expect(again).not.toContain("[y/N]");
  });

  it("keeps what has arrived when it is interrupted, and never prints the token", async () => {
    hub.add("owner/big", { files: { "m.Q4_0.gguf": noise(8_000_000) } });
    hub.behaviour.bytesPerSecond = 2_000_000;
    const args = ["pull", "hf:owner/big", "--accept-licence"];
    const stopped = await cria(args, {
      onStart: (child) => {
        const timer = setInterval(() => {
          if (hub.sentBytes < 2_000_000) return;
          clearInterval(timer);
          child.kill("SIGINT");
        }, 10);
      },
    });
    expect(stopped.code).toBe(130);
    hub.behaviour.bytesPerSecond = undefined;
    const { stdout } = await cria([...args, "--json"]);
    const { receivedBytes } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect(receivedBytes).toBeLessThan(7_000_000);
    const missing = await cria(["pull", "hf:owner/none"], { env: { CRIA_DEBUG: "1" } });
    expect([missing.code, missing.stderr]).toEqual([6, expect.stringMatching(/no such repository/)]);
    for (const { stderr } of [stopped, missing]) expect(stderr).not.toContain(TOKEN);
  });

  it.each([
    ["owner/tiny", /write hf:owner\/tiny/],
    ["tiny:1b", /write ollama:tiny:1b/],
    [`magnet:?xt=urn:btih:${"0".repeat(40)}`, /not fetched.*cria pull/],
  ])("answers %s with what to write", async (name, message) => {
    const { code, stderr } = await cria(["run", name, "x"]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(message)]);
  });
});
