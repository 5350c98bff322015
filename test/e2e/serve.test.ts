/** `cria serve` as a process: a client over loopback, errors at the start, and an orderly end. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { writeTinyChatModel } from "../support/tiny-server.ts";
import { type BuiltPackage, buildPackage, ENVIRONMENT, runCria } from "./process.ts";

let built: BuiltPackage;
let folder: string;
let model: string;
beforeAll(() => {
  built = buildPackage();
  folder = mkdtempSync(join(tmpdir(), "cria-serve-"));
  model = join(folder, "tiny.gguf");
  writeTinyChatModel(model);
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Served {
  readonly url: string;
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
  log(): string;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

async function serve(...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [built.main, "serve", ...args, "--port", "0"], {
    env: ENVIRONMENT,
  });
  running.push(child);
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const code = new Promise<number | null>((resolve) => child.on("close", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
    void code.then(() => reject(new Error(`ended early: ${log}`)));
  });
  for (let i = 0; i < 500 && (await fetch(`${url}/health`)).status !== 200; i++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return { url, child, code, log: () => log };
}

const chat = (url: string, changes: object = {}, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({
      messages: [{ role: "user", content: "a secret" }],
      temperature: 0,
      ignore_eos: true,
      max_tokens: 5,
      ...changes,
    }),
  });

describe("cria serve", () => {
  it("answers at a loopback address, logs no text, and ends at SIGTERM after its last answer", async () => {
    const { url, child, code, log } = await serve(model, `second=${model}`, "--context", "4000");
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const models = await (await fetch(`${url}/v1/models`)).json();
    expect(models.data.map(({ id }: { id: string }) => id)).toEqual(["tiny", "second"]);
    expect((await (await chat(url, { model: "second" })).json()).usage.completion_tokens).toBe(5);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^llamacpp:tokens_predicted_total 5$/m);

    const long = await chat(url, { max_tokens: 1000, stream: true });
    child.kill("SIGTERM");
    const text = await long.text();
    expect(text).toMatch(/"finish_reason":"length"[\s\S]*data: \[DONE\]\n\n$/);
    expect(await code).toBe(0);
    expect(log()).not.toContain("secret");
    const records = log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(["ready", "request", "stopping", "stopped"]),
    );
    expect(records).toContainEqual(expect.objectContaining({ status: 200, model: "second", tokens: 5 }));
  });

  it("needs a key or --open to listen elsewhere", async () => {
    const refused = await runCria(built.main, ["serve", model, "--host", "0.0.0.0", "--port", "0"]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("--api-key-file");
    const keys = join(folder, "keys.txt");
    writeFileSync(keys, "# mine\nthis-is-a-long-key\n");
    const { url } = await serve(model, "--host", "0.0.0.0", "--api-key-file", keys);
    expect((await chat(url)).status).toBe(401);
    expect((await chat(url, {}, { authorization: "Bearer this-is-a-long-key" })).status).toBe(200);
  });

  it("names what is wrong before it listens", async () => {
    const missing = await runCria(built.main, ["serve", join(folder, "none.gguf")]);
    expect(missing).toMatchObject({ code: 3, stdout: "" });
    const twice = await runCria(built.main, ["serve", model, model]);
    expect(twice).toMatchObject({ code: 2, stdout: "" });
    expect(twice.stderr).toContain('two models "tiny"');
    const { url } = await serve(model);
    const port = new URL(url).port;
    const taken = await runCria(built.main, ["serve", model, "--port", port]);
    expect(taken).toMatchObject({ code: 2 });
    expect(taken.stderr).toContain("another program uses this port");
  });
});
