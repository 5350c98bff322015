/**
 * What Cria needs of the machine. `#platform` is node.ts or browser.ts; nothing else in the library uses what only Node
 * or only browsers have. Timers, `performance` and WebAssembly exist in both.
 */
import type { ByteSource } from "../base/bytes.ts";
import type { NativeMachine, NativeThreads } from "./native.ts";
import type { WasmPlatform } from "./wasm.ts";

/** A file being written under a temporary name. It appears under its own name on commit, or not at all. */
export interface FileSink extends Disposable {
  /** Bytes written so far: where the next `write` goes. */
  readonly position: number;
  write(bytes: Uint8Array): void;
  /** Overwrites bytes that have been written already (a header whose content is known last). */
  writeAt(offset: number, bytes: Uint8Array): void;
  /** Flushes to disk and renames. */
  commit(): void;
  /** Removes the temporary file. Does nothing after commit; `using` calls it. */
  abort(): void;
}

/** A folder being written under a temporary name; `commit` renames it whole. */
export interface FolderSink extends Disposable {
  file(name: string): FileSink;
  commit(): void;
  abort(): void;
}

export interface WriteOptions {
  /**
   * Replace what is there. Without it an existing target is a FileError. What a link leads to is replaced, the link
   * stays; pipes and devices are never replaced; the new file or folder has the mode of the old one.
   */
  readonly overwrite?: boolean;
  /**
   * Of a folder: whether a file of this name may be lost with the old folder. Files that are written anew always may;
   * anything else in the folder is a FileError, before anything is written where this is given.
   */
  readonly replaces?: (name: string) => boolean;
}

export interface FileStatus {
  readonly kind: "file" | "folder";
  readonly byteLength: number;
}

/** Generated machine code: where it can run, and on which threads. */
export interface NativePlatform {
  /** Throws DeviceError where machine code cannot run (another processor, no koffi). */
  open(): NativeMachine;
  startThreads(count: number): NativeThreads;
}

/** A thread that runs a script of Cria and answers calls in order. */
export interface ScriptThread extends Disposable {
  /** Returns the script's answer, or throws its error. `transfer` lists buffers that are moved instead of copied. */
  call(message: unknown, transfer?: readonly ArrayBuffer[]): Promise<unknown>;
  dispose(): void;
}

/** What the handler of a script returns. */
export interface ScriptAnswer {
  readonly value: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

export interface ScriptThreads {
  /** False for a missing file, and for TypeScript that a thread cannot run. */
  canRun(script: URL): boolean;
  /** @param data what the script starts with; it is copied. */
  start(script: URL, data: unknown): ScriptThread;
  /** Called by the script: `makeHandler` receives `data`, and its result answers all calls. */
  serve(makeHandler: (data: unknown) => (message: unknown) => ScriptAnswer): void;
}

/** Incremental SHA-256. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** 64 hexadecimal digits. `update` must not be called afterwards. */
  digest(): string;
}

export interface Platform {
  readonly name: "node" | "browser";
  /** Processors that this process may use: as many threads compute by default. */
  readonly coreCount: number;
  /** Bytes of memory that this process could have at most; absent where nobody tells. */
  readonly memoryBytes?: number;
  /** Absent where machine code can never run. */
  readonly native?: NativePlatform;
  readonly wasm: WasmPlatform;
  /** Threads for JavaScript. Absent where they are not supported. */
  readonly scripts?: ScriptThreads;
  /** Lets the event loop do what waits, without the delay that timers have in browsers. */
  yieldToEventLoop(): Promise<void>;
  /** A variable of the environment, such as CRIA_BACKEND. */
  environment(name: string): string | undefined;
  /** Opens a file, mapped into memory where the machine can, unless `map` is false. Throws FileError. */
  open(path: string, options?: { readonly map?: boolean }): ByteSource;
  status(path: string): FileStatus | undefined;
  /** Names in a folder, sorted. */
  list(folder: string): string[];
  /** A whole small file as text. Throws FileError if it is longer than `maxBytes` (default 256 MiB). */
  readText(path: string, maxBytes?: number): string;
  join(...parts: string[]): string;
  folderOf(path: string): string;
  baseName(path: string): string;
  /** Adds text to the end of a file, which is made if there is none. */
  appendText(path: string, text: string): void;
  /** Makes a folder, and those around it; nothing where it is there. */
  makeFolder(path: string): void;
  /** Removes a file, or a folder with everything in it; nothing where there is none. */
  remove(path: string): void;
  /** The text of a file that belongs to the package: see assets.json. */
  asset(name: string): string;
  /** Path of the model that comes with the package; a page fetches it from beside itself first. */
  shippedModel(): Promise<string>;
  createFile(path: string, options?: WriteOptions): FileSink;
  createFolder(path: string, options?: WriteOptions): FolderSink;
  sha256(): Sha256;
  /** Decompresses gzip. For damaged data it throws an error whose `code` begins with "Z". */
  gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}
