/**
 * Threads for WebAssembly: workers that instantiate the same modules over one shared memory, in tables of their
 * own with the same slots, and sleep while there is nothing to run.
 */

/** A compiled module, and the names of its functions in the order of their slots. */
export interface WasmModule {
  readonly module: WebAssembly.Module;
  readonly names: readonly string[];
  /** Slot of the first function in every thread's table. */
  readonly firstSlot: number;
}

export interface WasmThreads extends Disposable {
  readonly count: number;
  /** Makes functions callable by slot on every thread, from the next `run` on. */
  add(module: WasmModule): void;
  /**
   * Calls the function in a slot on every thread at once, each with its own argument. Resolves when all have
   * returned; the calling thread stays free. One call at a time in the whole process. A thread that fails ends all
   * of them: then this and every later call rejects with DeviceError.
   */
  run(slot: number, blocks: readonly number[]): Promise<void>;
  /** Resolves when every thread has ended after dispose. */
  readonly exited: Promise<void>;
  /** Ends the threads, after the call that runs. */
  dispose(): void;
}

export interface WasmPlatform {
  /** Why there can be no threads over shared memory here; undefined if there can. */
  readonly withoutThreads?: string | undefined;
  startThreads(count: number, memory: WebAssembly.Memory): WasmThreads;
}

/** What a thread's worker is to the side that started it. */
export interface WasmWorker {
  post(message: unknown): void;
  /** Told when the worker fails or says a word. */
  listen(failed: (cause: unknown) => void, told: () => void): void;
  /** Keeps the process alive while a call runs; lets it end between calls. */
  hold(running: boolean): void;
  terminate(): void;
  readonly exited: Promise<void>;
}
