/**
 * Memory outside the JavaScript heap, and code in it. Behind this interface a machine can run generated code;
 * without it (a browser, no koffi, another processor) the engine uses WebAssembly. Addresses are real: a wrong one
 * ends the process, so only the engine's planner hands them out.
 */

/** Readable and writable memory, zeroed, aligned to a page. After dispose its buffer and all views of it are empty. */
export interface NativeMemory extends Disposable {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
  dispose(): void;
}

/** Machine code that can be run and read but no longer written. */
export interface NativeCode extends Disposable {
  readonly address: bigint;
  readonly byteLength: number;
  dispose(): void;
}

/** `streamed`: filled whole, and read from end to end again and again, so that huge pages pay. */
export type MemoryUse = "plain" | "streamed";

/**
 * Asks the system to replace the filled pages of a range by huge ones, on a thread of its own, while others may read
 * and write there. Resolves whether or not it did.
 */
export type JoinPages = (address: bigint, byteLength: number) => Promise<void>;

export interface NativeMachine {
  /** How C functions are called here. */
  readonly convention: "sysv" | "win64";
  /** Zeroed pages; plain ones if nothing else is said. Throws DeviceError if the system refuses. */
  allocate(byteLength: number, use?: MemoryUse): NativeMemory;
  /** Absent where the system cannot: there, streamed memory has huge pages from the start if it can. */
  readonly joinPages?: JoinPages;
  /** Maps code: written while writable, then executable, never both. Any thread of the process may call it. */
  code(bytes: Uint8Array): NativeCode;
  /** A function of this thread that calls `void f(void *block)` at the address. */
  callable(address: bigint): (block: bigint | number) => void;
  /** Address of a function that gives the processor to another thread and returns: for long spins. */
  readonly yieldAddress: bigint;
  /**
   * Asks the system to let this process use matrix tiles (AMX), whose registers it saves only for those who ask.
   * Call it before threads use them; true if they may.
   */
  enableTiles(): boolean;
  /** Address of the first byte of a view over an ArrayBuffer or SharedArrayBuffer that stays referenced. */
  addressOf(view: ArrayBufferView): bigint;
}

/** Threads that run generated code, and sleep while there is none to run. */
export interface NativeThreads extends Disposable {
  readonly count: number;
  /**
   * Calls `void f(void *block)` at the address on every thread at once, each with its own block. Resolves when all
   * have returned; the calling thread stays free. One call at a time in the whole process: calls take turns.
   * @param stop lets the threads return soon, though some of them may never have begun: the process is ending.
   */
  run(address: bigint, blocks: readonly bigint[], stop?: () => void): Promise<void>;
  /** Resolves when no thread can be in a call any more, after dispose: only then may code and memory be unmapped. */
  readonly exited: Promise<void>;
  /** Gives the threads up, after the call that runs. */
  dispose(): void;
}
