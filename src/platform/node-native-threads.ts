/**
 * The process's threads for generated code, lent to the backends that run it. They sleep between calls, and keep the
 * process alive only while a call runs.
 */
import { isMainThread } from "node:worker_threads";
import { DISPOSE } from "../base/dispose.ts";
import { assert } from "../base/errors.ts";
import type { NativeThreads } from "./native.ts";
import { PosixPool } from "./node-posix-pool.ts";
import type { ThreadPool } from "./node-thread-pool.ts";
import { WorkerPool } from "./node-worker-pool.ts";
import { computeTurns } from "./turns.ts";

/**
 * Functions that stop running calls. When the process ends, workers are terminated everywhere except inside
 * machine code: a worker that waits there for a terminated one would keep the process alive forever.
 */
const stops = new Set<() => void>();
process.on("exit", () => {
  for (const stop of stops) stop();
  pool?.settle();
});

/**
 * System threads where that is possible. They would outlive a worker of Node that started them, with the memory that ends
 * with it; so there, and on other systems, the threads are workers.
 */
function startPool(): ThreadPool {
  return process.platform === "linux" && isMainThread ? PosixPool.ofProcess() : new WorkerPool();
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
  if (pool?.hasFailed !== false) pool = startPool();
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
    this.#running = computeTurns.take(() => this.#run(address, blocks, stop));
    return this.#running;
  }

  async #run(address: bigint, blocks: readonly bigint[], stop: (() => void) | undefined): Promise<void> {
    if (stop !== undefined) stops.add(stop);
    try {
      await this.#pool.run(address, blocks);
    } finally {
      if (stop !== undefined) stops.delete(stop);
    }
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
