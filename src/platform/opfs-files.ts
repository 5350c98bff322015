/**
 * Files of the origin's private file system, read and written at any offset. Handles that can do so exist in workers
 * only: a page starts one, whose code is the function below; a worker uses them itself.
 */
import { ASYNC_DISPOSE } from "../base/dispose.ts";
import type { RandomFile } from "./random-file.ts";

/** The part of FileSystemSyncAccessHandle that is used; the compiler's library has it for workers only. */
interface SyncHandle {
  getSize(): number;
  read(bytes: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(byteLength: number): void;
  flush(): void;
  close(): void;
}
interface SyncFileHandle {
  createSyncAccessHandle?: () => Promise<SyncHandle>;
}

export type FileCall =
  | { readonly op: "open"; readonly handle: FileSystemFileHandle }
  | { readonly op: "size"; readonly file: number }
  | { readonly op: "read"; readonly file: number; readonly offset: number; readonly length: number }
  | { readonly op: "write"; readonly file: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly op: "truncate"; readonly file: number; readonly byteLength: number }
  | { readonly op: "flush"; readonly file: number }
  | { readonly op: "close"; readonly file: number };

type Perform = (call: FileCall) => Promise<unknown>;

/** Performs calls. Its text is also the code of the page's worker, so it may use nothing from outside. */
function createFiles(): Perform {
  const open = new Map<number, SyncHandle>();
  let last = 0;
  return async (call) => {
    if (call.op === "open") {
      const handle = await (call.handle as unknown as Required<SyncFileHandle>).createSyncAccessHandle();
      open.set(++last, handle);
      return last;
    }
    const handle = open.get(call.file);
    if (handle === undefined) throw new Error("the file is closed");
    switch (call.op) {
      case "size":
        return handle.getSize();
      case "read": {
        const bytes = new Uint8Array(call.length);
        return bytes.subarray(0, handle.read(bytes, { at: call.offset }));
      }
      case "write": {
        const count = handle.write(call.bytes, { at: call.offset });
        if (count < call.bytes.byteLength) throw new DOMException("the disk is full", "QuotaExceededError");
        return undefined;
      }
      case "truncate":
        return handle.truncate(call.byteLength);
      case "flush":
        return handle.flush();
      case "close":
        open.delete(call.file);
        handle.flush();
        return handle.close();
    }
  };
}

const WORKER = `const perform = (${createFiles})();
onmessage = async ({ data: { id, call } }) => {
  try {
    postMessage({ id, value: await perform(call) });
  } catch (error) {
    postMessage({ id, failure: { name: error.name, message: error.message } });
  }
};`;

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: { readonly name: string; readonly message: string };
}

/** The worker of a page. It stays: starting one takes longer than most calls. */
function startWorker(): Perform {
  const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  const worker = new Worker(url);
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let last = 0;
  worker.onmessage = ({ data: { id, value, failure } }: MessageEvent<Answer>) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) call?.resolve(value);
    else call?.reject(new DOMException(failure.message, failure.name));
  };
  worker.onerror = ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message || "the worker did not start"));
    waiting.clear();
  };
  return (call) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ id: last, call });
    });
}

let shared: Perform | undefined;

function performer(): Perform {
  const isWorker = typeof (globalThis as { importScripts?: unknown }).importScripts !== "undefined";
  shared ??= isWorker ? createFiles() : startWorker();
  return shared;
}

/** Opens a file for reading and writing. Only one such handle of a file can be open. */
export async function openOpfs(path: string, handle: FileSystemFileHandle): Promise<RandomFile> {
  const perform = performer();
  const file = (await perform({ op: "open", handle })) as number;
  const close = async () => void (await perform({ op: "close", file }));
  return {
    path,
    byteLength: async () => (await perform({ op: "size", file })) as number,
    read: async (offset, length) => (await perform({ op: "read", file, offset, length })) as Uint8Array,
    write: async (offset, bytes) => void (await perform({ op: "write", file, offset, bytes: bytes.slice() })),
    setByteLength: async (byteLength) => void (await perform({ op: "truncate", file, byteLength })),
    flush: async () => void (await perform({ op: "flush", file })),
    close,
    [ASYNC_DISPOSE]: close,
  };
}
