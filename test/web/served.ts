/** `cria serve` as a process, with the chat page, and a browser that looks at it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { chromiumArguments, chromiumPath } from "../browser/chromium.ts";
import { type BuiltPackage, buildPackage, ENVIRONMENT } from "../e2e/process.ts";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { writeTinyChatModel } from "../support/tiny-server.ts";
import { type SlowProxy, slowProxy } from "./slow-proxy.ts";

/** Milliseconds that anything may take on a busy machine. */
export const PATIENCE = Number(process.env.CRIA_PATIENCE ?? 60_000);

export interface ServedPage extends AsyncDisposable {
  readonly url: string;
  readonly browser: Browser;
  /** Through it the page reaches the server. */
  readonly proxy: SlowProxy;
  readonly built: BuiltPackage;
  /** A page in a fresh profile. Errors of the page fail the test through `faults`. */
  open(options?: Parameters<Browser["newContext"]>[0] & { readonly at?: string }): Promise<OpenedPage>;
  /** Ends the server at once, as a crash does. */
  kill(): Promise<void>;
  readonly isKilled: boolean;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
}

export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page reported as errors, and requests to other origins. */
  readonly faults: string[];
}

/**
 * Serves "tiny", which chats, and "plain", which continues texts.
 * @param args of `cria serve`, after the models' paths.
 * @param environment of its process, besides what every process needs.
 */
export async function servedPage(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<ServedPage> {
  const folder = mkdtempSync(join(tmpdir(), "cria-web-"));
  const model = join(folder, "tiny.gguf");
  writeTinyChatModel(model, true);
  const plain = join(folder, "plain.gguf");
  writeTinyGguf(plain, tinyConfig({ vocabSize: 300, maxSeqLen: 512 }));
  const built = buildPackage(true);
  let child: ChildProcess | undefined;
  const start = async (port: string): Promise<string> => {
    const command = [
      built.main,
      "serve",
      model,
      plain,
      "--threads",
      "1",
      "--context",
      "1024",
      "--port",
      port,
      ...args,
    ];
    const started = spawn(process.execPath, command, { env: { ...ENVIRONMENT, ...environment } });
    child = started;
    let log = "";
    started.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    return new Promise((resolve, reject) => {
      started.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
      started.once("close", () => reject(new Error(`the server ended: ${log}`)));
    });
  };
  const kill = async (): Promise<void> => {
    const ended = child;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    const closed = new Promise((resolve) => ended.once("close", resolve));
    ended.kill("SIGKILL");
    await closed;
    proxy.cut();
  };
  const direct = await start("0");
  const proxy = await slowProxy(() => Number(new URL(direct).port));
  const { url } = proxy;
  const browser = await chromium.launch({
    executablePath: chromiumPath as string,
    args: [...chromiumArguments],
  });
  return {
    url,
    browser,
    built,
    proxy,
    kill,
    get isKilled() {
      return child?.signalCode !== null;
    },
    restart: async () => void (await start(new URL(direct).port)),
    async open({ at = "/", ...options } = {}) {
      const context = await browser.newContext({
        permissions: ["clipboard-read", "clipboard-write"],
        ...options,
      });
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("console", (message) => {
        if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
      });
      page.on("request", (request) => {
        const asked = new URL(request.url());
        if (/^https?:$/.test(asked.protocol) && asked.origin !== url)
          faults.push(`a request to ${asked.origin}`);
      });
      await page.goto(`${url}${at}`);
      await page.locator("#composer, .models-view").first().waitFor();
      return { page, context, faults };
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await proxy[Symbol.asyncDispose]();
      await kill();
      built[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
