/** Benchmarked engines: Cria and node-llama-cpp, each in a child process, and llama-bench through its output. */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, DeviceError, RequestError } from "../base/errors.ts";
import type { Engine, Loaded, Rates, Workload } from "../measure/engine.ts";
import type { ChildMethods, Reply } from "./bench-child.ts";
import { llamaBenchFlags, runProgram } from "./bench-programs.ts";
import type { OptionValues } from "./values.ts";

const own = fileURLToPath(import.meta.url);

/** Path of a program of this folder, bundled or not. */
export const cliScript = (name: string): string => join(dirname(own), `../cli/${name}${extname(own)}`);

/** A child process whose methods are called one after another. */
export class BenchChild implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcess;
  #calls = 0;

  constructor(name: string) {
    this.#name = name;
    const script = cliScript("bench-child");
    // Results go to this process's standard output, so a child must not write there.
    this.#child = fork(script, [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  }

  call<Name extends keyof ChildMethods>(
    method: Name,
    ...args: Parameters<ChildMethods[Name]>
  ): Promise<Awaited<ReturnType<ChildMethods[Name]>>> {
    const id = this.#calls++;
    const child = this.#child;
    return new Promise((done, fail) => {
      const finish = (settle: () => void) => {
        child.off("message", onMessage).off("exit", onExit).off("error", onExit);
        settle();
      };
      const onMessage = (reply: Reply) => {
        if (reply.id !== id) return;
        if ("error" in reply) finish(() => fail(this.#error(reply.error)));
        else finish(() => done(reply.value as Awaited<ReturnType<ChildMethods[Name]>>));
      };
      const onExit = (how: unknown) => finish(() => fail(this.#error(`its process ended (${String(how)})`)));
      child.on("message", onMessage).on("exit", onExit).on("error", onExit);
      child.send({ id, method, args }, (error) => {
        if (error !== null) finish(() => fail(this.#error(error.message)));
      });
    });
  }

  #error(found: string): DeviceError {
    return new DeviceError({ doing: `measure ${this.#name}`, found });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((done) => this.#child.once("exit", done));
    this.#child.disconnect();
    await exited;
  }
}

type Start = (child: BenchChild) => Promise<Omit<Loaded, "firstTokenSeconds">>;

/** An engine in one child process, which `load` starts. */
export class ChildEngine implements Engine {
  readonly name: string;
  readonly #start: Start;
  readonly #workload: Workload;
  #child: BenchChild | undefined;

  constructor(name: string, workload: Workload, start: Start) {
    this.name = name;
    this.#workload = workload;
    this.#start = start;
  }

  /** The engine's process, after `load`. */
  get child(): BenchChild {
    assert(this.#child !== undefined, `${this.name} is not loaded`);
    return this.#child;
  }

  async load(): Promise<Loaded> {
    const from = performance.now();
    this.#child = new BenchChild(this.name);
    const loaded = await this.#start(this.#child);
    return { ...loaded, firstTokenSeconds: (performance.now() - from) / 1000 };
  }

  measure(): Promise<Rates> {
    return this.child.call("measure", this.#workload);
  }
  peakBytes(): Promise<number> {
    return this.child.call("peakBytes");
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
  }
}

interface LlamaBenchRow {
  readonly n_prompt: number;
  readonly n_gen: number;
  readonly avg_ts: number;
  readonly build_commit: string;
  readonly build_number: number;
  readonly cpu_info: string;
}

/** llama.cpp's own benchmark, or that of ik_llama.cpp: each call loads the model, warms up and measures. */
export class LlamaBench implements Engine {
  readonly name = "llama.cpp";
  readonly #program: string;
  readonly #model: string;
  readonly #workload: Workload;
  #peak = 0;
  #flags: ReturnType<typeof llamaBenchFlags> | undefined;

  constructor(program: string, model: string, workload: Workload) {
    this.#program = program;
    this.#model = model;
    this.#workload = workload;
  }

  /** Starts the program at the first call only. */
  #help(): ReturnType<typeof llamaBenchFlags> {
    this.#flags ??= llamaBenchFlags(this.#program);
    return this.#flags;
  }

  async #run(args: readonly (string | number)[]): Promise<LlamaBenchRow[]> {
    const { common } = await this.#help();
    const { threads } = this.#workload;
    const all = [...common({ model: this.#model, threads }), "-ngl", 0, ...args];
    const { stdout, peakBytes = 0 } = await runProgram(this.#program, all);
    this.#peak = Math.max(this.#peak, peakBytes);
    return JSON.parse(stdout) as LlamaBenchRow[];
  }

  async load(): Promise<Loaded> {
    const { withoutWarmup } = await this.#help();
    const from = performance.now();
    const [row] = await this.#run(["-p", 1, "-n", 0, ...withoutWarmup]);
    return {
      description: `llama.cpp ${row.build_commit} (build ${row.build_number})`,
      loadSeconds: undefined,
      firstTokenSeconds: (performance.now() - from) / 1000,
    };
  }

  async measure(): Promise<Rates> {
    const { prompt, generate } = this.#workload;
    const rows = await this.#run(["-p", prompt, "-n", generate]);
    const rate = (row: LlamaBenchRow | undefined) => row?.avg_ts ?? Number.NaN;
    return {
      promptTokensPerSecond: rate(rows.find(({ n_prompt }) => n_prompt > 0)),
      generationTokensPerSecond: rate(rows.find(({ n_gen }) => n_gen > 0)),
    };
  }

  async peakBytes(): Promise<number | undefined> {
    return this.#peak === 0 ? undefined : this.#peak;
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Finds node-llama-cpp: here or in a parent folder, or in Cria's private package of peers. */
function nodeLlamaCpp(): string {
  const bench = join(dirname(own), "../../bench");
  for (let folder = process.cwd(), last = ""; folder !== last; last = folder, folder = dirname(folder)) {
    const found = join(folder, "node_modules/node-llama-cpp");
    if (existsSync(found)) return found;
  }
  const found = join(bench, "node_modules/node-llama-cpp");
  if (existsSync(found)) return found;
  throw new RequestError({
    doing: "compare with node-llama-cpp",
    found: "it is not installed here",
    fix: "npm install node-llama-cpp in this folder, or npm install in Cria's bench/",
  });
}

/** The engine of `--vs`, where only one can be compared. */
export function onePeer({ vs = [] }: Pick<OptionValues, "vs">): string | undefined {
  if (vs.length <= 1) return vs[0];
  throw new RequestError({
    doing: "compare with other engines",
    expected: "one --vs, or --cold",
    found: `${vs.length}`,
  });
}

/** The engine that `--vs` names. @throws RequestError if there is none. */
export function peerEngine(versus: string, model: string, workload: Workload): Engine {
  if (versus === "node-llama-cpp") {
    const folder = nodeLlamaCpp();
    return new ChildEngine(versus, workload, (child) =>
      child.call("loadNodeLlamaCpp", folder, resolve(model), workload),
    );
  }
  if (existsSync(versus)) return new LlamaBench(resolve(versus), model, workload);
  throw new RequestError({
    doing: "compare with another engine",
    expected: "--vs node-llama-cpp or the path of llama-bench",
    found: versus,
  });
}
