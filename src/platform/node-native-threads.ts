/**
 * Threads for generated code in Node: workers sleep on a shared cell until there is a call, and the main
 * thread is notified when the last of them is done. Calls create no JavaScript objects, and nothing keeps the
 * process alive between calls.
 */

import { Worker } from "node:worker_threads";
import { DISPOSE } from "../base/dispose.ts";
import { assert, DeviceError } from "../base/errors.ts";
import type { NativeThreads } from "./native.ts";
import { resolveHere } from "./node-place.ts";
import { SPREAD_SOURCE } from "./node-spread-threads.ts";
import { computeTurns } from "./turns.ts";

/**
 * Cells of the shared control block. The call's number and its number of threads are one word, so that a
 * worker that wakes late, for a call that does not include it, cannot confuse it with the next one.
 */
const CELL = { call: 0, finished: 1, completed: 2, quit: 3, loaded: 4 } as const;
const CELLS = Object.keys(CELL).length;
/** The address, followed by a block for each thread. */
const ADDRESS = 0;
const BLOCKS = 1;

/** The limit of `chooseBackend`. */
const MAX_THREADS = 1024;
const COUNT_BITS = 11;
const COUNT_MASK = (1 << COUNT_BITS) - 1;

/**
 * The code of a worker: plain JavaScript, since it is started from text and so needs no separate file. `load`
 * comes first: calling a raw address in a thread where koffi has not loaded anything crashes the process.
 */
const WORKER_SOURCE = `${SPREAD_SOURCE}
const { workerData } = require("node:worker_threads");
const { koffi: koffiPath, control: controlBuffer, calls: callsBuffer, seats, index, seen: before } = workerData;
const koffi = require(koffiPath);
const { arrive, leave } = spreading(koffi.load(null), new Int32Array(seats), index);
const prototype = koffi.proto("void (int64_t block)");
const control = new Int32Array(controlBuffer);
const calls = new BigInt64Array(callsBuffer);
const functions = new Map();
Atomics.add(control, ${CELL.loaded}, 1);
Atomics.notify(control, ${CELL.loaded});
for (let seen = before; ; ) {
  Atomics.wait(control, ${CELL.call}, seen);
  if (Atomics.load(control, ${CELL.quit}) !== 0) break;
  seen = Atomics.load(control, ${CELL.call});
  const count = seen & ${COUNT_MASK};
  if (index >= count) continue;
  const address = calls[${ADDRESS}];
  let call = functions.get(address);
  if (call === undefined) functions.set(address, (call = koffi.decode(address, prototype)));
  arrive(count);
  call(calls[${BLOCKS} + index]);
  leave();
  if (Atomics.add(control, ${CELL.finished}, 1) + 1 === count) {
    Atomics.store(control, ${CELL.completed}, seen);
    Atomics.notify(control, ${CELL.completed});
  }
}
`;

/**
 * Functions that stop running calls. When the process ends, workers are terminated everywhere except inside
 * machine code: a worker that waits there for a terminated one would keep the process alive forever.
 */
const stops = new Set<() => void>();
process.on("exit", () => {
  for (const stop of stops) stop();
  pool?.settle();
});

type WaitAsync = (
  cells: Int32Array,
  index: number,
  value: number,
) => { readonly async: boolean; readonly value: Promise<string> | string };

/** Workers that run one call at a time; a call may use fewer than all of them. */
class ThreadPool {
  readonly #koffi = resolveHere("koffi");
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * CELLS));
  readonly #calls = new BigInt64Array(new SharedArrayBuffer(8 * (BLOCKS + MAX_THREADS)));
  readonly #seats = new SharedArrayBuffer(4 * MAX_THREADS);
  readonly #workers: Worker[] = [];
  #error: DeviceError | undefined;
  /** Rejects the current call. */
  #interrupt: ((error: DeviceError) => void) | undefined;

  /** True if a thread has died: the others would wait for it forever. */
  get hasFailed(): boolean {
    return this.#error !== undefined;
  }

  /** Starts workers until there are `count`. Call it between calls. */
  grow(count: number): void {
    assert(count <= MAX_THREADS, `${count} threads are too many`);
    while (this.#workers.length < count) this.#workers.push(this.#startWorker(this.#workers.length));
  }

  #startWorker(index: number): Worker {
    const workerData = {
      koffi: this.#koffi,
      control: this.#control.buffer,
      calls: this.#calls.buffer,
      seats: this.#seats,
      index,
      seen: this.#control[CELL.call],
    };
    const worker = new Worker(WORKER_SOURCE, { eval: true, workerData });
    worker.unref();
    worker.once("error", (cause) => {
      this.#error = new DeviceError({ doing: "run a thread", found: String(cause), cause });
      this.#interrupt?.(this.#error);
    });
    return worker;
  }

  async run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void> {
    assert(this.#interrupt === undefined, "two calls of the same threads overlap");
    if (this.#error !== undefined) throw this.#error;
    this.grow(blocks.length);
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
    this.#calls[ADDRESS] = address;
    for (let i = 0; i < blocks.length; i++) this.#calls[BLOCKS + i] = blocks[i];
    this.#control[CELL.finished] = 0;
    const number = (this.#control[CELL.call] >> COUNT_BITS) + 1;
    const call = (number << COUNT_BITS) | blocks.length;
    Atomics.store(this.#control, CELL.call, call);
    Atomics.notify(this.#control, CELL.call);
    const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync };
    // Checks again after every notification: the previous call's notification may come late.
    for (;;) {
      const completed = Atomics.load(this.#control, CELL.completed);
      if (completed === call) return;
      const result = waitAsync(this.#control, CELL.completed, completed);
      if (result.async) await result.value;
    }
  }

  /**
   * Blocks until every worker has loaded koffi, for a second at most: a worker that is terminated meanwhile aborts the
   * process.
   */
  settle(): void {
    const end = performance.now() + 1000;
    while (this.#error === undefined && performance.now() < end) {
      const loaded = Atomics.load(this.#control, CELL.loaded);
      if (loaded >= this.#workers.length) return;
      Atomics.wait(this.#control, CELL.loaded, loaded, 100);
    }
  }

  dispose(): void {
    Atomics.store(this.#control, CELL.quit, 1);
    Atomics.add(this.#control, CELL.call, 1 << COUNT_BITS);
    Atomics.notify(this.#control, CELL.call);
  }
}

/**
 * The process's pool, and the number of backends that use it. It is kept for a while after the last one:
 * starting a worker is slow, and a worker that has loaded koffi leaks some 50 KiB when it ends.
 */
let pool: ThreadPool | undefined;
let holders = 0;
let ending: NodeJS.Timeout | undefined;
const LINGER_MS = 2000;

function holdPool(count: number): ThreadPool {
  clearTimeout(ending);
  if (pool?.hasFailed !== false) pool = new ThreadPool();
  if (holders === 0) pool.grow(count); // else it grows before the first call, between calls of others
  holders++;
  return pool;
}

function leavePool(left: ThreadPool): void {
  holders--;
  if (left.hasFailed || left !== pool) left.dispose();
  if (holders > 0) return;
  ending = setTimeout(() => {
    pool?.dispose();
    pool = undefined;
  }, LINGER_MS).unref();
}

/** Threads lent to one backend. Calls of all backends are queued. */
class LentThreads implements NativeThreads {
  readonly count: number;
  readonly exited: Promise<void>;
  readonly #pool: ThreadPool;
  #running: Promise<void> = Promise.resolve();
  #left: (() => void) | undefined;

  constructor(count: number) {
    this.count = count;
    this.#pool = holdPool(count);
    this.exited = new Promise((resolve) => {
      this.#left = resolve;
    });
  }

  run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void> {
    assert(this.#left !== undefined, "released threads are called");
    assert(blocks.length <= this.count, `${this.count} threads take at most as many blocks`);
    this.#running = computeTurns.take(() => this.#pool.run(address, blocks, stop));
    return this.#running;
  }

  dispose(): void {
    const left = this.#left;
    if (left === undefined) return;
    this.#left = undefined;
    const leave = (): void => {
      leavePool(this.#pool);
      left();
    };
    this.#running.then(leave, leave);
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

/**
 * Lends threads of the pool. Call `openNative` first: it checks whether this machine can run generated code.
 */
export function startNativeThreads(count: number): NativeThreads {
  return new LentThreads(count);
}
