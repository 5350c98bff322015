/**
 * Memory outside the JavaScript heap, and code in it. Through this interface the engine runs generated code;
 * where it is not available (a browser, no koffi, another processor) the engine uses WebAssembly. Addresses
 * are real: a wrong one crashes the process, so only the engine's planner assigns them.
 */

/**
 * Readable and writable memory, zeroed, aligned to a page. After dispose its buffer and all views of it are
 * empty.
 */
export interface NativeMemory extends Disposable {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
  dispose(): void;
}

/** Machine code that can be executed and read, but no longer written. */
export interface NativeCode extends Disposable {
  readonly address: bigint;
  readonly byteLength: number;
  dispose(): void;
}

/** `streamed`: filled completely and read repeatedly from start to end, so that huge pages are worthwhile. */
export type MemoryUse = "plain" | "streamed";

/**
 * Asks the system to replace the filled pages of a range by huge pages, on a separate thread, while others
 * may read and write there. Resolves whether or not it succeeded.
 */
export type JoinPages = (address: bigint, byteLength: number) => Promise<void>;

/** Gives memory its pages before it is written. */
export interface FillPages {
  /** Whether pages that the range gets from now on may be huge. */
  advise(address: bigint, byteLength: number, huge: boolean): void;
  /**
   * Gives a range (at borders of small pages) its pages, zeroed, on a separate thread. Resolves whether or not it
   * succeeded.
   */
  populate(address: bigint, byteLength: number): Promise<void>;
}

export interface NativeMachine {
  /** The calling convention of C functions. */
  readonly convention: "sysv" | "win64";
  /** Zeroed pages; default use: plain. Throws DeviceError if the system refuses. */
  allocate(byteLength: number, use?: MemoryUse): NativeMemory;
  /**
   * Absent if the system does not support it; streamed memory then has huge pages from the start if possible.
   */
  readonly joinPages?: JoinPages;
  /** Absent if the system does not support it. */
  readonly fillPages?: FillPages;
  /** Bytes of files that this process has mapped in huge pages. Takes some 15 ms per GB in small pages. */
  fileBytesInHugePages(): number;
  /** Maps code: written while writable, then executable, never both. Any thread of the process may call it. */
  code(bytes: Uint8Array): NativeCode;
  /** A function of this thread that calls `void f(void *block)` at the address. */
  callable(address: bigint): (block: bigint | number) => void;
  /** Address of a function that yields the processor to another thread, for long spins. */
  readonly yieldAddress: bigint;
  /**
   * Requests permission to use matrix tiles (AMX), whose registers the system saves only on request. Call it
   * before threads use them; true if permitted.
   */
  enableTiles(): boolean;
  /** Address of the first byte of a view over an ArrayBuffer or SharedArrayBuffer that stays referenced. */
  addressOf(view: ArrayBufferView): bigint;
}

/** Threads that run generated code, and sleep between calls. */
export interface NativeThreads extends Disposable {
  readonly count: number;
  /**
   * Calls `void f(void *block)` at the address on every thread at once, each with its own block. Resolves
   * when all have returned; the calling thread stays free. One call at a time in the whole process: calls are
   * queued.
   * @param stop makes the threads return soon, even if some never started, because the process is ending.
   */
  run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void>;
  /**
   * Resolves after dispose, when no thread can be in a call any more: only then may code and memory be
   * unmapped.
   */
  readonly exited: Promise<void>;
  /** Releases the threads after the current call. */
  dispose(): void;
}
