/** Fuzzes one target: passes ranges of cases to a worker thread and checks that it makes progress. */
import { Worker } from "node:worker_threads";
import type { Stages } from "./check.ts";
import { mutatedCase } from "./mutate.ts";
import type { Target } from "./targets.ts";
import type { Message, Work } from "./worker.ts";

export interface Failure {
  readonly target: string;
  readonly index: number;
  readonly reason: string;
  /** The file that caused the failure. */
  readonly bytes: Uint8Array;
}

export interface Report {
  readonly target: string;
  readonly cases: number;
  /** "read", "refused FORMAT" … and their counts. */
  readonly counts: Readonly<Record<string, number>>;
  /** Number of cases that reached each stage, in the order of the first reach. */
  readonly stages: Readonly<Stages>;
  readonly failures: readonly Failure[];
  readonly millis: number;
}

export interface RunOptions {
  readonly cases: number;
  /** Below 2^32. */
  readonly seed: number;
  /** Time limit in milliseconds, checked between batches. */
  readonly maxMillis?: number;
  /** Cases of one thread. Default 2000: starting a thread takes seconds, but its memory grows with the cases. */
  readonly batchCases?: number;
  /** A case that takes longer hangs. Generous by default, for busy machines; most cases take 1 ms. */
  readonly hangMillis?: number;
}

const NOT_STARTED = -1;
const BATCH_CASES = 2000;
const DEFAULT_HANG_MILLIS = 10_000;
const START_MILLIS = 120_000;
const MAX_FAILURES = 10;

export async function fuzz(
  target: Target,
  { cases, seed, maxMillis, batchCases = BATCH_CASES, hangMillis = DEFAULT_HANG_MILLIS }: RunOptions,
): Promise<Report> {
  const start = performance.now();
  const seeds = target.seeds();
  const counts: Record<string, number> = {};
  const stages: Stages = {};
  const failures: Failure[] = [];
  let next = 0;
  while (next < cases && failures.length < MAX_FAILURES) {
    if (maxMillis !== undefined && performance.now() - start > maxMillis) break;
    const batch = await runBatch(
      { target: target.name, seed, from: next, to: Math.min(next + batchCases, cases) },
      hangMillis,
    );
    addTo(counts, batch.counts);
    addTo(stages, batch.stages);
    for (const { index, reason } of batch.failures) {
      const mutated = mutatedCase(seeds, seed, index, target.head);
      failures.push({ target: target.name, index, reason, bytes: target.repair?.(mutated) ?? mutated });
    }
    next = batch.next;
  }
  return { target: target.name, cases: next, counts, stages, failures, millis: performance.now() - start };
}

function addTo(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(more)) sums[key] = (sums[key] ?? 0) + count;
}

/** Node 20 cannot run TypeScript, and tsx must be registered explicitly in threads. */
const START_WORKER = `
  import("tsx/esm/api").then(({ register }) => {
    register();
    return import(${JSON.stringify(new URL("./worker.ts", import.meta.url).href)});
  });`;

interface Batch {
  readonly counts: Record<string, number>;
  readonly stages: Stages;
  readonly failures: { readonly index: number; readonly reason: string }[];
  /** The first case that was not run. */
  readonly next: number;
}

/** Runs cases until the end, or to the first that hangs or kills the thread. */
function runBatch(range: Omit<Work, "progress">, hangMillis: number): Promise<Batch> {
  const progress = new SharedArrayBuffer(4);
  const current = new Int32Array(progress);
  Atomics.store(current, 0, NOT_STARTED);
  const failures: Batch["failures"] = [];
  const worker = new Worker(START_WORKER, {
    eval: true,
    workerData: { ...range, progress } satisfies Work,
    execArgv: ["--conditions=cria-source"],
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  return new Promise((resolve, reject) => {
    let done: Pick<Batch, "counts" | "stages"> | undefined;
    const stop = (reason: string) => {
      clearInterval(watch);
      worker.removeAllListeners();
      worker.on("error", () => {});
      const index = Atomics.load(current, 0);
      if (index === NOT_STARTED) return reject(new Error(`the fuzzing thread did not start: ${reason}`));
      failures.push({ index, reason });
      void worker.terminate().then(() => resolve({ counts: {}, stages: {}, failures, next: index + 1 }));
    };
    const watch = watchProgress(current, hangMillis, () => stop(`did not end within ${hangMillis} ms`));
    worker.on("message", (message: Message) => {
      if (message.kind === "failure") failures.push(message);
      else done = message;
    });
    worker.on("error", (error) => stop(`the thread died: ${error.message}`));
    worker.on("exit", (code) => {
      if (done === undefined) return stop(`the thread ended with code ${code}`);
      clearInterval(watch);
      resolve({ counts: done.counts, stages: done.stages, failures, next: range.to });
    });
  });
}

/** Calls back if the number does not change for `hangMillis`. */
function watchProgress(current: Int32Array, hangMillis: number, hangs: () => void): NodeJS.Timeout {
  let seen: number = NOT_STARTED;
  let since = performance.now() + START_MILLIS;
  return setInterval(() => {
    const index = Atomics.load(current, 0);
    if (index !== seen) {
      seen = index;
      since = performance.now();
    } else if (performance.now() - since > hangMillis) hangs();
  }, 100);
}
