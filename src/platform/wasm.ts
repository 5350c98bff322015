/**
 * Threads for WebAssembly: workers that instantiate the same modules over one shared memory, each with its
 * own table with the same slots, and sleep between calls.
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
   * returned; the calling thread stays free. One call at a time in the whole process. If a thread fails, all
   * end: then this and every later call rejects with DeviceError.
   */
  run(slot: number, blocks: readonly number[]): Promise<void>;
  /** Resolves when every thread has ended after dispose. */
  readonly exited: Promise<void>;
  /** Ends the threads after the current call. */
  dispose(): void;
}

export interface WasmPlatform {
  /** Why threads over shared memory are not possible here; undefined if they are. */
  readonly withoutThreads?: string | undefined;
  /** Switches relaxed SIMD on, for whatever is compiled from then on, where an engine has it switched off. */
  allowRelaxedSimd?(): void;
  startThreads(count: number, memory: WebAssembly.Memory): WasmThreads;
}

/** A thread's worker, as seen by the thread that started it. */
export interface WasmWorker {
  post(message: unknown): void;
  /** Sets the handlers for a failure of the worker and for its messages. */
  listen(failed: (cause: unknown) => void, told: () => void): void;
  /** Keeps the process alive while a call runs; lets it end between calls. */
  hold(running: boolean): void;
  terminate(): void;
  readonly exited: Promise<void>;
}
