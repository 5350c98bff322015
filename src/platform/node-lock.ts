/**
 * Locks between processes: a file that names its owner, created exclusively. An owner on this machine is dead if its
 * process is; any owner is dead if its file has not been touched for a minute of the waiter's own time, so that
 * clocks are never compared. Locks only prevent double work: what they protect is verified in any case.
 */
import { mkdir, open, readFile, stat, unlink, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import type { LockOptions } from "./disk.ts";
import { fileError } from "./node-source.ts";
import { isAlive } from "./node-temporary.ts";

const POLL_MS = 100;
const TOUCH_MS = 5_000;
const SILENT_MS = 60_000;
/** Between the creation of a lock file and its content, its owner may have been killed. */
const EMPTY_MS = 5_000;

interface Owner {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

/** What a waiter saw, and since when it has not changed. */
interface Sighting {
  readonly text: string;
  readonly touched: number;
  readonly since: number;
}

export async function lockFile(path: string, options: LockOptions = {}): Promise<() => Promise<void>> {
  const { signal, onWait } = options;
  const { randomBytes } = process.getBuiltinModule("node:crypto"); // most processes lock nothing
  const owner: Owner = { id: randomBytes(8).toString("hex"), pid: process.pid, host: hostname() };
  await mkdir(dirname(path), { recursive: true }).catch((error) => {
    throw fileError(`make folder "${dirname(path)}"`, error);
  });
  let seen: Sighting | undefined;
  while (!(await create(path, JSON.stringify(owner)))) {
    signal?.throwIfAborted();
    seen = await look(path, seen);
    if (seen === undefined) continue;
    if (isDead(seen)) await breakLock(path, seen);
    else {
      onWait?.();
      await sleep(POLL_MS);
    }
  }
  const timer = setInterval(() => void touch(path), TOUCH_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    if ((await textOf(path)) === JSON.stringify(owner)) await unlink(path).catch(() => {});
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** False if the file exists. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await using file = await open(path, "wx");
    await file.writeFile(text);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    throw fileError(`lock "${path}"`, error);
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

const textOf = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);

async function look(path: string, before: Sighting | undefined): Promise<Sighting | undefined> {
  const text = await textOf(path);
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
  if (text === undefined || touched === undefined) return undefined;
  const same = before !== undefined && before.text === text && before.touched === touched;
  return same ? before : { text, touched, since: performance.now() };
}

function isDead({ text, since }: Sighting): boolean {
  const silent = performance.now() - since;
  const { pid, host } = ownerOf(text) ?? {};
  if (pid === undefined) return silent > EMPTY_MS;
  return silent > SILENT_MS || (host === hostname() && !isAlive(pid));
}

function ownerOf(text: string): Owner | undefined {
  try {
    const { id, pid, host } = JSON.parse(text);
    return typeof id === "string" && Number.isSafeInteger(pid) && typeof host === "string"
      ? { id, pid, host }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Of several waiters that find a lock dead, one may remove it; the others must not remove its successor. */
async function breakLock(path: string, { text }: Sighting): Promise<void> {
  const breaker = `${path}.break`;
  if (!(await create(breaker, ""))) {
    // Its owner needs microseconds; it is old only if it was killed in them.
    const age = await stat(breaker).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (Math.abs(age) > EMPTY_MS) await unlink(breaker).catch(() => {});
    else await sleep(POLL_MS);
    return;
  }
  if ((await textOf(path)) === text) await unlink(path).catch(() => {});
  await unlink(breaker).catch(() => {});
}
