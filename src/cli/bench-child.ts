/** The child process of `BenchChild`: holds one engine and answers calls received as messages. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type LoadOptions, load } from "../library/load.ts";
import type { Model } from "../library/model.ts";
import type { Ceilings } from "../measure/ceilings.ts";
import type { Loaded, Rates, Workload } from "../measure/engine.ts";
import { hugePageRead, nativeCeilings } from "../measure/native-ceilings.ts";
import { promptTokens } from "../measure/workload.ts";
import { platform } from "../platform/node.ts";
import { trainingMethods } from "./bench-train-child.ts";

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/** An engine inside this process. */
interface Subject {
  /** Seconds to compute the logits after a prompt of `tokens` tokens, without a cache. */
  prompt(tokens: number): Promise<number>;
  /** Seconds for `tokens` steps of one token each, after a prompt of one token. */
  generate(tokens: number): Promise<number>;
}

let subject: Subject | undefined;
let model: Model | undefined;

const seconds = (from: number): number => (performance.now() - from) / 1000;

function criaSubject(of: Model): Subject {
  const { vocabSize } = of.config;
  // Runs repeat the same prompt: each run must compute it.
  const options = { temperature: 0, ignoreEos: true, seed: 1, cachePrompt: false };
  const run = async (prompt: number, maxTokens: number) =>
    (await of.generate(promptTokens(prompt, vocabSize), { ...options, maxTokens }).result()).timings;
  return {
    prompt: async (tokens) => (await run(tokens, 1)).promptSeconds,
    generate: async (tokens) => (await run(1, tokens + 1)).generationSeconds,
  };
}

/** The part of node-llama-cpp's API that is used. */
interface PeerSequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  evaluate(tokens: readonly number[], options: object): AsyncGenerator<number, void, void>;
}
interface PeerModule {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{
      createContext(options: object): Promise<{ getSequence(): PeerSequence }>;
      readonly tokens: { readonly bos: number };
    }>;
  }>;
}

function peerSubject(sequence: PeerSequence, vocabSize: number): Subject {
  const generate = async (tokens: number): Promise<number> => {
    await sequence.clearHistory();
    const options = { temperature: 0, yieldEogToken: true };
    let left = tokens;
    let from = 0;
    for await (const _ of sequence.evaluate(promptTokens(1, vocabSize), options)) {
      // The first token comes with the prompt.
      if (from === 0) from = performance.now();
      else if (--left === 0) break;
    }
    return seconds(from);
  };
  return {
    generate,
    async prompt(tokens) {
      await sequence.clearHistory();
      const from = performance.now();
      await sequence.evaluateWithoutGeneratingNewTokens(promptTokens(tokens, vocabSize));
      return seconds(from);
    },
  };
}

const methods = {
  ...trainingMethods,

  async loadCria(path: string, options: LoadOptions): Promise<Omit<Loaded, "firstTokenSeconds">> {
    const from = performance.now();
    model = await load(path, options);
    const loadSeconds = seconds(from);
    subject = criaSubject(model);
    await subject.prompt(1);
    const { name, description } = model.backend;
    return { description: `${name}: ${description}`, loadSeconds };
  },

  async backendName(): Promise<string> {
    return model?.backend.name ?? "";
  },

  async loadNodeLlamaCpp(
    folder: string,
    path: string,
    { prompt, generate, threads, vocabSize }: Workload,
  ): Promise<Omit<Loaded, "firstTokenSeconds">> {
    const { main, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      main: string;
      version: string;
    };
    const { getLlama } = (await import(pathToFileURL(join(folder, main)).href)) as PeerModule;
    const llama = await getLlama({ gpu: false, logLevel: "error", maxThreads: threads });
    const from = performance.now();
    const loaded = await llama.loadModel({ modelPath: path });
    const contextSize = prompt + generate + 8;
    const context = await loaded.createContext({ contextSize, batchSize: prompt, threads });
    const loadSeconds = seconds(from);
    subject = peerSubject(context.getSequence(), vocabSize);
    await subject.prompt(1);
    return { description: `node-llama-cpp ${version}`, loadSeconds };
  },

  async measure({ prompt, generate }: Workload): Promise<Rates> {
    if (subject === undefined) throw new Error("nothing is loaded");
    await subject.prompt(prompt);
    const promptTokensPerSecond = prompt / (await subject.prompt(prompt));
    await subject.generate(Math.min(4, generate));
    return {
      promptTokensPerSecond,
      generationTokensPerSecond: generate / (await subject.generate(generate)),
    };
  },

  /** One row of logits after each token. */
  async logits(tokens: readonly number[]): Promise<Float32Array[]> {
    if (model === undefined) throw new Error("no model is loaded");
    return model.logits(tokens);
  },

  async ceilings(backend: string, threads: number): Promise<Ceilings | undefined> {
    return nativeCeilings(platform, backend, threads);
  },

  async hugePageRead(threads: number): Promise<number> {
    return hugePageRead(platform, threads);
  },

  async peakBytes(): Promise<number> {
    return process.resourceUsage().maxRSS * 1024;
  },
};

export type ChildMethods = typeof methods;

interface Call {
  readonly id: number;
  readonly method: keyof ChildMethods;
  readonly args: readonly unknown[];
}

process.on("disconnect", () => process.exit(0));
process.on("message", async ({ id, method, args }: Call) => {
  let reply: Reply;
  try {
    const value = await (methods[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    reply = { id, value };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(reply);
});
