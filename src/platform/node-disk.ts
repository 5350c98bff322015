/** The disk in Node. */
import { constants, createReadStream, type Stats } from "node:fs";
import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  statfs,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { FileError } from "../base/errors.ts";
import type { Disk, DiskEntry } from "./disk.ts";
import { lockFile } from "./node-lock.ts";
import { openRandom } from "./node-random-file.ts";
import { fileError } from "./node-source.ts";
import { temporaryName } from "./node-temporary.ts";
import { openPart, type PartStorage, removePart } from "./part-file.ts";

const READ_BYTES = 1 << 20;

/** Runs an action on files and converts its errors to FileErrors. */
async function attempt<T>(doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(doing, error);
  }
}

/** The result, or undefined if there is no such file. */
async function ifExists<T>(doing: string, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "")) return undefined;
    throw fileError(doing, error);
  }
}

async function entry(path: string): Promise<DiskEntry | undefined> {
  const own = await ifExists(`look at "${path}"`, () => lstat(path));
  if (own === undefined) return undefined;
  if (!own.isSymbolicLink()) return describe(path, own, false);
  const target = await ifExists(`look at "${path}"`, () => stat(path));
  if (target !== undefined) return describe(path, target, true);
  return { name: basename(path), kind: "dangling", isLink: true, byteLength: 0, modified: own.mtimeMs };
}

function describe(path: string, found: Stats, isLink: boolean): DiskEntry {
  const kind = found.isDirectory() ? "folder" : "file";
  return { name: basename(path), kind, isLink, byteLength: found.size, modified: found.mtimeMs };
}

async function list(folder: string): Promise<DiskEntry[]> {
  const names = (await ifExists(`list folder "${folder}"`, () => readdir(folder))) ?? [];
  const entries = await Promise.all(names.sort().map((name) => entry(join(folder, name))));
  return entries.filter((found) => found !== undefined);
}

async function readText(path: string, maxBytes: number): Promise<string | undefined> {
  const found = await entry(path);
  if (found?.kind !== "file") return undefined;
  if (found.byteLength > maxBytes) {
    throw new FileError({
      doing: `read "${path}"`,
      expected: `at most ${maxBytes} bytes of text`,
      found: `${found.byteLength} bytes`,
      fix: "check that it is the right file",
    });
  }
  return attempt(`read "${path}"`, () => readFile(path, "utf8"));
}

/** Creates something under a temporary name and renames it, so that it appears complete. */
async function place(
  path: string,
  doing: string,
  create: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(path);
  await attempt(doing, async () => {
    await mkdir(dirname(path), { recursive: true });
    try {
      await create(temporary);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

const link = (target: string, path: string): Promise<void> =>
  place(path, `link "${path}" to "${target}"`, (temporary) =>
    symlink(relative(dirname(path), target), temporary, "file"),
  );

const linking = new Map<string, boolean>();

/** Tried once per folder: Windows permits links only to some users, and some disks have none. */
async function canLink(folder: string): Promise<boolean> {
  const known = linking.get(folder);
  if (known !== undefined) return known;
  await attempt(`make folder "${folder}"`, () => mkdir(folder, { recursive: true }));
  const probe = temporaryName(join(folder, "link"));
  const works = await symlink("target", probe).then(
    () => true,
    () => false,
  );
  await rm(probe, { force: true });
  linking.set(folder, works);
  return works;
}

/** The nearest folder that exists decides: the rest is created later. */
async function freeBytes(folder: string): Promise<number | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (at === dirname(at)) return undefined;
  }
}

const writeText: Disk["writeText"] = (path, text, { isPrivate = false } = {}) =>
  place(path, `write "${path}"`, (temporary) =>
    writeFile(temporary, text, isPrivate ? { mode: 0o600, flush: true } : { flush: true }),
  );

const makeFolder = (path: string): Promise<void> =>
  attempt(`make folder "${path}"`, async () => void (await mkdir(path, { recursive: true })));

const remove = (path: string): Promise<void> =>
  attempt(`remove "${path}"`, () => rm(path, { recursive: true, force: true }));

const renameFile = (from: string, to: string): Promise<void> =>
  attempt(`rename "${from}"`, async () => {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  });

/** What parts are made of. */
export const nodeParts: PartStorage = {
  async open(path) {
    await makeFolder(dirname(path));
    return openRandom(path, { write: true });
  },
  byteLength: async (path) => (await entry(path))?.byteLength,
  readText,
  writeText,
  rename: renameFile,
  remove,
};

export const nodeDisk: Disk = {
  canLink,
  list,
  entry,
  async linkTarget(path) {
    const own = await ifExists(`look at "${path}"`, () => lstat(path));
    if (own?.isSymbolicLink() !== true) return undefined;
    return resolve(dirname(path), await attempt(`look at "${path}"`, () => readlink(path)));
  },
  readText,
  writeText,
  read: (path) => createReadStream(path, { highWaterMark: READ_BYTES }),
  makeFolder,
  remove,
  rename: renameFile,
  copy: (from, to) =>
    place(to, `copy "${from}"`, (temporary) => copyFile(from, temporary, constants.COPYFILE_FICLONE)),
  link,
  openPart: (path, options) => openPart(nodeParts, path, options),
  removePart: (path) => removePart(nodeParts, path),
  freeBytes,
  lock: lockFile,
};
