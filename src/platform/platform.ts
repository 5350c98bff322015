/**
 * The interface to the machine. `#platform` is node.ts or browser.ts; no other library code uses features
 * that only Node or only browsers have. Timers, `performance` and WebAssembly exist in both.
 */
import type { ByteSource } from "../base/bytes.ts";
import type { Disk } from "./disk.ts";
import type { Http } from "./http.ts";
import type { NativeMachine, NativeThreads } from "./native.ts";
import type { RandomFile, RandomFileOptions } from "./random-file.ts";
import type { TcpPlatform } from "./tcp.ts";
import type { WasmPlatform } from "./wasm.ts";

/** A file being written under a temporary name. It appears under its own name on commit, or not at all. */
export interface FileSink extends Disposable {
  /** Number of bytes written so far: the position of the next `write`. */
  readonly position: number;
  write(bytes: Uint8Array): void;
  /** Overwrites bytes that were already written (a header whose content is known last). */
  writeAt(offset: number, bytes: Uint8Array): void;
  /** Flushes to disk and renames. */
  commit(): void;
  /** Removes the temporary file. Has no effect after commit; `using` calls it. */
  abort(): void;
}

/** A folder being written under a temporary name; `commit` renames it as a whole. */
export interface FolderSink extends Disposable {
  file(name: string): FileSink;
  commit(): void;
  abort(): void;
}

export interface WriteOptions {
  /**
   * Replace an existing target; otherwise it is a FileError. For a link, its target is replaced and the link
   * stays; pipes and devices are never replaced; the new file or folder has the mode of the old one.
   */
  readonly overwrite?: boolean;
  /**
   * For a folder: whether a file of this name may be deleted with the old folder. Files that are written
   * again always may; with this option, any other entry of the folder is a FileError before anything is
   * written.
   */
  readonly replaces?: (name: string) => boolean;
}

export interface FileStatus {
  readonly kind: "file" | "folder";
  readonly byteLength: number;
}

/** Generated machine code: the machine that runs it, and its threads. */
export interface NativePlatform {
  /** Throws DeviceError if machine code cannot run (another processor, no koffi). */
  open(): NativeMachine;
  startThreads(count: number): NativeThreads;
}

/** A thread that runs a script of Cria and answers calls in order. */
export interface ScriptThread extends Disposable {
  /** Returns the script's answer, or throws its error. `transfer` lists buffers that are moved instead of copied. */
  call(message: unknown, transfer?: readonly ArrayBuffer[]): Promise<unknown>;
  dispose(): void;
}

/** The result of a script's handler. */
export interface ScriptAnswer {
  readonly value: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

export interface ScriptThreads {
  /** False for a missing file, and for TypeScript that a thread cannot run. */
  canRun(script: URL): boolean;
  /** @param data the script's initial data, which is copied. */
  start(script: URL, data: unknown): ScriptThread;
  /** Called by the script: `makeHandler` receives `data`, and its result answers all calls. */
  serve(makeHandler: (data: unknown) => (message: unknown) => ScriptAnswer): void;
}

export type HashName = "sha256" | "sha1" | "md5";

/** A checksum of bytes that arrive piece by piece. */
export interface Hash {
  update(bytes: Uint8Array): void;
  /** Hexadecimal digits. `update` must not be called afterwards. */
  digest(): string;
}

export interface Platform {
  readonly name: "node" | "browser";
  /** Number of processors that this process may use; the default number of compute threads. */
  readonly coreCount: number;
  /** Maximum bytes of memory of this process; absent if unknown. */
  readonly memoryBytes?: number;
  /** Absent if machine code can never run. */
  readonly native?: NativePlatform;
  readonly wasm: WasmPlatform;
  /** Threads for JavaScript. Absent if they are not supported. */
  readonly scripts?: ScriptThreads;
  /** Absent in browsers. */
  readonly tcp?: TcpPlatform;
  /** Lets the event loop run pending tasks, without the delay of timers in browsers. */
  yieldToEventLoop(): Promise<void>;
  /** The user's own folder; undefined in a web page. */
  readonly homeFolder: string | undefined;
  readonly http: Http;
  /** The files of the store of models. */
  readonly disk: Disk;
  /** An environment variable, such as CRIA_BACKEND. */
  environment(name: string): string | undefined;
  /**
   * Makes the files of a model in the store openable by their paths until the result is disposed. A file that is open
   * then stays readable.
   */
  holdFiles(path: string): Promise<Disposable>;
  /** Opens a file, mapped into memory if possible, unless `map` is false. Throws FileError. */
  open(path: string, options?: { readonly map?: boolean }): ByteSource;
  status(path: string): FileStatus | undefined;
  /** Names in a folder, sorted. */
  list(folder: string): string[];
  /** A whole small file as text. Throws FileError if it is longer than `maxBytes` (default 256 MiB). */
  readText(path: string, maxBytes?: number): string;
  join(...parts: string[]): string;
  folderOf(path: string): string;
  baseName(path: string): string;
  /** Appends text to a file, which is created if it does not exist. */
  appendText(path: string, text: string): void;
  /** Creates a folder and its parents; no effect if it exists. */
  makeFolder(path: string): void;
  /** Removes a file, or a folder with its content; no effect if it does not exist. */
  remove(path: string): void;
  /** The text of a file that belongs to the package: see assets.json. */
  asset(name: string): string;
  /** Path of the model that comes with the package; a web page first fetches it from its own folder. */
  shippedModel(): Promise<string>;
  createFile(path: string, options?: WriteOptions): FileSink;
  createFolder(path: string, options?: WriteOptions): FolderSink;
  /** Opens a file for reading, and for writing if asked, at any offset. Throws FileError. */
  openRandom(path: string, options?: RandomFileOptions): Promise<RandomFile>;
  hash(name: HashName): Hash;
  /** Decompresses gzip. For damaged data it throws an error whose `code` starts with "Z". */
  gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}
