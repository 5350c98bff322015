/** The platform in Node: files through node:fs, memory maps through koffi if it is installed. */
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DISPOSE } from "../base/dispose.ts";
import { FileError } from "../base/errors.ts";
import type { Http } from "./http.ts";
import { asset } from "./node-assets.ts";
import { gunzip, hash } from "./node-bytes.ts";
import { nodeDisk } from "./node-disk.ts";
import { memoryBytes } from "./node-memory.ts";
import { openNative } from "./node-native.ts";
import { startNativeThreads } from "./node-native-threads.ts";
import { packageUrl } from "./node-place.ts";
import { processorCount } from "./node-processors.ts";
import { openRandom } from "./node-random-file.ts";
import { scriptThreads } from "./node-scripts.ts";
import { createFile, createFolder } from "./node-sink.ts";
import { fileError, openFile } from "./node-source.ts";
import { tcp } from "./node-tcp.ts";
import { wasmPlatform } from "./node-wasm.ts";
import type { FileStatus, Platform } from "./platform.ts";
import { SHIPPED_MODEL } from "./shipped-model.ts";

const DEFAULT_MAX_TEXT_BYTES = 1 << 28;

function status(path: string): FileStatus | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    return { kind: found.isDirectory() ? "folder" : "file", byteLength: found.size };
  } catch (error) {
    if ((error as { code?: string }).code === "ENOTDIR") return undefined;
    throw fileError(`look at "${path}"`, error);
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw fileError(`list folder "${folder}"`, error);
  }
}

function readText(path: string, maxBytes = DEFAULT_MAX_TEXT_BYTES): string {
  const doing = `read "${path}"`;
  const tooLong = (found: string): FileError =>
    new FileError({
      doing,
      expected: `at most ${maxBytes} bytes of text`,
      found,
      fix: "check that it is the right file",
    });
  try {
    const status = statSync(path);
    if (status.size > maxBytes) throw tooLong(`${status.size} bytes`);
    if (status.isFile()) return readFileSync(path, "utf8");
    const bytes = readEndless(path, maxBytes);
    if (bytes === undefined) throw tooLong("more");
    return bytes.toString("utf8");
  } catch (error) {
    throw fileError(doing, error);
  }
}

const CHUNK_BYTES = 1 << 16;

/** Reads a pipe or a device to its end; undefined if it has more than `maxBytes`, like /dev/zero. */
function readEndless(path: string, maxBytes: number): Buffer | undefined {
  const fd = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    for (let length = 0; length <= maxBytes; ) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const got = readSync(fd, chunk, 0, CHUNK_BYTES, null);
      if (got === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, got));
      length += got;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** Runs an action on files and converts its errors to FileErrors. */
function attempt(doing: string, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    throw fileError(doing, error);
  }
}

/** Loaded at the first request: Node's TLS takes tens of milliseconds, and most processes make none. */
const http: Http = {
  followsRedirects: false,
  async send(request) {
    const { nodeHttp } = await import("./node-http.ts");
    return nodeHttp.send(request);
  },
};

export const platform: Platform = {
  name: "node",
  coreCount: processorCount(),
  memoryBytes: memoryBytes(),
  native: { open: openNative, startThreads: startNativeThreads },
  wasm: wasmPlatform,
  scripts: scriptThreads,
  tcp,
  yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
  homeFolder: homedir(),
  http,
  disk: nodeDisk,
  // Files of the store are files.
  holdFiles: async () => ({ [DISPOSE]() {} }),
  environment: (name) => process.env[name],
  open: (path, options) => openFile(path, options),
  status,
  list,
  readText,
  join,
  folderOf: dirname,
  baseName: (path) => basename(path),
  appendText: (path, text) => attempt(`write "${path}"`, () => appendFileSync(path, text)),
  makeFolder: (path) => attempt(`make folder "${path}"`, () => mkdirSync(path, { recursive: true })),
  remove: (path) => attempt(`remove "${path}"`, () => rmSync(path, { recursive: true, force: true })),
  asset,
  shippedModel: async () => fileURLToPath(packageUrl(`models/${SHIPPED_MODEL}`)),
  createFile,
  createFolder,
  openRandom,
  hash,
  gunzip,
};

export { describeMachine, type MachineDescription } from "./node-machine.ts";
export { type OpenOptions, openFile } from "./node-source.ts";
