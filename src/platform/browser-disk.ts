/**
 * The disk of a web page: the origin's private file system (OPFS), in the folder "cria". Files stay until the page or
 * the user removes them; the browser may refuse more than its quota. Where it is missing, nothing is stored.
 */
import { FileError, UnsupportedError } from "../base/errors.ts";
import type { Disk, DiskEntry, LockOptions } from "./disk.ts";
import { openOpfs } from "./opfs-files.ts";
import { openPart, type PartStorage, removePart } from "./part-file.ts";

const ROOT = "cria";

type Handle = FileSystemFileHandle | FileSystemDirectoryHandle;
/** Methods that browsers have and the compiler's library lacks. */
interface Movable {
  move?: (folder: FileSystemDirectoryHandle, name: string) => Promise<void>;
}
interface Listable {
  entries(): AsyncIterable<[string, Handle]>;
}

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "" && part !== ".");
const baseOf = (path: string): string => partsOf(path).at(-1) ?? "";

function storage(): StorageManager | undefined {
  const found = globalThis.navigator?.storage;
  return typeof found?.getDirectory === "function" ? found : undefined;
}

/** The folder at a path; undefined if it, or storage itself, does not exist. */
async function folderAt(
  parts: readonly string[],
  create: boolean,
): Promise<FileSystemDirectoryHandle | undefined> {
  const manager = storage();
  if (manager === undefined) {
    if (!create) return undefined;
    throw new UnsupportedError({
      doing: "keep files",
      found: "this browser, or this kind of page, has no private file system",
      fix: "serve the page over https, or register files with registerFile",
    });
  }
  let folder = await manager.getDirectory();
  for (const part of [ROOT, ...parts]) {
    const next = await folder.getDirectoryHandle(part, { create }).catch(ifMissing);
    if (next === undefined) return undefined;
    folder = next;
  }
  return folder;
}

/** Undefined for an entry that is missing or of the other kind. */
function ifMissing(error: unknown): undefined {
  if (["NotFoundError", "TypeMismatchError"].includes((error as DOMException).name)) return undefined;
  throw error;
}

/** Browser errors in the user's terms. */
async function attempt<T>(doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof FileError || error instanceof UnsupportedError) throw error;
    const isFull = (error as DOMException).name === "QuotaExceededError";
    const found = isFull ? "the browser's quota for this page is used up" : String(error);
    throw new FileError({
      doing,
      found,
      ...(isFull ? { fix: "remove models, or free disk space" } : {}),
      cause: error,
    });
  }
}

async function fileAt(path: string): Promise<FileSystemFileHandle | undefined> {
  const folder = await folderAt(partsOf(path).slice(0, -1), false);
  return folder?.getFileHandle(baseOf(path)).catch(ifMissing);
}

async function createdFile(path: string): Promise<FileSystemFileHandle> {
  const folder = await folderAt(partsOf(path).slice(0, -1), true);
  return (folder as FileSystemDirectoryHandle).getFileHandle(baseOf(path), { create: true });
}

async function describe(name: string, handle: Handle): Promise<DiskEntry> {
  if (handle.kind === "directory") return { name, kind: "folder", isLink: false, byteLength: 0, modified: 0 };
  const { size, lastModified } = await handle.getFile();
  return { name, kind: "file", isLink: false, byteLength: size, modified: lastModified };
}

async function entry(path: string): Promise<DiskEntry | undefined> {
  const handle = (await fileAt(path)) ?? (await folderAt(partsOf(path), false));
  return handle === undefined ? undefined : describe(baseOf(path), handle);
}

async function list(path: string): Promise<DiskEntry[]> {
  const folder = await folderAt(partsOf(path), false);
  if (folder === undefined) return [];
  const found: DiskEntry[] = [];
  for await (const [name, handle] of (folder as unknown as Listable).entries()) {
    found.push(await describe(name, handle));
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readText(path: string, maxBytes: number): Promise<string | undefined> {
  const file = await (await fileAt(path))?.getFile();
  if (file === undefined) return undefined;
  if (file.size <= maxBytes) return file.text();
  throw new FileError({
    doing: `read "${path}"`,
    expected: `at most ${maxBytes} bytes of text`,
    found: `${file.size} bytes`,
  });
}

async function writeText(path: string, text: string): Promise<void> {
  await attempt(`write "${path}"`, async () => {
    const writable = await (await createdFile(path)).createWritable();
    await writable.write(text);
    await writable.close(); // the file changes here, as a whole
  });
}

async function remove(path: string): Promise<void> {
  const folder = await folderAt(partsOf(path).slice(0, -1), false);
  await folder?.removeEntry(baseOf(path), { recursive: true }).catch(ifMissing);
}

async function copy(from: string, to: string): Promise<void> {
  await attempt(`copy "${from}"`, async () => {
    const file = await (await fileAt(from))?.getFile();
    if (file === undefined) throw new DOMException("there is no such file", "NotFoundError");
    await file.stream().pipeTo(await (await createdFile(to)).createWritable());
  });
}

async function rename(from: string, to: string): Promise<void> {
  await attempt(`rename "${from}"`, async () => {
    const handle = (await fileAt(from)) as (FileSystemFileHandle & Movable) | undefined;
    if (handle?.move === undefined) {
      await copy(from, to);
      await remove(from);
      return;
    }
    const folder = await folderAt(partsOf(to).slice(0, -1), true);
    await remove(to);
    await handle.move(folder as FileSystemDirectoryHandle, baseOf(to));
  });
}

/** Bytes of a whole file, for the engine, which reads synchronously. */
export async function wholeFile(path: string): Promise<Uint8Array | undefined> {
  const file = await (await fileAt(path))?.getFile();
  if (file === undefined) return undefined;
  return attempt(`read "${path}"`, async () => new Uint8Array(await file.arrayBuffer()));
}

const parts: PartStorage = {
  open: (path) => attempt(`write "${path}"`, async () => openOpfs(path, await createdFile(path))),
  byteLength: async (path) => (await entry(path))?.byteLength,
  readText,
  writeText,
  rename,
  remove,
};

/** Locks between pages of the origin; a page that ends gives its locks up. */
async function lock(path: string, { signal, onWait }: LockOptions = {}): Promise<() => Promise<void>> {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return async () => {};
  const timer = onWait === undefined ? undefined : setInterval(onWait, 100);
  try {
    return await new Promise((entered, failed) => {
      const held = locks.request(
        `cria:${path}`,
        signal === undefined ? {} : { signal },
        () =>
          new Promise<void>((release) => {
            entered(async () => {
              release();
              await held;
            });
          }),
      );
      held.catch(failed);
    });
  } finally {
    clearInterval(timer);
  }
}

export const browserDisk: Disk = {
  canLink: async () => false,
  list,
  entry,
  linkTarget: async () => undefined,
  readText,
  writeText,
  async *read(path) {
    const file = await (await fileAt(path))?.getFile();
    if (file === undefined) throw new FileError({ doing: `read "${path}"`, found: "there is no such file" });
    const reader = file.stream().getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  },
  makeFolder: async (path) => void (await folderAt(partsOf(path), true)),
  remove,
  rename,
  copy,
  link: copy,
  openPart: async (path, options) => {
    // Otherwise the browser may remove files when the disk is nearly full. It may ask the user, or refuse.
    await storage()
      ?.persist?.()
      .catch(() => false);
    return attempt(`write "${path}"`, () => openPart(parts, path, options));
  },
  removePart: (path) => removePart(parts, path),
  async freeBytes() {
    const { quota, usage } = (await storage()?.estimate?.()) ?? {};
    return quota === undefined || usage === undefined ? undefined : quota - usage;
  },
  lock,
};
