/**
 * The platform in a browser: files that the page has registered (dropped by the user, fetched, read from the
 * origin's private file system), held in memory. Folders and writing are not supported; such calls throw an
 * error that says so.
 */
import { type ByteSource, bufferSource } from "../base/bytes.ts";
import { DISPOSE } from "../base/dispose.ts";
import { FileError, UnsupportedError } from "../base/errors.ts";
import { browserDisk, wholeFile } from "./browser-disk.ts";
import { hash } from "./browser-hash.ts";
import { browserHttp } from "./browser-http.ts";
import { wasmPlatform } from "./browser-wasm.ts";
import type { Platform } from "./platform.ts";
import { SHIPPED_MODEL } from "./shipped-model.ts";

const DEFAULT_MAX_TEXT_BYTES = 1 << 28;
const files = new Map<string, Uint8Array>();

/** Makes bytes openable under a name. The bytes are kept, not copied; registering again replaces them. */
export function registerFile(name: string, bytes: Uint8Array): void {
  files.set(name, bytes);
}

/** Forgets a registered file. Open sources keep its bytes. */
export function unregisterFile(name: string): void {
  files.delete(name);
}

function find(name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes !== undefined) return bytes;
  throw new FileError({
    doing: `open "${name}"`,
    found: "no file is registered under this name",
    fix: "a browser has no file system: call registerFile(name, bytes) first",
  });
}

function open(name: string): ByteSource {
  const bytes = find(name);
  if (bytes.byteLength > 0) return bufferSource(bytes, name);
  throw new FileError({ doing: `open "${name}"`, found: "the file is empty", fix: "fetch it again" });
}

function readText(name: string, maxBytes = DEFAULT_MAX_TEXT_BYTES): string {
  const bytes = find(name);
  if (bytes.byteLength <= maxBytes) return new TextDecoder().decode(bytes);
  throw new FileError({
    doing: `read "${name}"`,
    expected: `at most ${maxBytes} bytes of text`,
    found: `${bytes.byteLength} bytes`,
    fix: "check that it is the right file",
  });
}

function unsupported(doing: string): UnsupportedError {
  return new UnsupportedError({
    doing,
    found: "a browser has no files by path",
    fix: "keep the bytes, or let the user download them",
  });
}

/** The part after the last slash. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, Math.max(slash, 1));
}

/** Registered names directly in a folder; "." contains the names without a slash. */
function list(folder: string): string[] {
  return [...files.keys()]
    .filter((name) => folderOf(name) === folder)
    .map(baseName)
    .sort();
}

/** A message to itself is handled after pending tasks, without the 4 ms delay of nested timers. */
function yieldToEventLoop(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Fetches the model once from the page's folder and registers it under its name. */
async function shippedModel(): Promise<string> {
  if (files.has(SHIPPED_MODEL)) return SHIPPED_MODEL;
  const address = new URL(SHIPPED_MODEL, globalThis.location?.href);
  const response = await fetch(address);
  if (!response.ok) {
    throw new FileError({
      doing: `fetch the model that comes with the package from ${address}`,
      found: `status ${response.status}`,
      fix: `put models/${SHIPPED_MODEL} of the package next to the page, or register a file and give its name`,
    });
  }
  registerFile(SHIPPED_MODEL, new Uint8Array(await response.arrayBuffer()));
  return SHIPPED_MODEL;
}

/** Files of the page's store are read into memory, since opened files are read synchronously. */
async function holdFiles(path: string): Promise<Disposable> {
  const names = files.has(path) ? [] : await storedNames(path);
  for (const name of names) {
    const bytes = await wholeFile(name);
    if (bytes !== undefined) files.set(name, bytes);
  }
  return {
    [DISPOSE]() {
      for (const name of names) files.delete(name);
    },
  };
}

/** The files in a folder of the store; all shards of a split model; else the file itself. */
async function storedNames(path: string): Promise<string[]> {
  const entry = await browserDisk.entry(path);
  if (entry === undefined) return [];
  const folder = entry.kind === "folder" ? path : folderOf(path);
  const siblings = await browserDisk.list(folder);
  const [, stem] = /^(.*)-\d{5}-of-\d{5}\.[a-z]+$/i.exec(entry.name) ?? [];
  const wanted =
    entry.kind === "folder"
      ? siblings
      : siblings.filter(({ name }) => name === entry.name || isShard(name, stem));
  return wanted.flatMap(({ kind, name }) => (kind === "file" ? [`${folder}/${name}`] : []));
}

const isShard = (name: string, stem: string | undefined): boolean =>
  stem !== undefined && name.startsWith(`${stem}-`) && /-\d{5}-of-\d{5}\.[a-z]+$/i.test(name);

export const platform: Platform = {
  name: "browser",
  coreCount: globalThis.navigator?.hardwareConcurrency ?? 1,
  wasm: wasmPlatform,
  yieldToEventLoop,
  homeFolder: undefined,
  http: browserHttp,
  disk: browserDisk,
  holdFiles,
  environment: () => undefined,
  open,
  status: (path) => {
    const bytes = files.get(path);
    if (bytes !== undefined) return { kind: "file", byteLength: bytes.byteLength };
    const isFolder = [...files.keys()].some((name) => name.startsWith(`${path}/`));
    return isFolder ? { kind: "folder", byteLength: 0 } : undefined;
  },
  list,
  readText,
  join: (...parts) =>
    parts
      .filter((part) => part !== "" && part !== ".")
      .join("/")
      .replace(/\/+/g, "/"),
  folderOf,
  baseName,
  appendText: (path) => {
    throw unsupported(`write "${path}"`);
  },
  makeFolder: (path) => {
    throw unsupported(`make folder "${path}"`);
  },
  remove: (path) => {
    throw unsupported(`remove "${path}"`);
  },
  asset: (name) => {
    throw unsupported(`read the asset "${name}"`);
  },
  shippedModel,
  createFile: (path) => {
    throw unsupported(`write "${path}"`);
  },
  createFolder: (path) => {
    throw unsupported(`write folder "${path}"`);
  },
  openRandom: async (path) => {
    throw unsupported(`open "${path}" at an offset`);
  },
  hash,
  gunzip: () => {
    throw unsupported("unpack a file piece by piece");
  },
};
