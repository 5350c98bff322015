/** Most threads of a pool: the limit of `chooseBackend`. */
export const MAX_THREADS = 1024;

/** Threads that run one call of generated code at a time; a call may use fewer than all of them. */
export interface ThreadPool {
  /** True if a thread has died: the others would wait for it forever. */
  readonly hasFailed: boolean;
  /** Starts threads until there are `count`. Call it between calls. */
  grow(count: number): void;
  /** Calls the function at the address on as many threads as there are blocks. Resolves when all have returned. */
  run(address: bigint, blocks: readonly bigint[]): Promise<void>;
  /** Called when the process ends: returns when that is safe for the threads. */
  settle(): void;
  /** Ends the threads, if they do not serve the whole process. */
  dispose(): void;
}
