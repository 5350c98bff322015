/**
 * Threads for generated code as Node's workers, for systems other than Linux, and inside a worker, whose threads must end
 * with it. Workers sleep on a shared cell until there is a call, and the main thread is notified when the last of them is
 * done. Calls create no JavaScript objects, and nothing keeps the process alive between calls.
 */

import { Worker } from "node:worker_threads";
import { assert, DeviceError } from "../base/errors.ts";
import { resolveHere } from "./node-place.ts";
import { COUNT_BITS, COUNT_MASK } from "./node-posix-thread.ts";
import { SPREAD_SOURCE } from "./node-spread-threads.ts";
import { MAX_THREADS, type ThreadPool } from "./node-thread-pool.ts";

/**
 * Cells of the shared control block. The call's number and its number of threads are one word, so that a
 * worker that wakes late, for a call that does not include it, cannot confuse it with the next one.
 */
const CELL = { call: 0, finished: 1, completed: 2, quit: 3, loaded: 4 } as const;
const CELLS = Object.keys(CELL).length;
/** The address, followed by a block for each thread. */
const ADDRESS = 0;
const BLOCKS = 1;

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

type WaitAsync = (
  cells: Int32Array,
  index: number,
  value: number,
) => { readonly async: boolean; readonly value: Promise<string> | string };

/** Workers that run one call at a time; a call may use fewer than all of them. */
export class WorkerPool implements ThreadPool {
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

  async run(address: bigint, blocks: readonly bigint[]): Promise<void> {
    assert(this.#interrupt === undefined, "two calls of the same threads overlap");
    if (this.#error !== undefined) throw this.#error;
    this.grow(blocks.length);
    for (const worker of this.#workers) worker.ref();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#interrupt = reject;
        this.#start(address, blocks).then(resolve, reject);
      });
    } finally {
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
