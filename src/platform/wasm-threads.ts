/**
 * The part of WebAssembly threads that Node and browsers share: the code of every worker, and the calls.
 * Workers sleep in Atomics.wait and cannot receive messages meanwhile: a call states how many modules it
 * needs, and a worker that has fewer returns to its event loop to receive them, since they were sent earlier.
 */
import { DISPOSE } from "../base/dispose.ts";
import { assert, DeviceError } from "../base/errors.ts";
import { computeTurns } from "./turns.ts";
import type { WasmModule, WasmThreads, WasmWorker } from "./wasm.ts";

/** Cells of the control block; a call's slot and its arguments follow them. */
const CELL = { generation: 0, finished: 1, completed: 2, quit: 3, modules: 4, slot: 5, blocks: 6 } as const;

/**
 * The code of a worker, in plain JavaScript without imports: `receive(message)` handles each message; the
 * platform provides `tell()` and `end()`.
 */
const WORKER_BODY = `
let setup, control, table, seen = 0, modules = 0;
function add({ module, names, firstSlot }) {
  const instance = new WebAssembly.Instance(module, { env: { memory: setup.memory, table } });
  if (table.length < firstSlot + names.length) table.grow(firstSlot + names.length - table.length);
  names.forEach((name, i) => table.set(firstSlot + i, instance.exports[name]));
  modules++;
}
function serve() {
  for (;;) {
    Atomics.wait(control, ${CELL.generation}, seen);
    if (Atomics.load(control, ${CELL.quit}) !== 0) return end();
    const generation = Atomics.load(control, ${CELL.generation});
    if (Atomics.load(control, ${CELL.modules}) > modules) return;
    seen = generation;
    table.get(control[${CELL.slot}])(control[${CELL.blocks} + setup.index]);
    if (Atomics.add(control, ${CELL.finished}, 1) + 1 === setup.count) {
      Atomics.store(control, ${CELL.completed}, seen);
      if (setup.messages) tell();
      else Atomics.notify(control, ${CELL.completed});
    }
  }
}
function receive(message) {
  if (message.module !== undefined) add(message);
  else {
    setup = message;
    control = new Int32Array(setup.control);
    table = new WebAssembly.Table({ element: "anyfunc", initial: 0 });
  }
  serve();
}
`;

/** A worker's complete code: `prelude` must define tell and end, and call receive with each message. */
export function wasmWorkerSource(prelude: string): string {
  return `${prelude}\n${WORKER_BODY}`;
}

type WaitAsync = (
  cells: Int32Array,
  index: number,
  value: number,
) => { readonly async: boolean; readonly value: Promise<string> | string };

class WasmWorkers implements WasmThreads {
  readonly count: number;
  readonly exited: Promise<void>;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #workers: readonly WasmWorker[];
  readonly #waitAsync: WaitAsync | undefined;
  /** Ends the current call, if any: all threads are done, or one has failed. */
  #settle: ((failure?: DeviceError) => void) | undefined;
  #failure: DeviceError | undefined;

  constructor(count: number, memory: WebAssembly.Memory, start: (index: number) => WasmWorker) {
    this.count = count;
    this.#control = new Int32Array(new SharedArrayBuffer(4 * (CELL.blocks + count)));
    this.#waitAsync = (Atomics as unknown as { waitAsync?: WaitAsync }).waitAsync;
    this.#workers = Array.from({ length: count }, (_, index) => start(index));
    for (const worker of this.#workers) {
      worker.listen(
        (cause) => this.#fail(cause),
        () => this.#settle?.(),
      );
    }
    this.exited = Promise.all(this.#workers.map(({ exited }) => exited)).then(() => {});
    const setup = { memory, control: this.#control.buffer, count, messages: this.#waitAsync === undefined };
    this.#workers.forEach((worker, index) => {
      worker.post({ ...setup, index });
    });
  }

  add(module: WasmModule): void {
    for (const worker of this.#workers) worker.post(module);
    Atomics.add(this.#control, CELL.modules, 1);
  }

  /** The others would wait for the thread that failed. */
  #fail(cause: unknown): void {
    for (const worker of this.#workers) worker.terminate();
    this.#failure = new DeviceError({ doing: "run WebAssembly on a thread", found: String(cause), cause });
    this.#settle?.(this.#failure);
  }

  run(slot: number, blocks: readonly number[]): Promise<void> {
    return computeTurns.take(() => this.#run(slot, blocks));
  }

  async #run(slot: number, blocks: readonly number[]): Promise<void> {
    assert(this.#settle === undefined, "two calls of the same threads overlap");
    assert(blocks.length === this.count, `${this.count} threads need as many blocks`);
    if (this.#failure !== undefined) throw this.#failure;
    for (const worker of this.#workers) worker.hold(true);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = (failure) => (failure === undefined ? resolve() : reject(failure));
        this.#start(slot, blocks);
      });
    } finally {
      for (const worker of this.#workers) worker.hold(false);
      this.#settle = undefined;
    }
  }

  #start(slot: number, blocks: readonly number[]): void {
    const control = this.#control;
    control[CELL.slot] = slot;
    control.set(blocks, CELL.blocks);
    control[CELL.finished] = 0;
    const generation = (Atomics.add(control, CELL.generation, 1) + 1) | 0;
    Atomics.notify(control, CELL.generation);
    // Without waitAsync the last thread sends a message.
    if (this.#waitAsync !== undefined) this.#await(generation, this.#waitAsync);
  }

  /** Checks again after every notification: the previous call's notification may come late. */
  #await(generation: number, waitAsync: WaitAsync): void {
    const completed = Atomics.load(this.#control, CELL.completed);
    if (completed === generation) {
      this.#settle?.();
      return;
    }
    const { value } = waitAsync.call(Atomics, this.#control, CELL.completed, completed);
    if (typeof value === "string") this.#await(generation, waitAsync);
    else void value.then(() => this.#await(generation, waitAsync));
  }

  dispose(): void {
    Atomics.store(this.#control, CELL.quit, 1);
    Atomics.add(this.#control, CELL.generation, 1);
    Atomics.notify(this.#control, CELL.generation);
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

/** Threads over a shared memory, on workers from `start`. */
export function wasmThreads(
  count: number,
  memory: WebAssembly.Memory,
  start: (index: number) => WasmWorker,
): WasmThreads {
  return new WasmWorkers(count, memory, start);
}
