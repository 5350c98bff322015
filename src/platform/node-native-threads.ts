/**
 * Threads for generated code under Node: workers that sleep on a shared cell until there is a call, and a main
 * thread that is told when the last of them is done. No JavaScript object is made per call, and nothing keeps the
 * process alive while no call runs.
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { assert, DeviceError } from "../base/errors.ts";
import type { NativeThreads } from "./native.ts";
import { SPREAD_SOURCE } from "./node-spread-threads.ts";

/** Cells of the shared control block. */
const CELL = { generation: 0, finished: 1, completed: 2, quit: 3 } as const;

/**
 * What a worker runs: plain JavaScript, since it is started from text and so needs no file of its own. `load` comes
 * first: calling a raw address in a thread where koffi has not loaded anything ends the process.
 */
const WORKER_SOURCE = `${SPREAD_SOURCE}
const { workerData } = require("node:worker_threads");
const { koffi: koffiPath, control: controlBuffer, calls: callsBuffer, seats, index, count } = workerData;
const koffi = require(koffiPath);
const { arrive, leave } = spreading(koffi.load(null), new Int32Array(seats), index);
const prototype = koffi.proto("void (int64_t block)");
const control = new Int32Array(controlBuffer);
const calls = new BigInt64Array(callsBuffer);
const functions = new Map();
for (let seen = 0; ; ) {
  Atomics.wait(control, ${CELL.generation}, seen);
  if (Atomics.load(control, ${CELL.quit}) !== 0) break;
  seen = Atomics.load(control, ${CELL.generation});
  const address = calls[0];
  let call = functions.get(address);
  if (call === undefined) functions.set(address, (call = koffi.decode(address, prototype)));
  arrive();
  call(calls[1 + index]);
  leave();
  if (Atomics.add(control, ${CELL.finished}, 1) + 1 === count) {
    Atomics.store(control, ${CELL.completed}, seen);
    Atomics.notify(control, ${CELL.completed});
  }
}
`;

/**
 * What stops each call that runs. When the process ends, workers are ended wherever they are, but not inside machine
 * code: one that waits there for another that is gone would hold the process for ever.
 */
const stops = new Set<() => void>();
process.on("exit", () => {
  for (const stop of stops) stop();
});

type WaitAsync = (
  cells: Int32Array,
  index: number,
  value: number,
) => { readonly async: boolean; readonly value: Promise<string> | string };

class WorkerThreads {
  readonly count: number;
  readonly #control = new Int32Array(new SharedArrayBuffer(16));
  readonly #calls: BigInt64Array<SharedArrayBuffer>;
  readonly #workers: Worker[];
  #error: DeviceError | undefined;
  /** Rejects the call that runs. */
  #interrupt: ((error: DeviceError) => void) | undefined;

  constructor(count: number, koffi: string) {
    this.count = count;
    this.#calls = new BigInt64Array(new SharedArrayBuffer(8 * (1 + count)));
    const seats = new SharedArrayBuffer(4 * count);
    const shared = { koffi, control: this.#control.buffer, calls: this.#calls.buffer, seats, count };
    this.#workers = Array.from({ length: count }, (_, index) => {
      const worker = new Worker(WORKER_SOURCE, { eval: true, workerData: { ...shared, index } });
      worker.unref();
      return worker;
    });
    for (const worker of this.#workers) {
      worker.once("error", (cause) => {
        this.#error = new DeviceError({ doing: "run a thread", found: String(cause), cause });
        this.#interrupt?.(this.#error);
      });
    }
  }

  /** True when a thread has died: the others would wait for it for ever. */
  get hasFailed(): boolean {
    return this.#error !== undefined;
  }

  async run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void> {
    assert(this.#interrupt === undefined, "two calls of the same threads overlap");
    assert(blocks.length === this.count, `${this.count} threads need as many blocks`);
    if (this.#error !== undefined) throw this.#error;
    for (const worker of this.#workers) worker.ref();
    if (stop !== undefined) stops.add(stop);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#interrupt = reject;
        this.#start(address, blocks).then(resolve, reject);
      });
    } finally {
      if (stop !== undefined) stops.delete(stop);
      for (const worker of this.#workers) worker.unref();
      this.#interrupt = undefined;
    }
  }

  async #start(address: bigint, blocks: readonly bigint[]): Promise<void> {
    this.#calls[0] = address;
    for (let i = 0; i < blocks.length; i++) this.#calls[1 + i] = blocks[i];
    this.#control[CELL.finished] = 0;
    const generation = (Atomics.add(this.#control, CELL.generation, 1) + 1) | 0;
    Atomics.notify(this.#control, CELL.generation);
    const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };
    // Looks again after every notification: that of the call before may come late.
    for (;;) {
      const completed = Atomics.load(this.#control, CELL.completed);
      if (completed === generation) return;
      const result = waitAsync(this.#control, CELL.completed, completed);
      if (result.async) await result.value;
    }
  }

  dispose(): void {
    Atomics.store(this.#control, CELL.quit, 1);
    Atomics.add(this.#control, CELL.generation, 1);
    Atomics.notify(this.#control, CELL.generation);
  }
}

/**
 * Threads of backends that are gone, kept for a while for the next one: starting a worker takes its time, and one
 * that has loaded koffi leaves some 50 KiB of the process behind when it ends.
 */
const idle = new Map<WorkerThreads, NodeJS.Timeout>();
const LINGER_MS = 2000;

function takeThreads(count: number): WorkerThreads {
  for (const [threads, timer] of idle) {
    if (threads.count !== count) continue;
    clearTimeout(timer);
    idle.delete(threads);
    return threads;
  }
  return new WorkerThreads(count, createRequire(import.meta.url).resolve("koffi"));
}

function giveBackThreads(threads: WorkerThreads): void {
  const end = (): void => {
    idle.delete(threads);
    threads.dispose();
  };
  if (threads.hasFailed) end();
  else idle.set(threads, setTimeout(end, LINGER_MS).unref());
}

/** Threads lent to one backend. */
class LentThreads implements NativeThreads {
  readonly count: number;
  readonly exited: Promise<void>;
  readonly #threads: WorkerThreads;
  #running: Promise<void> = Promise.resolve();
  #left: (() => void) | undefined;

  constructor(threads: WorkerThreads) {
    this.count = threads.count;
    this.#threads = threads;
    this.exited = new Promise((resolve) => {
      this.#left = resolve;
    });
  }

  run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void> {
    assert(this.#left !== undefined, "threads that were given back are called");
    this.#running = this.#threads.run(address, blocks, stop);
    return this.#running;
  }

  dispose(): void {
    const left = this.#left;
    if (left === undefined) return;
    this.#left = undefined;
    const leave = (): void => {
      giveBackThreads(this.#threads);
      left();
    };
    this.#running.then(leave, leave);
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Lends threads. Call `openNative` first: it says whether this machine can run generated code. */
export function startNativeThreads(count: number): NativeThreads {
  return new LentThreads(takeThreads(count));
}
