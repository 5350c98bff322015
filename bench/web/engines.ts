/**
 * Engines inside a page of Chromium: the chat page's own, wllama's, and for comparison Cria's WebAssembly under Node. All
 * get the same file from the same host and the same questions.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, normalize } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { load } from "../../src/library/load.ts";
import { chromiumArguments, chromiumPath } from "../../test/browser/chromium.ts";
import { type CountingHost, countingHost } from "./host.ts";
import { type Task, type Visit, visitCria, visitWllama } from "./in-page.ts";

/** All tell different stories, so that no answer finds its prompt in a cache. */
const PROMPTS = ["Once upon a time there was a llama", "One day a small cloud", "The old shepherd had a dog"];

export interface EngineFigures {
  readonly engine: string;
  readonly threads: string;
  /** Fetched, kept and opened, by an empty browser. */
  readonly loadMs?: number;
  /** The next visit. */
  readonly loadAgainMs?: number;
  /** Of the first question after the second load. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  /** Most memory that the page's process had at once, in MB. */
  readonly peakMb?: number;
  readonly codeBytes?: number;
  readonly modelBytes?: number;
  /** Bytes that the second visit fetched. */
  readonly againBytes?: number;
  readonly text: string;
}

export interface EngineOptions {
  readonly model: string;
  readonly tokens: number;
  readonly context: number;
  /** Folder of the package @wllama/wllama; undefined leaves it out. */
  readonly wllama: string | undefined;
  /** wllama is measured once with each number of threads. */
  readonly wllamaThreads: readonly number[];
  /** Folder of the built package. */
  readonly built: string;
}

/** Figures as they come. */
export async function* measureEngines(options: EngineOptions): AsyncGenerator<EngineFigures> {
  const { model, tokens, context, wllama, wllamaThreads, built } = options;
  const web = join(built, "dist/web");
  const script = readdirSync(web).find((name) => /^worker-.*\.js$/.test(name));
  if (script === undefined) throw new Error(`there is no engine in ${web}; build the package first`);
  const roots: Readonly<Record<string, string | undefined>> = {
    cria: web,
    wllama: wllama && join(wllama, "esm"),
  };
  await using host = await countingHost((path) => {
    if (path === `/${basename(model)}`) return model;
    const [, root = "", name = ""] = /^\/(\w+)\/(.+)$/.exec(normalize(path)) ?? [];
    return roots[root] === undefined ? undefined : join(roots[root], name);
  });
  const task = (path: string, threads?: number): Task => ({
    model: `${host.url}/${basename(model)}`,
    script: `${host.url}/${path}`,
    prompts: PROMPTS,
    tokens,
    context,
    ...(threads === undefined ? {} : { threads }),
  });
  yield await visits("cria", host, visitCria, task(`cria/${script}`));
  if (wllama !== undefined) {
    const { version } = JSON.parse(readFileSync(join(wllama, "package.json"), "utf8"));
    for (const threads of wllamaThreads) {
      const name = `wllama ${version}`;
      yield await visits(name, host, visitWllama, task("wllama/index.min.js", threads));
    }
  }
  yield await underNode(model, tokens);
}

/** Two visits by a browser of its own: an empty one, and one that has kept what it got. A visit before fills the host's caches. */
async function visits(
  engine: string,
  host: CountingHost,
  visit: (task: Task) => Promise<Visit>,
  task: Task,
): Promise<EngineFigures> {
  const server = await chromium.launchServer({
    executablePath: chromiumPath as string,
    args: [...chromiumArguments],
  });
  try {
    const browser = await chromium.connect(server.wsEndpoint());
    const process = server.process().pid as number;
    const look = (context: BrowserContext) => run(context, host, process, visit, task);
    await look(await browser.newContext());
    const context = await browser.newContext();
    host.sent();
    const first = await look(context);
    const { model: modelBytes, code: codeBytes } = host.sent();
    const second = await look(context);
    const again = host.sent();
    return {
      engine,
      threads: second.threads,
      loadMs: Math.round(first.loadMs),
      loadAgainMs: Math.round(second.loadMs),
      ...rates(second.tokenMs),
      peakMb: second.peakMb,
      codeBytes,
      modelBytes,
      againBytes: again.model + again.code,
      text: second.text,
    };
  } finally {
    await server.close();
  }
}

async function run(
  context: BrowserContext,
  { url }: CountingHost,
  process: number,
  visit: (task: Task) => Promise<Visit>,
  task: Task,
): Promise<Visit & { readonly peakMb: number }> {
  const page = await context.newPage();
  // tsx wraps named functions in this.
  await page.addInitScript("globalThis.__name = (made) => made");
  // The page of an engine is an empty one: 404 with the headers that isolate it.
  await page.goto(`${url}/`);
  try {
    return { ...(await page.evaluate(visit, task)), peakMb: peakOfRenderers(process) };
  } finally {
    await page.close();
  }
}

function rates(tokenMs: readonly (readonly number[])[]): { firstTokenMs: number; tokensPerSecond: number } {
  const speeds = tokenMs
    .map((times) => (1000 * (times.length - 1)) / ((times.at(-1) as number) - times[0]))
    .sort((a, b) => a - b);
  return {
    firstTokenMs: Math.round(tokenMs[0][0]),
    tokensPerSecond: Number(speeds[Math.floor(speeds.length / 2)].toFixed(1)),
  };
}

/** Most resident megabytes of a renderer below this process, as Linux counts them. */
function peakOfRenderers(browser: number): number {
  const processes = readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      const [, parent] = /^PPid:\s*(\d+)/m.exec(status) ?? [];
      const [, peak = "0"] = /^VmHWM:\s*(\d+)/m.exec(status) ?? [];
      return [{ id: Number(name), parent: Number(parent), peakKb: Number(peak) }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  const isBelow = (id: number): boolean => {
    const parent = processes.find((each) => each.id === id)?.parent;
    return parent !== undefined && parent !== 0 && (parent === browser || isBelow(parent));
  };
  const renderers = processes.filter(
    ({ id }) => isBelow(id) && readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--type=renderer"),
  );
  return Math.round(Math.max(0, ...renderers.map(({ peakKb }) => peakKb)) / 1024);
}

async function underNode(path: string, tokens: number): Promise<EngineFigures> {
  await using model = await load(path, { backend: "wasm", parallel: 1 });
  const tokenMs: number[][] = [];
  let text = "";
  for (const prompt of PROMPTS) {
    const times: number[] = [];
    const asked = performance.now();
    for await (const token of model.generate(prompt, { temperature: 0, maxTokens: tokens }).tokens()) {
      times.push(performance.now() - asked);
      if (tokenMs.length === 0) text += token.text;
    }
    tokenMs.push(times);
  }
  return { engine: "cria under Node", threads: model.backend.description, ...rates(tokenMs), text };
}
